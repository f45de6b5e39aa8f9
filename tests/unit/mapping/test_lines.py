from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.mapping.documents import invoice_values
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.xero.records import LineItem
from tests.builders import guid, invoice, line

D = Decimal


def lines_of(*lines, **given):
    return invoice_values(invoice("one", *lines, **given), home_currency="GBP").lines


@pytest.mark.rule("IN-3")
def test_everything_a_line_says_is_kept():
    [only] = lines_of(line("first", item_code="BOOK", discount_rate="12.5", unit_amount="57.1429"))
    assert (only.position, only.line_item_id, only.item_code) == (0, guid("first"), "BOOK")
    assert (only.quantity, only.unit_price, only.discount_rate) == (D(2), D("57.1429"), D("12.5"))
    assert (only.analysis, only.tax_type, only.description) == ("200", "OUTPUT2", "The first")


@pytest.mark.rule("IN-3")
@pytest.mark.parametrize(
    ("kind", "net", "tax", "gross"),
    [
        ("Exclusive", "100", "20", "120"),
        ("Inclusive", "80", "20", "100"),
        ("NoTax", "100", "0", "100"),
        (None, "100", "20", "120"),
        ("INCLUSIVE", "80", "20", "100"),
    ],
)
def test_net_tax_and_gross_by_what_line_amounts_mean(kind, net, tax, gross):
    [only] = lines_of(line(), line_amount_types=kind)
    assert (only.net, only.tax, only.gross) == (D(net), D(tax), D(gross))


@pytest.mark.rule("SY-10")
def test_a_document_whose_amounts_mean_something_new_is_refused_rather_than_guessed():
    with pytest.raises(CannotMap, match="is 'SomethingNew', which this version does not know"):
        lines_of(line(), line_amount_types="SomethingNew")


@pytest.mark.rule("IN-3")
def test_a_line_with_only_a_description_is_a_comment():
    [only] = lines_of(LineItem(description="Thank you"))
    assert only.description == "Thank you"
    assert (only.quantity, only.unit_price) == (None, None)
    assert (only.net, only.tax, only.gross) == (D(0), D(0), D(0))


@pytest.mark.parametrize(
    ("lines", "positions"),
    [(None, []), ([], []), ([None], []), ([LineItem()], [0]), ([None, line(), None, line("b")], [0, 1])],
    ids=["missing", "none", "null", "empty object", "nulls between"],
)
def test_missing_null_and_empty_lines_are_no_trouble(lines, positions):
    assert [line.position for line in lines_of(line_items=lines)] == positions


@pytest.mark.rule("TX-4")
@pytest.mark.parametrize(
    ("given", "net"),
    [
        ({}, "29.97"),
        ({"discount_rate": "12.5"}, "26.22"),
        ({"discount_amount": "4.97"}, "25.00"),
        ({"quantity": None}, "0"),
    ],
)
def test_an_amount_that_xero_leaves_out_is_worked_out(given, net):
    [only] = lines_of(line(**{"line_amount": None, "quantity": "3", "unit_amount": "9.99"} | given))
    assert only.net == D(net)


@pytest.mark.rule("IN-7")
def test_tax_that_xero_leaves_out_is_a_share_of_its_total():
    given = {"tax_amount": None, "tax_type": "OUTPUT2"}
    a, b, c = lines_of(line("a"), line("b", **given), line("c", line_amount="50", **given), total_tax="50.01")
    assert (a.tax, b.tax, c.tax) == (D(20), D("20.01"), D(10))


def test_a_line_without_a_tax_type_gets_no_share():
    bare = line("b", tax_amount=None, tax_type=None)
    assert [line.tax for line in lines_of(line("a"), bare, total_tax="50")] == [D(20), D(0)]


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"quantity": "1e15"}, "Quantity"),
        ({"quantity": "NaN", "line_amount": None}, "Quantity"),
        ({"unit_amount": "Infinity"}, "UnitAmount"),
        ({"line_amount": "-1e300"}, "LineAmount"),
        ({"tax_amount": "1e16"}, "TaxAmount"),
        ({"quantity": "99999999999", "unit_amount": "99999999999", "line_amount": None}, "LineAmount"),
        ({"account_code": "9" * 51}, "AccountCode"),
        ({"tax_type": "X" * 61}, "TaxType"),
        ({"line_item_id": "x" * 37}, "LineItemID"),
        ({"discount_rate": "1e9"}, "DiscountRate"),
    ],
)
def test_what_no_column_holds_is_refused_by_line_and_name(given, field):
    with pytest.raises(CannotMap) as refused:
        lines_of(line("good"), line("bad", **given))
    assert refused.value.field == f"LineItems[1].{field}"


amounts = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)


@pytest.mark.rule("TX-4")
@given(amounts, amounts, st.sampled_from(["Exclusive", "Inclusive", "NoTax"]))
def test_gross_is_always_net_and_tax(amount, tax, kind):
    [only] = lines_of(line(line_amount=amount, tax_amount=tax), line_amount_types=kind)
    assert only.gross == only.net + only.tax
    assert amount in {only.net, only.gross}
