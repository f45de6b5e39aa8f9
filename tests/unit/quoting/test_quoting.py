import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.money import to_four
from counterfoil.core.quoting import (
    GroupedLine,
    delivery_by_value,
    due_on,
    groups,
    margin,
    price_in_document,
    priced,
    sent_description,
)

D = Decimal
ON = dt.date(2026, 1, 31)


@pytest.mark.rule("PU-6")
def test_a_price_finer_than_four_decimals_becomes_one_at_the_whole_amount():
    fit = priced(D("8555500"), D("0.00015"))
    assert fit[:2] == (1, D("1283.325"))
    assert fit.note == "8,555,500 at 0.00015, as one at 1,283.325: Xero keeps 4 decimals."


@given(
    st.decimals(min_value=-10_000, max_value=10_000, places=7),
    st.decimals(min_value=-10_000, max_value=10_000, places=7),
)
def test_whatever_is_entered_ends_with_four_decimals_and_the_same_amount(quantity, price):
    fit = priced(quantity, price)
    assert (fit.quantity, fit.unit_price) == (to_four(fit.quantity), to_four(fit.unit_price))
    assert abs(fit.quantity * fit.unit_price - quantity * price) <= D("0.00005")


@pytest.mark.rule("PU-5")
@pytest.mark.parametrize(
    ("net", "rate", "charge"),
    [
        ("10", "1", "7.50"),
        ("99.99", "1", "7.50"),
        ("100", "1", "0"),
        ("119.98", "1.2", "9.00"),
        ("120", "1.2", "0"),
        ("0", "1", "0"),
        ("-5", "1", "0"),
    ],
)
def test_delivery_by_order_value_is_free_from_the_limit_on_in_any_currency(net, rate, charge):
    found = delivery_by_value(D(net), rate=D(rate), charge=D("7.50"), free_over=D(100))
    assert found == D(charge)


@pytest.mark.rule("PU-5")
def test_delivery_without_a_limit_always_costs():
    assert delivery_by_value(D(1_000_000), rate=D(1), charge=D(5), free_over=None) == D(5)


@pytest.mark.rule("IS-6")
@pytest.mark.parametrize(
    ("description", "extended", "combine", "sent"),
    [
        ("Bolt", "M8, zinc", True, "Bolt\nM8, zinc"),
        ("Bolt", "M8, zinc", False, "Bolt"),
        ("Bolt", "", True, "Bolt"),
        ("", "M8, zinc", False, "M8, zinc"),
        ("", "", False, "BOLT"),
    ],
)
def test_descriptions_are_sent_together_only_when_asked_and_never_empty(description, extended, combine, sent):
    assert sent_description(description, extended, combine=combine, code="BOLT") == sent


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("14 days after the invoice date", dt.date(2026, 2, 14)),
        ("10 days after the end of the invoice month", dt.date(2026, 2, 10)),
        ("Day 31 of the current month", dt.date(2026, 1, 31)),
        ("Day 15 of the current month", dt.date(2026, 2, 15)),
        ("Day 30 of the following month", dt.date(2026, 2, 28)),
        ("Day 0 of the following month", dt.date(2026, 2, 1)),
        ("", dt.date(2026, 3, 2)),
        ("COD 0", dt.date(2026, 3, 2)),
    ],
)
def test_the_due_date_follows_the_customers_terms(terms, due):
    assert due_on(ON, terms, days=30) == due


def test_a_list_price_is_shown_in_the_quotes_currency_and_tax_basis():
    assert price_in_document(D("10.00"), rate=D("1.2345678901")) == D("12.3457")
    assert price_in_document(D("10.00"), rate=D(1), tax_rate=D(20), kind="Inclusive") == D("12.0000")


def test_lines_fall_under_the_heading_before_them_and_optional_ones_do_not_count():
    lines = [
        GroupedLine(is_heading=False, text="loose", net=D(1), counts=True),
        GroupedLine(is_heading=True, text="Kitchen", net=D(0), counts=False),
        GroupedLine(is_heading=False, text="tap", net=D(10), counts=True),
        GroupedLine(is_heading=False, text="gold tap", net=D(99), counts=False),
        GroupedLine(is_heading=True, text="Bath", net=D(0), counts=False),
    ]
    assert groups(lines) == [("", (0,), D(1)), ("Kitchen", (2, 3), D(10)), ("Bath", (), D(0))]
    assert groups(lines[1:])[0].heading == "Kitchen"


def test_margin_is_what_is_left_of_the_net_amount():
    assert margin(D(100), D(60)) == (D(100), D(60), D(40), D("40.0"))
    assert margin(D(0), D(5)).rate is None
