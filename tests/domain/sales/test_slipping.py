import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.sales.slipping import CUSTOMERS, customers_slipping
from tests import builders
from tests.web import world
from tests.web.world import TODAY


@pytest.fixture
def company(db):
    return builders.operating_company("Northwind", home_currency="GBP", home_country="GB")


def buyer(company, name, purchases, **given):
    """A customer with an invoice so many days ago over so much, each; negative amounts are credit notes."""
    ledger = world.customer(company, name, **given)
    for ago, total in purchases:
        kind = "C" if total < 0 else "I"
        on = TODAY - dt.timedelta(days=ago)
        world.document(ledger, f"{kind}-{name}-{ago}-{total}", f"{total}.00", kind=kind, date=on)
    return ledger


BEFORE = [(70, 100), (110, 100), (150, 100)]  # 150 in 60 days


@pytest.mark.parametrize(
    ("purchases", "found"),
    [
        (BEFORE, "quiet"),
        ([(179, 100), (110, 100), (60, 100)], "quiet"),
        ([(180, 100), (110, 100), (70, 100)], ""),  # only two in 180 days
        ([(59, 1), *BEFORE], "less"),
        ([(0, 74), *BEFORE], "less"),
        ([(0, 75), *BEFORE], ""),
        ([(5, 100), (3, -30), *BEFORE], "less"),
        ([(5, 60), (90, -80), *BEFORE], ""),  # the credit takes from what was usual
        ([(3, -30), *BEFORE], "quiet"),
        ([(70, 100), (110, 100), (150, -10)], ""),  # a credit note is no purchase
        ([(10, 100), (20, 100), (30, 100)], ""),
        ([(-5, 100), *BEFORE], "quiet"),  # dated tomorrow or later: not bought yet
    ],
)
def test_who_has_gone_quiet_and_who_buys_less(company, purchases, found):
    buyer(company, "Alder", purchases)
    slips = customers_slipping(company.pk, today=TODAY)
    assert ["quiet" for _ in slips.quiet] + ["less" for _ in slips.less] == [found] * bool(found)


@pytest.mark.rule("RP-1")
def test_what_is_not_approved_or_voided_is_no_purchase(company):
    ledger = buyer(company, "Alder", BEFORE)
    for state in ("pending", "deleted", "voided"):
        world.document(ledger, state, date=TODAY, state=state, is_reported=state == "pending")
    assert [one.name for one in customers_slipping(company.pk, today=TODAY).quiet] == ["Alder"]


def test_who_is_archived_is_neither(company):
    buyer(company, "Alder", BEFORE, is_archived=True)
    assert customers_slipping(company.pk, today=TODAY) == ([], [])


def test_who_is_missed_most_comes_first_with_what_was_usual(company):
    buyer(company, "Small", BEFORE)
    buyer(company, "Large", [(ago, 3 * total) for ago, total in BEFORE])
    found = customers_slipping(company.pk, today=TODAY).quiet
    assert [(one.name, one.usual, one.recent) for one in found] == [
        ("Large", Decimal(450), Decimal(0)),
        ("Small", Decimal(150), Decimal(0)),
    ]


def test_the_list_of_customers_shows_them_and_can_be_narrowed_further(company):
    buyer(company, "Alder", BEFORE)
    buyer(company, "Birch", BEFORE, b2c="b2c")
    buyer(company, "Cedar", [(5, 10), *BEFORE])
    given = {"today": f"{TODAY}", "b2c": "show"}

    def listed(**more):
        rows = CUSTOMERS.narrow(company.pk, given | more)
        return sorted(rows.values_list("name", flat=True))

    assert listed(status="quiet") == ["Alder", "Birch"]
    assert listed(status="quiet", b2c="") == ["Alder"]
    assert listed(status="quiet", q="bir") == ["Birch"]
    assert listed(status="less") == ["Cedar"]
    assert listed(status="overdue") == []
    assert listed() == ["Alder", "Birch", "Cedar"]


def test_another_companys_customers_are_not_among_them(company):
    other = builders.operating_company("Harbour", home_currency="GBP")
    buyer(other, "Theirs", BEFORE)
    assert customers_slipping(company.pk, today=TODAY) == ([], [])
