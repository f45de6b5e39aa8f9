"""A change of what is not in Xero any more says so, what stays, and what to do (PU-8)."""

from __future__ import annotations

import pytest

from counterfoil.crm.customers.services import customer_edit
from counterfoil.crm.products.changing import product_change
from counterfoil.crm.products.models import ProductItem
from counterfoil.sandbox import actions
from counterfoil.sync.standing import outbox
from tests.sync.push.orders import shop

pytestmark = pytest.mark.django_db


@pytest.mark.rule("PU-8", "PU-2")
def test_a_change_of_a_deleted_item_or_contact_is_told_with_what_to_do() -> None:
    with shop(limits=False) as here:
        by, at = here.here.user, here.clock()
        product = ProductItem.objects.exclude(external_id=None).earliest("pk")
        product_change(product, description="Renamed here", actor=by, at=at)
        actions.item_delete(here.here.organisation, str(product.external_id))
        customer_edit(here.ledger, vat_number="GB980780684", actor=by, at=at)
        here.here.store.contacts.rows.pop(here.ledger.ledger_id)
        here.push()
        rows = {row.kind: row for row in outbox(here.here.company, group="needs_you").rows}
        assert {kind: (row.state, row.choices) for kind, row in rows.items()} == {
            "item": ("gone", ("retry", "skip")),
            "contact": ("gone", ("retry", "skip")),
        }
        assert rows["item"].sentence.startswith("The item was deleted in Xero, so the change was not sent.")
        assert rows["contact"].sentence.startswith(
            "The contact is not in Xero any more, so the change was not"
        )
        assert all("Skip this with the reason" in row.sentence for row in rows.values())
