"""Invoices that Xero made although it said no, or that nobody expects any more, as the pull brings them (IN-6, IN-7)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import line_edit, order_reopen, quote_confirm
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sync import wiring
from counterfoil.sync.deciding import intent_skip, not_this
from counterfoil.sync.models import Errand, PushIntent
from counterfoil.sync.standing import outbox, where_is_it
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db

NO = json.dumps(
    {
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": "The account is archived."}]}],
    }
)


def refused_and_made(here: Shop) -> tuple[Quote, str]:
    """Xero keeps the invoice and answers that it did not."""
    quote = here.order()
    given: dict[str, Any] = {"status": 400, "body": NO, "content_type": "application/json"}
    here.here.arm("custom_after_commit", method="PUT", path="Invoices", params=given)
    here.push()
    quote.refresh_from_db()
    assert (here.state(quote), quote.push_state, quote.invoice_id) == ("refused", "refused", "")
    (invoice,) = here.invoices(quote)
    return quote, invoice["InvoiceID"]


def later(here: Shop) -> None:
    wiring.forget()  # the limits are of real minutes, of which hardly one passes
    for minutes in (2, 61, 2, 24 * 60, 2):
        here.pass_time(minutes=minutes)
        here.push()


def is_one(here: Shop, quote: Quote, key: str) -> None:
    """The order has this invoice, and nobody has another."""
    quote.refresh_from_db()
    assert (quote.invoice_id, quote.push_state, quote.stage) == (key, "sent", "invoiced")
    assert quote.document.external_id == key
    assert SalesOrderHeader.objects.filter(external_id=key).count() == 1
    assert (here.state(quote), len(here.invoices(quote))) == ("sent", 1)
    assert not outbox(here.here.company, group="needs_you").rows
    assert where_is_it(quote)[-1].state == "done"


@pytest.mark.rule("IN-6", "PU-7")
def test_an_order_that_was_refused_and_made_all_the_same_is_completed_by_the_pull() -> None:
    with shop(limits=False) as here:
        quote, key = refused_and_made(here)
        here.here.sync_all()
        is_one(here, quote, key)
        later(here)
        is_one(here, quote, key)
        assert Errand.objects.get(kind="note").xero_id == key


@pytest.mark.rule("IN-6", "PU-7")
def test_an_order_that_a_person_gave_up_is_completed_when_its_invoice_turns_up() -> None:
    with shop(limits=False) as here:
        quote, key = refused_and_made(here)
        intent_skip(here.intent(quote), "written by hand", actor=here.here.user, at=here.clock())
        here.here.sync_all()
        is_one(here, quote, key)


@pytest.mark.rule("IN-6", "PU-7")
def test_a_refused_order_that_is_confirmed_again_does_not_become_a_second_invoice() -> None:
    with shop(limits=False) as here:
        quote, key = refused_and_made(here)
        quote_confirm(
            order_reopen(quote, actor=here.here.user, at=here.clock()),
            actor=here.here.user,
            at=here.clock(),
        )
        here.push()
        here.here.sync_all()
        later(here)
        assert [row.key for row in here.here.store.invoices.ordered()].count(key) == 1
        quote.refresh_from_db()
        assert not here.invoices(quote)
        assert here.intent(quote).reason == "other_revision"
        assert SalesOrderHeader.objects.filter(external_id=key).count() == 1


@pytest.mark.rule("IN-7")
def test_a_total_that_is_a_penny_off_when_it_comes_back_is_flagged_on_its_order() -> None:
    with shop(limits=False) as here:
        quote, key = refused_and_made(here)
        (invoice,) = here.invoices(quote)
        lines = invoice["LineItems"]
        lines[-1] = lines[-1] | {"TaxAmount": lines[-1]["TaxAmount"] + Decimal("0.01")}
        actions.invoice_edit(here.here.organisation, key, LineItems=lines)
        here.here.sync_all()
        quote.refresh_from_db()
        assert (quote.invoice_id, quote.push_state) == (key, "sent")
        assert quote.difference == Decimal("0.01")
        assert quote.document.total == quote.total + quote.difference


@pytest.mark.rule("IN-6", "PU-9")
def test_an_order_opened_again_because_it_was_refused_amends_the_invoice_that_turned_up_meanwhile() -> None:
    with shop(limits=False) as here:
        quote, key = refused_and_made(here)
        quote = order_reopen(quote, actor=here.here.user, at=here.clock())
        here.here.sync_all()
        quote.refresh_from_db()
        line = quote.lines.order_by("position")[0]
        line_edit(line, actor=here.here.user, at=here.clock(), quantity=Decimal(7))
        quote.refresh_from_db()
        quote_confirm(quote, actor=here.here.user, at=here.clock())
        later(here)
        quote.refresh_from_db()
        (invoice,) = here.invoices_of(quote)
        assert (quote.invoice_id, invoice["LineItems"][0]["Quantity"]) == (key, 7)
        assert invoice["Total"] == quote.total


@pytest.mark.rule("PU-7")
def test_a_second_invoice_whose_link_a_person_took_out_is_shown_until_they_say_what_it_is() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.here.arm("500_after_commit", method="PUT", path="Invoices")
        here.push()
        (first,) = here.invoices(quote)
        actions.invoice_edit(here.here.organisation, first["InvoiceID"], Url="")
        here.pass_time(hours=1.1)
        PushIntent.objects.filter(order=str(quote.uuid)).update(
            push=here.intent(quote).push | {"not_ours": [first["InvoiceID"]]}
        )
        later(here)
        quote.refresh_from_db()
        assert (here.state(quote), quote.push_state) == ("sent", "sent")
        PushIntent.objects.filter(order=str(quote.uuid)).update(
            push=here.intent(quote).push | {"not_ours": [], "sweep_at_ms": 0}, due_ms=0
        )
        here.push()
        (row,) = outbox(here.here.company, group="needs_you").rows
        assert (row.reason, row.candidates, row.choices) == ("alike", (first["InvoiceID"],), ("retry",))
        assert row.sentence.startswith("Xero has a second invoice")
        quote.refresh_from_db()
        assert quote.push_state == "sent"
        not_this(here.intent(quote), actor=here.here.user, at=here.clock())
        later(here)
        assert here.state(quote) == "sent"
        assert not outbox(here.here.company, group="needs_you").rows
