"""What people do to an invoice, a customer or a product in Xero while it is on its way, or afterwards."""

from __future__ import annotations

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.crm.products.creation import product_create
from counterfoil.sandbox import actions
from counterfoil.sync.comparing import changed_since_confirmed
from counterfoil.sync.deciding import clash_link, clash_rename
from counterfoil.sync.models import PushIntent
from counterfoil.sync.standing import outbox, where_is_it
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db


def unclear(here: Shop):
    """An order whose invoice is in Xero although its answer said 500."""
    quote = here.order()
    here.here.arm("500_after_commit", method="PUT", path="Invoices")
    here.push()
    assert here.state(quote) == "uncertain"
    (invoice,) = here.invoices(quote)
    return quote, invoice["InvoiceID"]


def later(here: Shop, quote) -> None:
    here.pass_time(minutes=1)
    here.push()
    quote.refresh_from_db()


@pytest.mark.rule("PU-7", "PU-9")
def test_a_draft_that_a_person_touched_before_its_answer_was_known_is_found_and_left_as_it_is() -> None:
    with shop(limits=False) as here:
        organisation = here.here.organisation
        quote, key = unclear(here)
        actions.invoice_edit(organisation, key, InvoiceNumber="THEIRS-1", Reference="changed")
        later(here, quote)
        assert (quote.invoice_id, quote.invoice_number) == (key, "THEIRS-1")
        approved, key = unclear(here)
        actions.invoice_approve(organisation, key)
        later(here, approved)
        assert (approved.invoice_id, approved.invoice_status) == (key, "AUTHORISED")
        deleted, key = unclear(here)
        actions.invoice_delete(organisation, key)
        later(here, deleted)
        assert here.state(deleted) == "removed"
        assert [one["Status"] for one in here.invoices(deleted)] == ["DELETED"]
        here.pass_time(hours=3)
        here.push()
        assert len(here.invoices(deleted)) == 1
        assert where_is_it(deleted)[-1].state == "bad"


@pytest.mark.rule("IN-6", "IN-7", "PU-9")
def test_the_invoice_comes_back_to_its_own_order_and_what_changed_there_is_shown() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.push()
        here.here.sync_all()
        quote.refresh_from_db()
        assert quote.stage == "invoiced"
        assert (quote.document.external_id, quote.difference) == (quote.invoice_id, 0)
        assert changed_since_confirmed(quote) == []
        actions.invoice_edit(here.here.organisation, quote.invoice_id, Reference="PO 17")
        here.here.sync_all()
        quote.refresh_from_db()
        (found,) = changed_since_confirmed(quote)
        assert (found.what, found.in_xero) == ("Reference", "PO 17")


@pytest.mark.rule("IN-6")
def test_a_pull_that_sees_the_invoice_before_the_push_knows_of_it_gives_it_to_its_order() -> None:
    with shop(limits=False) as here:
        quote, key = unclear(here)
        here.here.sync_all()
        quote.refresh_from_db()
        assert quote.document.external_id == key
        later(here, quote)
        assert (here.state(quote), quote.stage) == ("sent", "invoiced")


@pytest.mark.rule("PU-1")
def test_a_new_customer_is_made_before_its_first_order_and_stays_one_customer() -> None:
    with shop(limits=False) as here:
        ledger = new_customer(here, 'Orchard & Sons "Ltd"')
        quote = here.order(ledger=ledger)
        here.push()
        here.push()
        ledger.refresh_from_db()
        quote.refresh_from_db()
        assert ledger.ledger_id
        assert quote.invoice_number
        assert [call["path"].rpartition("/")[2] for call in here.writes()] == ["Contacts", "Invoices"]
        here.here.sync_all()
        assert SalesLedger.objects.filter(ledger_id=ledger.ledger_id).count() == 1


@pytest.mark.rule("PU-1")
def test_a_pull_that_sees_a_new_contact_first_gives_it_to_its_customer() -> None:
    with shop(limits=False) as here:
        ledger = new_customer(here, "Orchard")
        here.here.arm("500_after_commit", method="PUT", path="Contacts")
        here.push()
        here.here.sync_all()
        ledger.refresh_from_db()
        assert ledger.ledger_id
        assert SalesLedger.objects.filter(name="Orchard").count() == 1
        here.pass_time(minutes=1)
        here.push()
        assert PushIntent.objects.get(kind="contact").xero_id == ledger.ledger_id


@pytest.mark.rule("PU-1", "PU-8")
def test_a_name_that_xero_has_already_is_linked_or_renamed_by_a_person_and_never_overwritten() -> None:
    with shop(limits=False) as here:
        theirs = actions.contact_add(here.here.organisation, Name="Orchard", EmailAddress="x@theirs.example")
        ledger = new_customer(here, "orchard", email="ours@orchard.example")
        quote = here.order(ledger=ledger)
        here.push()
        here.push()
        intent = PushIntent.objects.get(kind="contact")
        (row,) = [row for row in outbox(here.here.company).rows if row.kind == "contact"]
        assert (row.reason, row.candidates) == ("name_taken", (theirs,))
        assert here.state(quote) == "waiting"
        assert not here.writes()
        clash_rename(intent, "Orchard of Kent", actor=here.here.user, at=here.clock())
        here.push()
        here.push()
        quote.refresh_from_db()
        ledger.refresh_from_db()
        assert (ledger.name, quote.push_state) == ("Orchard of Kent", "sent")
        other = new_customer(here, "ORCHARD", email="third@orchard.example")
        here.push()
        intent = PushIntent.objects.get(ledger=other)
        clash_link(intent, theirs, actor=here.here.user, at=here.clock())
        other.refresh_from_db()
        assert other.ledger_id == theirs


@pytest.mark.rule("PU-3")
def test_a_product_made_here_is_made_in_xero_with_its_first_order() -> None:
    with shop(limits=False) as here:
        account = here.product.sales_analysis
        given = {"selling_price": here.product.selling_price, "sales_analysis": account}
        made = product_create(
            here.here.company, "NEW-1", "A new thing", actor=here.here.user, at=here.clock(), **given
        )
        here.push()
        assert not here.writes()
        quote = here.order(product=made)
        here.push()
        here.push()
        made.refresh_from_db()
        quote.refresh_from_db()
        assert made.external_id
        assert quote.push_state == "sent"
        assert {line["ItemCode"] for line in here.invoices(quote)[0]["LineItems"]} == {"NEW-1"}
        here.assert_good_manners()


def new_customer(here: Shop, name: str, **given: str) -> SalesLedger:
    return customer_create(
        here.here.company,
        name,
        actor=here.here.user,
        at=here.clock(),
        despite=list(SalesLedger.objects.values_list("pk", flat=True)),
        address_line1="1 Quay",
        country="United Kingdom",
        **given,
    )
