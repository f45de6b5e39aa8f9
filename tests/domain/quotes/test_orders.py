from decimal import Decimal

import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.changes.selectors import audit_of
from counterfoil.crm.quotes.models import QuoteVersion
from counterfoil.crm.quotes.selectors import (
    order_content_of,
    order_differences,
    quote_acts,
    quote_of,
    quote_versions,
)
from counterfoil.crm.quotes.services import (
    ORDER_AMENDED,
    ORDER_CONFIRMED,
    QuoteRefused,
    documents_linked,
    line_edit,
    order_amend,
    order_amend_drop,
    order_push_noted,
    order_reopen,
    order_skip,
    quote_lose,
    quote_revise,
    quote_send,
    quote_win,
    quotes_follow,
)
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from tests.builders import guid
from tests.domain.quotes.stage import LATER, ON, customer

D = Decimal
INVOICE = guid("invoice")


def sent(shop, quote, **given):
    values = {"revision": quote.order_revision, "at": LATER, "invoice_id": INVOICE, "number": "INV-7"}
    return order_push_noted(quote, "sent", **(values | {"status": "DRAFT"} | given))


def ordered(shop, **given):
    """A confirmed order whose draft invoice Xero has."""
    quote = shop.quote(**given)
    shop.confirm(quote)
    sent(shop, quote)
    return quote


def header(shop, total="30.07", status="DRAFT", **given):
    """The invoice as a pull brings it, with its one line."""
    amounts = dict.fromkeys(
        ("net", "tax", "home_net", "home_total", "amount_paid", "amount_credited", "amount_due"), D(0)
    )
    values = {
        "operating_company": shop.company,
        "external_id": INVOICE,
        "kind": "I",
        "sales_ledger": shop.ledger,
        "number": "INV-7",
        "status": status,
        "state": "pending" if status == "DRAFT" else "invoiced",
        "is_reported": True,
        "date": ON,
        "due_date": ON.replace(month=12),
        "currency": "GBP",
        "rate": D(1),
        "line_amount_types": "Exclusive",
        "total": D(total),
        "is_paid": False,
    }
    made = SalesOrderHeader.objects.create(**(values | amounts | given))
    SalesTransaction.objects.create(
        operating_company=shop.company,
        header=made,
        position=0,
        kind="I",
        description="The bolt",
        quantity=D(1),
        unit_price=D("25.06"),
        analysis="200",
        tax_type="OUTPUT2",
        net=D("25.06"),
        tax=D("5.01"),
        gross=D("30.07"),
        home_net=D("25.06"),
        home_gross=D("30.07"),
    )
    return made


def fresh(shop, quote):
    return quote_of(shop.company.pk, quote.pk)


@pytest.mark.rule("PU-4")
def test_an_order_in_the_books_is_confirmed_and_shows_its_number(shop):
    quote = ordered(shop)
    assert (quote.stage, quote.push_state, quote.invoice_number) == ("confirmed", "sent", "INV-7")
    assert sent(shop, quote)
    said = [
        entry for entry in audit_of(shop.company.pk, f"quote:{quote.pk}") if entry.action == "quote.push_sent"
    ]
    assert len(said) == 1


@pytest.mark.rule("IN-6")
def test_the_invoice_comes_back_to_its_own_order_and_only_once(shop):
    quote = ordered(shop)
    made = header(shop)
    for _ in range(2):
        assert documents_linked(shop.company, [INVOICE, guid("somebody else's")], at=LATER) == 1
    quote = fresh(shop, quote)
    assert (quote.stage, quote.document, quote.invoice_status, quote.difference) == (
        "invoiced",
        made,
        "DRAFT",
        0,
    )
    assert SalesOrderHeader.objects.count() == 1
    actions = [entry.action for entry in audit_of(shop.company.pk, f"quote:{quote.pk}")]
    assert actions.count("quote.invoiced") == 1


@pytest.mark.rule("IN-6")
def test_a_pull_may_be_faster_than_the_answer_to_the_push(shop):
    quote = shop.quote()
    shop.confirm(quote)
    assert documents_linked(shop.company, [INVOICE], at=LATER) == 0
    header(shop)
    sent(shop, quote)
    assert documents_linked(shop.company, [INVOICE], at=LATER) == 1
    assert fresh(shop, quote).stage == "invoiced"


@pytest.mark.rule("IN-7")
@pytest.mark.parametrize(("total", "difference"), [("30.08", "0.01"), ("30.06", "-0.01")])
def test_a_total_off_by_a_penny_is_flagged_and_xeros_counts(shop, total, difference):
    quote = ordered(shop)
    header(shop, total=total)
    documents_linked(shop.company, [INVOICE], at=LATER)
    quote = fresh(shop, quote)
    assert (quote.difference, quote.document.total) == (D(difference), D(total))
    actions = [entry.action for entry in audit_of(shop.company.pk, f"quote:{quote.pk}")]
    assert "quote.total_differs" in actions


@pytest.mark.rule("PU-9")
def test_what_was_changed_in_the_books_since_is_told_by_field(shop):
    quote = ordered(shop, customer_reference="PO 7", due_date=ON.replace(month=12))
    made = header(shop, customer_reference="PO 7")
    documents_linked(shop.company, [INVOICE], at=LATER)
    assert order_differences(fresh(shop, quote)) == []
    made.customer_reference, made.total = "PO 8", D("36.08")
    made.save()
    made.lines.update(quantity=D("1.2"), net=D("30.07"))
    assert [tuple(found) for found in order_differences(fresh(shop, quote))] == [
        ("Reference", "PO 7", "PO 8"),
        ("Total", "30.07", "36.08"),
        ("Line 1, quantity", "1", "1.2"),
        ("Line 1, net", "25.06", "30.07"),
    ]
    made.lines.all().delete()
    assert ("Line 1", "The bolt", "removed") in order_differences(fresh(shop, quote))


@pytest.mark.rule("PU-8")
def test_a_refused_order_keeps_the_words_and_can_be_put_right(shop):
    quote = shop.quote()
    shop.confirm(quote)
    with pytest.raises(QuoteRefused, match="on its way"):
        order_reopen(quote, actor=shop.rep, at=LATER)
    order_push_noted(quote, "refused", revision=1, at=LATER, words="Account code '200' is not a valid code.")
    assert (quote.stage, quote.push_words) == ("waiting", "Account code '200' is not a valid code.")
    order_reopen(quote, actor=shop.rep, at=LATER)
    assert (quote.stage, quote.version) == ("draft", 2)
    shop.confirm(quote)
    assert quote.order_revision == 2
    keys = ChangeRecord.objects.filter(kind=ORDER_CONFIRMED).order_by("pk").values_list("key", flat=True)
    assert list(keys) == [f"{quote.uuid}:1", f"{quote.uuid}:2"]


@pytest.mark.rule("PU-8")
def test_a_refused_order_can_be_skipped_with_a_reason(shop):
    quote = shop.quote()
    shop.confirm(quote)
    with pytest.raises(QuoteRefused, match="was not refused"):
        order_skip(quote, "made by hand", actor=shop.rep, at=LATER)
    order_push_noted(quote, "refused", revision=1, at=LATER, words="No.")
    with pytest.raises(QuoteRefused, match="Say why"):
        order_skip(quote, " ", actor=shop.rep, at=LATER)
    order_skip(quote, "made by hand", actor=shop.rep, at=LATER)
    assert (quote.push_state, quote.push_words) == ("skipped", "made by hand")


def test_a_report_about_an_earlier_revision_is_moot(shop):
    quote = shop.quote()
    shop.confirm(quote)
    order_push_noted(quote, "refused", revision=1, at=LATER, words="No.")
    order_reopen(quote, actor=shop.rep, at=LATER)
    shop.confirm(quote)
    assert not order_push_noted(quote, "refused", revision=1, at=LATER, words="No, again.")
    assert quote.push_state == "waiting"


@pytest.mark.rule("PU-9")
def test_an_order_is_amended_while_its_invoice_is_a_draft(shop):
    quote = ordered(shop)
    header(shop)
    documents_linked(shop.company, [INVOICE], at=LATER)
    order_amend(quote, actor=shop.rep, at=LATER)
    assert (quote.stage, quote.version) == ("draft", 2)
    line_edit(quote.lines.get(), actor=shop.rep, at=LATER, quantity=D(2))
    with pytest.raises(QuoteRefused, match="Drop the amendment"):
        quote_lose(quote, "No", actor=shop.rep, at=LATER)
    shop.confirm(quote)
    change = ChangeRecord.objects.get(kind=ORDER_AMENDED)
    order = order_content_of(change.payload["version"])
    assert (order["amends"], order["revision"], order["total"]) == (INVOICE, 2, "60.14")
    sent(shop, quote)
    assert (quote.stage, quote.sent_revision) == ("invoiced", 2)
    assert ChangeRecord.objects.filter(kind=ORDER_CONFIRMED).count() == 1


@pytest.mark.rule("PU-9")
def test_an_approved_invoice_is_not_amended_and_the_words_say_why(shop):
    quote = ordered(shop)
    header(shop, status="AUTHORISED")
    documents_linked(shop.company, [INVOICE], at=LATER)
    with pytest.raises(QuoteRefused, match="INV-7 is authorised in Xero and only drafts can be amended"):
        order_amend(quote, actor=shop.rep, at=LATER)
    assert "amend" not in quote_acts(quote)


@pytest.mark.rule("PU-9")
def test_dropped_changes_leave_the_order_as_it_was_confirmed(shop):
    quote = ordered(shop, lines=[{"product": shop.bolt}, {"kind": "text", "description": "As agreed"}])
    order_amend(quote, actor=shop.rep, at=LATER)
    line_edit(quote.lines.first(), actor=shop.rep, at=LATER, quantity=D(5), discount_rate=D("2.5"))
    order_amend_drop(quote, actor=shop.rep, at=LATER)
    assert (quote.stage, quote.total, quote.due_date) == (
        "confirmed",
        D("30.07"),
        ON.replace(month=12, day=20),
    )
    assert [(line.kind, line.quantity, line.product) for line in quote.lines.all()] == [
        ("item", 1, shop.bolt),
        ("text", None, None),
    ]


@pytest.mark.rule("PU-9", "IN-7")
def test_a_refused_amendment_is_neither_a_difference_nor_kept_when_dropped(shop):
    quote = ordered(shop)
    header(shop)
    order_amend(quote, actor=shop.rep, at=LATER)
    line_edit(quote.lines.get(), actor=shop.rep, at=LATER, quantity=D(2))
    shop.confirm(quote)
    documents_linked(shop.company, [INVOICE], at=LATER)
    quote = fresh(shop, quote)
    assert (quote.stage, quote.difference) == ("waiting", 0)
    assert not [found for found in order_differences(quote) if found.what == "Total"]
    order_push_noted(quote, "refused", revision=2, at=LATER, words="No.")
    order_reopen(quote, actor=shop.rep, at=LATER)
    order_amend_drop(quote, actor=shop.rep, at=LATER)
    assert (quote.stage, quote.total, quote.push_state) == ("invoiced", D("30.07"), "sent")


def test_the_way_of_a_quote_leaves_versions_behind(shop):
    quote = quote_send(shop.quote(), actor=shop.rep, at=LATER, how="by mail")
    quote_revise(quote, actor=shop.rep, at=LATER)
    line_edit(quote.lines.get(), actor=shop.rep, at=LATER, quantity=D(3))
    quote_win(quote, actor=shop.rep, at=LATER)
    shop.confirm(quote)
    kept = [(v.number, v.moment, v.content["lines"][0]["quantity"]) for v in quote_versions(quote)]
    assert kept == [(2, "confirmed", "3"), (1, "revised", "1"), (1, "sent", "1")]


def test_a_quote_is_lost_with_a_reason_and_may_come_back(shop):
    quote = shop.quote()
    with pytest.raises(QuoteRefused, match="Say why"):
        quote_lose(quote, "", actor=shop.rep, at=LATER)
    quote_lose(quote, "Too dear", actor=shop.rep, at=LATER)
    assert (quote.stage, quote.lost_reason) == ("lost", "Too dear")
    quote_revise(quote, actor=shop.rep, at=LATER)
    assert (quote.stage, quote.version, quote.lost_reason) == ("draft", 2, "")


def test_nothing_is_sent_without_lines(shop):
    with pytest.raises(QuoteRefused, match="no lines"):
        quote_send(shop.quote(lines=[]), actor=shop.rep, at=LATER)


@pytest.mark.rule("SY-13")
def test_quotes_of_a_merged_customer_follow_to_the_survivor(shop):
    survivor = customer(shop.company, "Survivor")
    quote = ordered(shop)
    assert quotes_follow(shop.company, shop.ledger, survivor) == 1
    assert fresh(shop, quote).sales_ledger == survivor
    assert QuoteVersion.objects.get().content["ledger"]["name"] == "Ridgeway"
