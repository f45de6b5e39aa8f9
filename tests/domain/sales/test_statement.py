"""What is open, item by item, and what it adds up to."""

import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.core.ageing import Ageing
from counterfoil.crm.sales.listing import standing_of
from counterfoil.crm.sales.statement import statement_of
from tests.builders import operating_company, sales_ledger
from tests.web.world import TODAY, document, paid

D = Decimal


@pytest.fixture
def company(db):
    return operating_company()


@pytest.fixture
def ledger(company):
    return sales_ledger(company)


def days_ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def statement(*ledgers, on=TODAY):
    return statement_of(ledgers, on=on, today=TODAY, home="GBP")


@pytest.mark.rule("CU-12", "RP-1")
def test_only_what_is_open_is_on_it_the_oldest_first(ledger):
    document(ledger, "INV-2", date=days_ago(10))
    document(ledger, "INV-1", date=days_ago(60))
    paid(ledger, "PAID")
    document(ledger, "VOID", state="voided", is_reported=False)
    document(ledger, "DRAFT", state="pending")
    document(ledger, "CN-1", "-20.00", kind="C", date=days_ago(5))
    [sheet] = statement(ledger).sheets
    assert [item.document.number for item in sheet.items] == ["INV-1", "INV-2", "CN-1"]


@pytest.mark.rule("CU-12")
def test_amounts_are_aged_by_their_due_date_and_unused_credit_stands_apart(ledger):
    for number, late in enumerate((-5, 0, 1, 30, 31, 60, 61, 90, 91, 4000)):
        document(ledger, f"INV-{number}", "10.00", due_date=days_ago(late))
    document(ledger, "NO-DAY", "3.00", due_date=None)
    document(ledger, "CN-1", "-7.00", kind="C", due_date=days_ago(50))
    found, standing = statement(ledger), standing_of(ledger, TODAY)
    assert (standing.open_total, standing.unused) == (D(103), D(-7))
    assert found.ageing == Ageing(D("23.00"), D(20), D(20), D(20), D(20), D(-7))
    assert found.sums[0].ageing == found.ageing
    assert found.ageing.owed == sum(item.home for sheet in found.sheets for item in sheet.items) == D(96)


@pytest.mark.rule("TX-4")
def test_the_whole_is_to_the_penny_the_sum_of_its_rows_and_of_the_ageing_bar(ledger):
    """Three times a third of a penny: rounded one by one as the books do, not at the end."""
    for number in range(3):
        document(ledger, f"INV-{number}", "1.00", currency="EUR", rate=D(3), due_date=days_ago(40))
    found = statement(ledger)
    assert [item.home for item in found.sheets[0].items] == [D("0.33")] * 3
    assert found.ageing.owed == found.sums[0].home == found.sheets[0].home == D("0.99")
    assert found.sums[0].ageing.owed == D("3.00")
    assert standing_of(ledger, TODAY).open_total == D("0.99")


def test_each_account_and_each_currency_has_a_sheet(company, ledger):
    branch = sales_ledger(company, "branch")
    for number, (whose, currency) in enumerate(
        [(branch, "GBP"), (ledger, "USD"), (ledger, "GBP"), (branch, "GBP")]
    ):
        document(whose, f"INV-{number}", "10.00", currency=currency, rate=D(2) if currency == "USD" else D(1))
    found = statement(ledger, branch)
    assert [(sheet.ledger.name, sheet.currency, sheet.owed, sheet.home) for sheet in found.sheets] == [
        ("customer", "GBP", D(10), D(10)),
        ("customer", "USD", D(10), D(5)),
        ("branch", "GBP", D(20), D(20)),
    ]
    assert [(one.currency, one.ageing.owed, one.home) for one in found.sums] == [
        ("GBP", D(30), D(30)),
        ("USD", D(10), D(5)),
    ]
    assert found.ageing.owed == D(35)


@pytest.mark.parametrize(
    ("balance", "missing", "leaves_credits_out"),
    [("80.00", "0.00", False), ("100.00", "20.00", True), ("70.00", "-10.00", False)],
)
def test_it_says_how_far_the_books_agree(company, balance, missing, leaves_credits_out):
    ledger = sales_ledger(company, balance_outstanding=D(balance))
    document(ledger, "INV-1", "100.00")
    document(ledger, "CN-1", "-20.00", kind="C")
    found = statement(ledger)
    assert (found.missing, found.leaves_credits_out) == (D(missing), leaves_credits_out)


def test_a_past_day_leaves_out_what_came_later_and_asks_for_nothing_that_is_paid_now(ledger):
    document(ledger, "OLD", "100.00", amount_due=D(40), date=days_ago(60), due_date=days_ago(30))
    document(ledger, "NEW", date=days_ago(5))
    paid(ledger, "SETTLED", date=days_ago(60), paid_on=days_ago(1))
    found = statement(ledger, on=days_ago(20))
    [item] = found.sheets[0].items
    assert (item.document.number, item.days, found.ageing.days_1_30) == ("OLD", 10, D(40))
    assert not found.is_current


def test_todays_has_also_what_bears_a_later_date_since_the_balance_has_it(ledger):
    document(ledger, "AHEAD", date=TODAY + dt.timedelta(days=3))
    assert statement(ledger).items == 1


def test_a_day_to_come_is_today(ledger):
    document(ledger, "INV-1", due_date=days_ago(1))
    found = statement(ledger, on=dt.date.max)
    assert (found.on, found.is_current, found.sheets[0].items[0].days) == (TODAY, True, 1)


def test_it_takes_one_query_however_much_is_open(ledger, django_assert_num_queries):
    for number in range(40):
        document(ledger, f"INV-{number}", currency=("GBP", "EUR")[number % 2])
    with django_assert_num_queries(1):
        assert statement(ledger).items == 40
