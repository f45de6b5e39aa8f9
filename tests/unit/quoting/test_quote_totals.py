"""A quote's sums are Xero's: held against the stand-in's own arithmetic, which shares no code with ours."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.money import in_home_currency
from counterfoil.core.totals import document_amounts, line_figures
from counterfoil.sandbox.numbers import totals
from counterfoil.sandbox.resources.arithmetic import line_worked_out

D = Decimal
KINDS = ("Exclusive", "Inclusive", "NoTax")
RATES = ("0", "5", "8.25", "10", "15", "17.5", "20", "23", "8.875", "19.975")

quantities = st.decimals(min_value=-1000, max_value=100_000, places=4)
prices = st.decimals(min_value=-1000, max_value=100_000, places=4)
discounts = st.decimals(min_value=0, max_value=100, places=2) | st.sampled_from([D(0), D(100)])
lines = st.lists(
    st.tuples(quantities, prices, discounts, st.sampled_from(RATES).map(D)), min_size=1, max_size=12
)


def ours(given_lines, kind):
    return document_amounts(
        line_figures(quantity, price, discount_rate=discount, tax_rate=rate, kind=kind)
        for quantity, price, discount, rate in given_lines
    )


def theirs(given_lines, kind):
    worked_out = []
    for quantity, price, discount, rate in given_lines:
        line = {"Quantity": quantity, "UnitAmount": price, "DiscountRate": discount}
        line_worked_out(line, rate, kind)
        worked_out.append((line["LineAmount"], line["TaxAmount"]))
    return totals(worked_out, kind)


@pytest.mark.rule("TX-4")
@given(lines, st.sampled_from(KINDS))
def test_any_quote_adds_up_as_the_stand_in_adds_it_up(given_lines, kind):
    mine, other = ours(given_lines, kind), theirs(given_lines, kind)
    assert mine == (other.sub_total, other.total_tax, other.total)


@pytest.mark.rule("TX-4")
@given(lines, st.sampled_from(KINDS))
def test_totals_are_whole_pennies_in_every_currency(given_lines, kind):
    """Xero keeps two decimals also for yen and for dinars."""
    for amount in ours(given_lines, kind):
        assert amount == amount.quantize(D("0.01"))


@pytest.mark.rule("TX-4")
@pytest.mark.parametrize(
    ("prices", "rate", "kind", "sums"),
    [
        (["25.06", "25.61", "25.63"], "15", "Exclusive", ("76.30", "11.44", "87.74")),
        (["650"], "8.25", "Exclusive", ("650.00", "53.63", "703.63")),
        (["250"], "8.25", "Exclusive", ("250.00", "20.63", "270.63")),
        (["100.32"], "8.25", "Exclusive", ("100.32", "8.28", "108.60")),
        (["100"], "8.25", "Exclusive", ("100.00", "8.25", "108.25")),
        (["120", "200", "42"], "8.25", "Inclusive", ("334.41", "27.59", "362.00")),
    ],
)
def test_what_was_measured_on_real_invoices(prices, rate, kind, sums):
    given_lines = [(D(1), D(price), D(0), D(rate)) for price in prices]
    assert ours(given_lines, kind) == tuple(D(amount) for amount in sums)


@pytest.mark.rule("TX-4")
@given(quantities, prices, st.sampled_from(KINDS))
def test_a_discount_of_100_per_cent_leaves_nothing(quantity, price, kind):
    assert ours([(quantity, price, D(100), D(20))], kind) == (0, 0, 0)


@given(
    st.decimals(min_value=0, max_value=10**9, places=2),
    st.decimals(min_value="0.0001", max_value=20000, places=10),
)
def test_what_a_total_is_worth_at_home_is_off_by_less_than_a_hundredth_of_a_penny(total, rate):
    home = in_home_currency(total, rate)
    assert abs(home * rate - total) <= rate * D("0.00005") + D("0.00000001")
