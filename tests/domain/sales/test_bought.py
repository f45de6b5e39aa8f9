"""What a customer bought, and what they do not buy any more."""

import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.sales.bought import products_bought
from tests.builders import operating_company, sales_ledger
from tests.web.world import TODAY, document, line, product

D = Decimal


@pytest.fixture
def company(db):
    return operating_company()


@pytest.fixture
def ledger(company):
    return sales_ledger(company)


def buy(ledger, item, *days_ago, net="10.00", **given):
    for days in days_ago:
        header = document(ledger, f"{item.code}-{days}", date=TODAY - dt.timedelta(days=days), **given)
        line(header, product=item, net=net)


@pytest.fixture
def shelf(company, ledger):
    """Tea each month until a week ago; paper each month until four months ago; a desk once."""
    for code, days in (("TEA", (67, 37, 7)), ("PAPER", (180, 150, 120)), ("DESK", (400,))):
        buy(ledger, product(company, code), *days)
    return ledger


def test_a_product_bought_regularly_and_no_more_is_not_re_ordered(shelf):
    found = products_bought(shelf, today=TODAY)
    assert [(one.code, one.times, one.usual_days, one.is_not_reordered) for one in found.rows] == [
        ("TEA", 3, 30, False),
        ("PAPER", 3, 30, True),
        ("DESK", 1, None, False),
    ]
    assert (found.products, found.not_reordered) == (3, 1)


def test_those_not_re_ordered_come_by_what_they_brought_in(company, shelf):
    buy(shelf, product(company, "INK"), 230, 200, 170, net="500.00")
    found = products_bought(shelf, today=TODAY, not_reordered=True)
    assert [one.code for one in found.rows] == ["INK", "PAPER"]


@pytest.mark.rule("CR-1")
def test_a_credit_is_taken_off_and_is_no_purchase(company, ledger):
    item = product(company, "TEA")
    buy(ledger, item, 90, 60)
    credit = document(ledger, "CN-1", "-10.00", kind="C", date=TODAY)
    line(credit, product=item, net="-10.00", quantity=D(-1))
    [one] = products_bought(ledger, today=TODAY).rows
    assert (one.times, one.last_on, one.quantity, one.home_net) == (2, TODAY - dt.timedelta(60), D(1), D(10))


def test_a_product_that_was_only_credited_has_no_day_and_no_price(company, ledger):
    credit = document(ledger, "CN-1", "-10.00", kind="C")
    line(credit, product=product(company, "TEA"), net="-10.00", quantity=D(-1))
    [one] = products_bought(ledger, today=TODAY).rows
    assert (one.last_on, one.price, one.is_not_reordered) == (None, None, False)


def test_the_last_price_is_in_the_currency_that_was_paid(company, ledger):
    item = product(company, "TEA")
    buy(ledger, item, 60, net="10.00")
    buy(ledger, item, 30, net="12.00", currency="EUR", rate=D("1.2"))
    [one] = products_bought(ledger, today=TODAY).rows
    assert (one.price, one.currency) == (D(12), "EUR")


def test_it_takes_three_queries_however_much_was_bought(company, ledger, django_assert_num_queries):
    for number in range(20):
        buy(ledger, product(company, f"P{number}"), number + 1)
    with django_assert_num_queries(3):
        assert len(products_bought(ledger, today=TODAY, most=5).rows) == 5
