"""A contact merged into another one in Xero: everything here follows to the survivor (SY-13)."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.crm.customers.merging import survivor_of
from counterfoil.crm.customers.models import LedgerAlias, PurchaseLedger, SalesLedger
from counterfoil.crm.customers.services import customer_edit, note_add, person_add, sales_ledger_stop
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import contact_rules
from counterfoil.sync.absorbing import Absorber
from counterfoil.sync.merging import contact_merged
from counterfoil.sync.models import Errand
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def two(here: Shop) -> tuple[Any, Any]:
    """Two customers that may be sold to."""
    rows = SalesLedger.objects.of(here.here.company).filter(
        on_stop=False, division__isnull=False, ledger_id__isnull=False
    )
    first, second = rows.order_by("pk")[:2]
    return first, second


def merge(here: Shop, gone: Any, heir: Any) -> None:
    actions.contact_merge(here.here.organisation, gone.ledger_id, into=heir.ledger_id)


@pytest.mark.rule("SY-13", "SY-12")
def test_documents_quotes_notes_people_and_stops_go_over_and_the_old_address_leads_on() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        quote = here.quote(ledger=gone)
        documents = list(SalesOrderHeader.objects.filter(sales_ledger=gone).values_list("pk", flat=True))
        by, at = here.here.user, here.clock()
        note_add(gone, "Rings on Fridays.", by, at)
        person_add(gone.division, first_name="Ida", actor=by, at=at)
        sales_ledger_stop(gone, "pays late", by, at)
        merge(here, gone, heir)
        here.here.sync_all()
        quote.refresh_from_db()
        heir.refresh_from_db()
        assert quote.sales_ledger == heir
        moved = SalesOrderHeader.objects.filter(pk__in=documents, sales_ledger=heir)
        assert moved.count() == len(documents)
        assert [note.text for note in heir.notes.all()] == ["Rings on Fridays."]
        assert heir.division.contacts.filter(first_name="Ida", slot=None).exists()
        assert (heir.on_stop, heir.stop_reason) == (True, "pays late")
        assert not SalesLedger.objects.filter(pk=gone.pk).exists()
        assert survivor_of(here.here.company.pk, gone.pk, is_sales=True) == heir.pk


@pytest.mark.rule("SY-13")
def test_a_later_record_that_names_the_old_contact_lands_on_the_survivor() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        old_id = gone.ledger_id
        contact_merged(here.here.company, gone.ledger_id, heir.ledger_id, at=here.clock())
        made = actions.invoice_add(
            here.here.organisation,
            Type="ACCREC",
            Contact={"ContactID": old_id},
            LineItems=[{"Description": "late", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}],
        )
        here.here.sync_all()
        assert SalesOrderHeader.objects.get(external_id=made).sales_ledger == heir


@pytest.mark.rule("SY-13")
@pytest.mark.failure("H13")
def test_chains_of_merges_end_at_the_last_survivor_and_a_circle_ends() -> None:
    with shop(limits=False) as here:
        company, at = here.here.company, here.clock()
        rows = SalesLedger.objects.of(company).exclude(ledger_id=None).order_by("pk")
        a, b, c = (row.ledger_id for row in rows[:3])
        contact_merged(company, a, b, at=at)
        contact_merged(company, b, c, at=at)
        assert dict(LedgerAlias.objects.values_list("external_id", "survivor_id")) == {a: c, b: c}
        contact_merged(company, c, a, at=at)
        assert a not in dict(LedgerAlias.objects.values_list("external_id", "survivor_id"))
        assert SalesLedger.objects.of(company).filter(ledger_id__in=[a, b, c]).count() == 1


@pytest.mark.rule("SY-13")
def test_a_ledger_whose_survivor_is_not_here_becomes_the_survivors() -> None:
    with shop(limits=False) as here:
        gone, _ = two(here)
        stranger = actions.contact_add(
            here.here.organisation, Name="Nobody sold to yet", EmailAddress="n@theirs.example"
        )
        here.here.sync_all()
        contact_merged(here.here.company, gone.ledger_id, stranger, at=here.clock())
        here.push()
        gone.refresh_from_db()
        assert (gone.ledger_id, gone.name, gone.on_stop) == (stranger, "Nobody sold to yet", False)


@pytest.mark.rule("SY-13", "PU-2")
def test_a_change_on_its_way_to_the_old_contact_reaches_the_survivor() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        for one in (gone, heir):
            actions.contact_edit(here.here.organisation, one.ledger_id, TaxNumber="GB980780684")
        here.here.sync_all()
        gone.refresh_from_db()
        customer_edit(gone, vat_number="GB123456782", actor=here.here.user, at=here.clock())
        merge(here, gone, heir)
        here.push()
        found = contact_rules.record(here.here.store.contacts.get(heir.ledger_id))
        assert found["TaxNumber"] == "GB123456782"
        assert Errand.objects.get(kind="contact").state == "done"
        assert not SalesLedger.objects.filter(pk=gone.pk).exists()


def vat_there(here: Shop, ledger: Any) -> str:
    return str(contact_rules.record(here.here.store.contacts.get(ledger.ledger_id))["TaxNumber"])


def same_vat(here: Shop, *ledgers: Any) -> None:
    """Both had the same number when they were merged."""
    for one in ledgers:
        actions.contact_edit(here.here.organisation, one.ledger_id, TaxNumber="GB980780684")
    here.here.sync_all()
    for one in ledgers:
        one.refresh_from_db()


@pytest.mark.rule("SY-13", "PU-2")
def test_a_change_on_its_way_reaches_a_survivor_that_was_changed_long_ago() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        same_vat(here, gone, heir)
        customer_edit(heir, phone="01 234", actor=here.here.user, at=here.clock())
        here.push()
        assert Errand.objects.get(ledger=heir).state == "done"
        customer_edit(gone, vat_number="GB123456782", actor=here.here.user, at=here.clock())
        Absorber(here.here.connection, at=here.clock()).run()
        merge(here, gone, heir)
        contact_merged(here.here.company, gone.ledger_id, heir.ledger_id, at=here.clock())
        here.push()
        assert vat_there(here, heir) == "GB123456782"


@pytest.mark.rule("SY-13", "PU-2")
def test_a_change_that_nobody_has_acted_on_when_its_customer_was_merged_reaches_the_survivor() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        same_vat(here, gone, heir)
        customer_edit(gone, vat_number="GB123456782", actor=here.here.user, at=here.clock())
        merge(here, gone, heir)
        contact_merged(here.here.company, gone.ledger_id, heir.ledger_id, at=here.clock())
        here.push()
        assert vat_there(here, heir) == "GB123456782"


@pytest.mark.rule("SY-13", "PU-7")
def test_an_order_for_a_contact_that_was_merged_meanwhile_is_invoiced_once_to_the_survivor() -> None:
    with shop(limits=False) as here:
        gone, heir = two(here)
        quote = here.order(ledger=gone)
        merge(here, gone, heir)
        here.push()
        here.push()
        quote.refresh_from_db()
        assert (quote.sales_ledger, quote.push_state) == (heir, "sent")
        (invoice,) = here.invoices(quote)
        assert invoice["Contact"]["ContactID"] == heir.ledger_id
        here.assert_good_manners()


@pytest.mark.rule("SY-13", "SU-1")
def test_a_suppliers_purchase_orders_follow_too() -> None:
    with shop(limits=False) as here:
        order = PurchaseOrderHeader.objects.select_related("purchase_ledger").first()
        assert order is not None
        gone = order.purchase_ledger
        heir = PurchaseLedger.objects.exclude(pk=gone.pk).order_by("pk").first()
        if heir is None:
            made = actions.contact_add(here.here.organisation, Name="Another supplier", IsSupplier=True)
            heir = PurchaseLedger.objects.create(
                operating_company=here.here.company, ledger_id=made, name="Another supplier",
                created_at=here.clock(), updated_at=here.clock(),
            )  # fmt: skip
        merge(here, gone, heir)
        here.here.sync_all()
        order.refresh_from_db()
        assert order.purchase_ledger == heir
