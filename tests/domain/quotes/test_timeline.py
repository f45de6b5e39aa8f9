"""What happened with a customer is merged from what each part keeps."""

import datetime as dt
import zoneinfo
from decimal import Decimal

import pytest

from counterfoil.crm.customers.listing import customer_of
from counterfoil.crm.customers.models import LedgerAlias
from counterfoil.crm.customers.services import note_add, sales_ledger_release, sales_ledger_stop
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.orders import order_push_noted
from counterfoil.crm.quotes.services import quote_send, quote_win
from counterfoil.crm.quotes.timeline import SHOWS, timeline_of
from tests.builders import AT, guid, operating_company
from tests.domain.quotes.stage import Shop, customer, user
from tests.web.world import document, paid

LONDON = zoneinfo.ZoneInfo("Europe/London")
TODAY = dt.date(2026, 11, 20)


def after(minutes: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def told(ledger, **asked) -> list[str]:
    """Kind and text of each entry, newest first."""
    entries = timeline_of(ledger, **({"zone": LONDON} | asked)).entries
    return [f"{one.kind} {_about(one)}".strip() for one in entries]


def _about(one) -> str:
    if one.note:
        return one.note.text
    return one.document.number if one.document else one.text


def _in_xero(quote) -> None:
    order_push_noted(
        quote,
        revision=quote.order_revision,
        state="sent",
        at=after(4),
        number="INV-9",
        invoice_id=guid("9"),
        status="DRAFT",
    )


@pytest.fixture
def busy(shop):
    """A customer with one of everything, over two days."""
    ledger = shop.ledger
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=after(1))
    quote_win(quote, actor=shop.rep, at=after(2))
    shop.confirm(Quote.objects.get(pk=quote.pk), at=after(3))
    quote.refresh_from_db()
    _in_xero(quote)
    note_add(ledger, "Rang about delivery", shop.rep, after(5))
    sales_ledger_stop(ledger, "Disputes INV-1", shop.rep, after(6))
    sales_ledger_release(ledger, shop.rep, after(7))
    document(ledger, "INV-9", date=TODAY)
    paid(ledger, "INV-1", date=TODAY - dt.timedelta(days=30), paid_on=TODAY - dt.timedelta(days=1))
    document(ledger, "CN-1", "-20.00", kind="C", date=TODAY - dt.timedelta(days=2))
    return ledger


def test_everything_that_happened_stands_in_one_order(busy):
    assert told(busy) == [
        "invoice INV-9",
        "release The stop on Ridgeway was lifted.",
        "stop Ridgeway was put on stop: Disputes INV-1",
        "note Rang about delivery",
        "order Q-1001: invoice INV-9 is in Xero.",
        "order Q-1001 was confirmed: 30.07 GBP to Ridgeway.",
        "won Q-1001 was won.",
        "quote Q-1001, version 1, was sent.",
        "quote Q-1001 was made for Ridgeway.",
        "arrival Came from Xero.",
        "invoice-paid INV-1",
        "credit CN-1",
        "invoice INV-1",
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 12, 13])
def test_pages_of_any_size_hold_each_entry_once_and_in_order(busy, most):
    whole = told(busy)
    seen, before = [], ""
    for _ in range(len(whole) + 1):
        page = timeline_of(busy, zone=LONDON, before=before, most=most)
        seen += [f"{one.kind} {_about(one)}".strip() for one in page.entries]
        before = page.older
        if not before:
            break
    assert seen == whole


def test_what_stands_at_the_same_moment_is_neither_lost_nor_doubled(shop):
    for number in range(4):
        note_add(shop.ledger, f"note {number}", shop.rep, AT)
        document(shop.ledger, f"INV-{number}", date=TODAY)
        paid(shop.ledger, f"PAID-{number}", date=TODAY, paid_on=TODAY)
    whole, seen, before = told(shop.ledger, most=100), [], None
    while before != "":
        page = timeline_of(shop.ledger, zone=LONDON, before=before or "", most=3)
        seen += [f"{one.kind} {_about(one)}".strip() for one in page.entries]
        before = page.older
    assert seen == whole
    assert len(whole) == 4 + 4 + 8 + 1


def test_each_part_can_be_looked_at_alone(busy):
    parts = [one for show in SHOWS for one in told(busy, show=show)]
    assert sorted(parts) == sorted(told(busy))
    assert told(busy, show="notes") == ["note Rang about delivery"]
    assert [one.split()[0] for one in told(busy, show="documents")] == [
        "invoice",
        "invoice-paid",
        "credit",
        "invoice",
    ]


def test_a_day_ends_where_its_reader_is(shop):
    """A note of 23:30 UTC is of the next day in Auckland, and stands above the invoice of the day before."""
    document(shop.ledger, "INV-1", date=TODAY)
    note_add(shop.ledger, "late", shop.rep, dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC))
    assert told(shop.ledger)[:2] == ["invoice INV-1", "note late"]
    assert told(shop.ledger, zone=zoneinfo.ZoneInfo("Pacific/Auckland"))[:2] == ["note late", "invoice INV-1"]


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
def test_a_document_of_an_impossible_year_leads_on_to_the_next_page(shop, day):
    note_add(shop.ledger, "today", shop.rep, AT)
    document(shop.ledger, "INV-1", date=day)
    for zone in ("Pacific/Auckland", "America/New_York"):
        seen, before = [], None
        while before != "":
            page = timeline_of(shop.ledger, zone=zoneinfo.ZoneInfo(zone), before=before or "", most=1)
            seen += [one.kind for one in page.entries]
            before = page.older
        assert sorted(seen) == ["arrival", "invoice", "note"]


@pytest.mark.parametrize(
    "before", ["x", "2026-11-20", "2026-11-20~0", "2026-13-01~0~1", "2026-11-20T10:00:00~0~1", "~~", "\0~1~1"]
)
def test_a_place_that_is_none_is_the_beginning(busy, before):
    assert told(busy, before=before) == told(busy)


@pytest.mark.rule("SY-13")
def test_what_was_told_of_a_customer_that_was_merged_is_told_of_its_survivor(shop):
    old, heir = customer(shop.company, "Old"), shop.ledger
    sales_ledger_stop(old, "Moved", shop.rep, AT)
    LedgerAlias.objects.create(
        operating_company=shop.company,
        external_id=old.ledger_id,
        survivor_id=heir.ledger_id,
        former_sales=old.pk,
        at=AT,
    )
    assert "stop Old was put on stop: Moved" in told(heir)


@pytest.mark.rule("CU-11")
def test_a_stop_that_came_from_the_books_is_told_although_nobody_wrote_it_down(shop):
    ledger = customer(shop.company, "Gone", on_stop=True, stop_reason="archived in Xero", stopped_at=after(9))
    assert told(ledger)[0] == "stop On stop: archived in Xero."


def test_nothing_of_other_customers_or_companies_is_told(shop, busy):
    neighbour = customer(shop.company, "Neighbour")
    assert told(neighbour) == ["arrival Came from Xero."]
    elsewhere = operating_company("Elsewhere")
    theirs = Shop.__new__(Shop)
    theirs.company, theirs.rep = elsewhere, user(elsewhere, "other@example.com")
    foreign = customer(elsewhere, "Foreign")
    sales_ledger_stop(foreign, "theirs", theirs.rep, AT)
    assert not [one for one in told(busy) if "theirs" in one]


def test_a_page_costs_the_same_however_long_the_history(busy, shop, django_assert_num_queries):
    ledger = customer_of(shop.company.pk, busy.pk)
    with django_assert_num_queries(6):
        timeline_of(ledger, zone=LONDON)
    for number in range(60):
        note_add(busy, f"note {number}", shop.rep, after(number))
        paid(busy, f"OLD-{number}", "10.00", rate=Decimal(1))
    with django_assert_num_queries(6):
        page = timeline_of(ledger, zone=LONDON)
    assert len(page.entries) == 30
