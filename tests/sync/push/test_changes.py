"""Changes of customers, products and orders that are in Xero already reach it without overwriting anybody's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm.customers.services import customer_edit
from counterfoil.crm.quotes.models import QuoteLine
from counterfoil.crm.quotes.services import line_edit, order_amend, quote_confirm
from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import contact_rules
from counterfoil.sync.deciding import conflict_choose
from counterfoil.sync.models import Errand
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def contact(here: Shop, key: str) -> dict[str, Any]:
    return contact_rules.record(here.here.store.contacts.get(key))


def changed(here: Shop, ledger: Any, **fields: str) -> None:
    """What somebody changes on the customer's page."""
    customer_edit(ledger, actor=here.here.user, at=here.clock(), **fields)


@pytest.mark.rule("PU-2")
@pytest.mark.failure("C2")
def test_only_what_changed_here_is_sent_and_what_both_sides_changed_waits_for_a_choice() -> None:
    with shop(limits=False) as here:
        ledger, organisation = here.ledger, here.here.organisation
        actions.contact_edit(
            organisation, ledger.ledger_id, EmailAddress="new@theirs.example", FirstName="Jo"
        )
        before = contact(here, ledger.ledger_id)
        changed(here, ledger, vat_number="GB980780684", email="new@ours.example")
        here.push()
        errand = Errand.objects.get()
        assert errand.state == "conflict"
        assert errand.conflict["email"]["remote"] == "new@theirs.example"
        assert contact(here, ledger.ledger_id)["EmailAddress"] == "new@theirs.example"
        conflict_choose(errand, "email", "crm", actor=here.here.user, at=here.clock())
        here.push()
        after = contact(here, ledger.ledger_id)
        assert (after["EmailAddress"], after["TaxNumber"]) == ("new@ours.example", "GB980780684")
        for kept in ("FirstName", "Phones", "ContactPersons", "Name", "ContactNumber"):
            assert after.get(kept) == before.get(kept)
        assert Errand.objects.get().state == "done"
        here.assert_good_manners()


@pytest.mark.rule("PU-2")
def test_the_last_of_many_changes_back_and_forth_is_what_xero_has() -> None:
    with shop(limits=False) as here:
        ledger = here.ledger
        values = [contact(here, ledger.ledger_id).get("TaxNumber") or "", "A1", "B2", "A1", "B2", "A1"]
        for number in values[1:]:
            changed(here, ledger, vat_number=number)
            here.push()
        assert contact(here, ledger.ledger_id)["TaxNumber"] == "A1"


@pytest.mark.rule("PU-9")
def test_an_order_is_amended_in_its_draft_but_not_over_a_change_or_an_approval_in_xero() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.push()
        amended(here, quote, Decimal(7))
        here.push()
        quote.refresh_from_db()
        (invoice,) = here.invoices_of(quote)
        assert invoice["LineItems"][0]["Quantity"] == 7
        assert (invoice["Total"], quote.push_state) == (quote.total, "sent")
        amended(here, quote, Decimal(9))
        actions.invoice_edit(here.here.organisation, quote.invoice_id, Reference="theirs")
        here.push()
        quote.refresh_from_db()
        assert quote.push_state == "refused"
        assert "changed in Xero" in quote.push_words
        (invoice,) = here.invoices_of(quote)
        assert (invoice["Reference"], invoice["LineItems"][0]["Quantity"]) == ("theirs", 7)
        here.assert_good_manners()


def amended(here: Shop, quote: Any, quantity: Decimal) -> None:
    quote.refresh_from_db()
    order_amend(quote, actor=here.here.user, at=here.clock())
    line = QuoteLine.objects.filter(quote=quote).order_by("position")[0]
    line_edit(line, actor=here.here.user, at=here.clock(), quantity=quantity)
    quote.refresh_from_db()
    quote_confirm(quote, actor=here.here.user, at=here.clock())
