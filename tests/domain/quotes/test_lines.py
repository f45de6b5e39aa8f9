from decimal import Decimal

import pytest

from counterfoil.crm.quotes.models import QuoteLine
from counterfoil.crm.quotes.selectors import quote_groups, quote_lines, quote_margin
from counterfoil.crm.quotes.services import (
    QuoteRefused,
    line_add,
    line_edit,
    line_move,
    line_remove,
    lines_optional_toggle,
    quote_send,
)
from tests.builders import AT, operating_company
from tests.domain.quotes.stage import LATER, account, product

D = Decimal


def codes(quote):
    return [line.code for line in quote_lines(quote)]


@pytest.mark.rule("PU-10")
def test_a_line_keeps_what_the_product_was(shop):
    quote = shop.quote()
    shop.bolt.selling_price, shop.bolt.cost_price = D(99), D(98)
    shop.bolt.description, shop.bolt.vat_code = "Renamed", "RROUTPUT"
    shop.bolt.save()
    line = quote.lines.get()
    line_edit(line, actor=shop.rep, at=LATER, quantity=D(2))
    line.refresh_from_db()
    assert (line.description, line.unit_price, line.cost_price) == ("The bolt", D("25.06"), 10)
    assert (line.tax_type, line.analysis, line.net) == ("OUTPUT2", "200", D("50.12"))


def test_what_is_given_counts_over_what_is_prefilled(shop):
    given = {
        "description": "Special",
        "quantity": D("2.5"),
        "unit_price": D("1.0001"),
        "discount_rate": D(50),
    }
    line = shop.quote(lines=[{"product": shop.bolt, **given}]).lines.get()
    assert {name: getattr(line, name) for name in given} == given
    assert line.net == D("1.25")


def test_a_free_line_needs_words_and_takes_the_customers_account(shop):
    shop.ledger.default_analysis = "200"
    shop.ledger.save()
    line = shop.quote(lines=[{"description": "Survey", "unit_price": D(80)}]).lines.get()
    assert (line.code, line.analysis, line.tax_type, line.net) == ("", "200", "OUTPUT2", 80)
    with pytest.raises(QuoteRefused, match="needs a description"):
        shop.quote(lines=[{"unit_price": D(80)}])


def test_another_account_chooses_the_tax_anew(shop):
    account(shop.company, "201", tax_type="RROUTPUT")
    line = shop.quote(lines=[{"description": "Survey", "unit_price": D(80), "analysis": "200"}]).lines.get()
    line = line_edit(line, actor=shop.rep, at=LATER, analysis="201")
    assert (line.tax_type, line.tax) == ("RROUTPUT", 4)
    line = line_edit(line, actor=shop.rep, at=LATER, tax_type="OUTPUT2")
    line = line_edit(line, actor=shop.rep, at=LATER, analysis="200")
    assert line.tax_type == "OUTPUT2"
    assert line.tax_by_hand
    line = line_edit(line, actor=shop.rep, at=LATER, tax_type="", analysis="201")
    assert (line.tax_type, line.tax_by_hand) == ("RROUTPUT", False)


def test_a_fine_price_is_sent_as_one_at_the_whole_amount_and_said(shop):
    line = shop.quote(
        lines=[
            {
                "product": shop.bolt,
                "quantity": D(8555500),
                "unit_price": D("0.00015"),
                "cost_price": D("0.0001"),
            }
        ]
    ).lines.get()
    assert (line.quantity, line.unit_price, line.net) == (1, D("1283.3250"), D("1283.33"))
    assert "8,555,500 at 0.00015" in line.price_note
    assert line.cost_price == D("855.55")


def test_groups_have_subtotals_and_optional_lines_count_towards_nothing(shop):
    quote = shop.quote(
        lines=[
            {"kind": "heading", "description": "Kitchen"},
            {"product": shop.bolt, "unit_price": D(10)},
            {"product": shop.bolt, "unit_price": D(99), "is_optional": True},
            {"kind": "text", "description": "As agreed"},
            {"kind": "heading", "description": "Bath"},
            {"product": shop.bolt, "unit_price": D(5)},
        ]
    )
    lines = quote_lines(quote)
    assert [(group.heading, group.net) for group in quote_groups(lines)] == [("Kitchen", 10), ("Bath", 5)]
    assert [line.group for line in lines] == ["Kitchen"] * 4 + ["Bath"] * 2
    assert (quote.net, quote.cost) == (15, 20)
    lines_optional_toggle(quote, [lines[1].pk, lines[2].pk], actor=shop.rep, at=LATER)
    assert quote.net == 104
    assert quote_margin(quote).amount == 84


def test_lines_move_and_stay_numbered_without_gaps(shop):
    for code in ("A", "B", "C"):
        setattr(shop, code, product(shop.company, code))
    quote = shop.quote(lines=[{"product": shop.A}, {"product": shop.B}])
    line_add(quote, actor=shop.rep, at=AT, product=shop.C, position=1)
    assert codes(quote) == ["C", "A", "B"]
    line_move(quote.lines.get(code="C"), 3, actor=shop.rep, at=LATER)
    assert codes(quote) == ["A", "B", "C"]
    line_remove(quote.lines.get(code="B"), actor=shop.rep, at=LATER)
    assert [(line.position, line.code) for line in quote_lines(quote)] == [(1, "A"), (2, "C")]
    quote.refresh_from_db()
    assert quote.net == D("50.12")


@pytest.mark.parametrize(
    "given",
    [
        {"discount_rate": D("100.01")},
        {"discount_rate": D("-1")},
        {"discount_rate": D("1.005")},
        {"quantity": D("NaN")},
        {"unit_price": D("1e11")},
        {"unit_price": D("1e9"), "quantity": D("1e9")},
        {"cost_price": D("1e9"), "quantity": D("1e9")},
        {"description": "x" * 4001},
        {"description": ""},
        {"tax_type": "GONE"},
    ],
)
def test_what_cannot_be_invoiced_is_refused_on_the_line(shop, given):
    line = shop.quote().lines.get()
    with pytest.raises(QuoteRefused):
        line_edit(line, actor=shop.rep, at=LATER, **given)
    assert QuoteLine.objects.get(pk=line.pk).description == "The bolt"


def test_text_has_words_only(shop):
    quote = shop.quote(lines=[])
    with pytest.raises(QuoteRefused, match="words only"):
        line_add(quote, actor=shop.rep, at=AT, kind="text", description="x", unit_price=D(1))
    with pytest.raises(QuoteRefused, match="needs words"):
        line_add(quote, actor=shop.rep, at=AT, kind="heading")


def test_a_line_that_is_gone_or_sent_is_not_changed(shop):
    quote = shop.quote(lines=[{"product": shop.bolt}, {"product": shop.bolt}])
    first, second = quote.lines.all()
    QuoteLine.objects.filter(pk=first.pk).delete()
    with pytest.raises(QuoteRefused, match="no longer on the quote"):
        line_edit(first, actor=shop.rep, at=LATER, quantity=D(2))
    quote_send(quote, actor=shop.rep, at=LATER)
    with pytest.raises(QuoteRefused, match="is sent"):
        line_remove(second, actor=shop.rep, at=LATER)


def test_a_product_of_another_company_is_refused(shop):
    stranger = product(operating_company("Southwind"), "THEIRS")
    with pytest.raises(QuoteRefused, match="another operating company"):
        line_add(shop.quote(), actor=shop.rep, at=AT, product=stranger)
