from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.totals import document_amounts, line_amount, line_amounts, line_tax, shares

D = Decimal
pennies = st.decimals(min_value=-10_000, max_value=10_000, places=2)


@pytest.mark.rule("TX-4")
def test_each_line_is_rounded_before_the_lines_are_summed():
    amounts = [D("25.06"), D("25.61"), D("25.63")]
    lines = [line_amounts(a, line_tax(a, D(15), kind="Exclusive"), kind="Exclusive") for a in amounts]
    assert [line.tax for line in lines] == [D("3.76"), D("3.84"), D("3.84")]
    assert document_amounts(lines) == (D("76.30"), D("11.44"), D("87.74"))


@pytest.mark.rule("TX-4")
@pytest.mark.parametrize(
    ("amount", "rate", "kind", "tax"),
    [
        ("650", "8.25", "Exclusive", "53.63"),
        ("250", "8.25", "Exclusive", "20.63"),
        ("-650", "8.25", "Exclusive", "-53.63"),
        ("100.32", "8.25", "Exclusive", "8.28"),
        ("120", "8.25", "Inclusive", "9.15"),
        ("200", "8.25", "Inclusive", "15.24"),
        ("42", "8.25", "Inclusive", "3.20"),
        ("120", "20", "Inclusive", "20.00"),
        ("120", "20", "NoTax", "0"),
        ("120", "0", "Inclusive", "0"),
    ],
)
def test_tax_rounds_half_away_from_zero_on_the_whole_rate(amount, rate, kind, tax):
    assert line_tax(D(amount), D(rate), kind=kind) == D(tax)


@pytest.mark.rule("TX-4")
def test_tax_is_taken_out_of_inclusive_amounts():
    amounts = [D(120), D(200), D(42)]
    lines = [line_amounts(a, line_tax(a, D("8.25"), kind="Inclusive"), kind="Inclusive") for a in amounts]
    assert document_amounts(lines) == (D("334.41"), D("27.59"), D("362.00"))


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "amount"),
    [
        ("3", "9.99", {}, "29.97"),
        ("0.5", "0.0190", {}, "0.01"),
        ("1", "1.005", {}, "1.01"),
        ("-1", "1.005", {}, "-1.01"),
        ("3", "9.99", {"discount_rate": D("12.5")}, "26.22"),
        ("3", "9.99", {"discount_amount": D("4.97")}, "25.00"),
        ("3", "9.99", {"discount_rate": D(100), "discount_amount": D(1)}, "0"),
        (None, "9.99", {}, "0"),
        ("3", None, {}, "0"),
    ],
)
def test_a_line_is_quantity_times_price_less_discount_to_the_penny(quantity, price, discount, amount):
    given_quantity = None if quantity is None else D(quantity)
    given_price = None if price is None else D(price)
    assert line_amount(given_quantity, given_price, **discount) == D(amount)


@given(pennies, st.lists(st.decimals(min_value=0, max_value=1000, places=2), min_size=1, max_size=8))
def test_shares_add_up_to_the_penny(amount, weights):
    parts = shares(amount, weights)
    assert sum(parts) == amount
    assert all(part == part.quantize(D("0.01")) for part in parts)


def test_nothing_is_shared_among_nobody():
    assert shares(D(5), []) == []
