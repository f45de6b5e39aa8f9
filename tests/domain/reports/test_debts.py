import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.reports.debts import debts, overdue
from counterfoil.crm.sales.listing import standing_of
from tests import builders
from tests.web import world

D = Decimal
TODAY = dt.date(2026, 11, 20)
ASKED = {"today": "2026-11-20"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return builders.operating_company()


@pytest.fixture
def ledger(company):
    return builders.sales_ledger(company, "Alder")


def late(ledger, number, days, total, **given):
    return world.document(ledger, number, total, due_date=TODAY - dt.timedelta(days=days), **given)


def credit(ledger, number, total, **given):
    return world.document(ledger, number, total, kind="C", **given)


@pytest.mark.rule("CU-12", "RP-1", "IN-5")
def test_open_invoices_age_by_their_due_date(company, ledger):
    for number, days in enumerate((-5, 0, 1, 30, 31, 60, 61, 90, 91), 1):
        late(ledger, f"INV-{number}", days, f"{number}")
    world.document(ledger, "INV-10", "100", due_date=None)
    (row,) = debts(company.pk, ASKED)
    assert row.aged == [D(103), D(7), D(11), D(15), D(9)]
    assert (row.overdue, row.owed, row.home) == (D(42), D(145), D(145))
    assert (row.late, row.oldest) == (7, TODAY - dt.timedelta(days=91))


@pytest.mark.rule("CU-12", "RP-1", "IN-2")
def test_only_what_is_open_and_confirmed_is_owed(company, ledger):
    for state in ("pending", "voided", "deleted", "unknown"):
        late(ledger, f"INV-{state}", 10, "9", state=state, is_reported=state == "pending")
    world.paid(ledger, "INV-paid")
    assert debts(company.pk, ASKED) == []
    late(ledger, "INV-part", 10, "100", amount_paid=D(80), amount_due=D(20))
    credit(ledger, "CN-1", "-15")
    (row,) = debts(company.pk, ASKED)
    assert (row.overdue, row.credits, row.owed) == (D(20), D(-15), D(5))


@pytest.mark.rule("CU-12", "RP-1")
def test_currencies_are_kept_apart_and_meet_at_home(company, ledger):
    late(ledger, "INV-1", 10, "100")
    for number in range(3):
        late(ledger, f"INV-e{number}", 40, "10", currency="EUR", rate=D("1.3"))
    rows = {row.currency: row for row in debts(company.pk, ASKED)}
    assert {code: row.owed for code, row in rows.items()} == {"GBP": D(100), "EUR": D(30)}
    # 7.6923 each is 7.69, as on the statement.
    assert (rows["EUR"].home, rows["EUR"].home_aged[2]) == (D("23.07"), D("23.07"))
    assert [row.currency for row in debts(company.pk, {**ASKED, "currency": "EUR"})] == ["EUR"]


@pytest.mark.rule("CU-12", "RP-1")
def test_the_report_says_what_the_customers_page_says(company, ledger):
    late(ledger, "INV-1", 10, "100.55")
    late(ledger, "INV-2", 100, "33.33", currency="EUR", rate=D("1.1734"))
    credit(ledger, "CN-1", "-7.77", currency="USD", rate=D("1.27"))
    shown, rows = standing_of(ledger, TODAY), debts(company.pk, ASKED)
    assert [sum(ages) for ages in zip(*(row.home_aged for row in rows), strict=True)] == [
        bucket.amount for bucket in shown.buckets
    ]
    assert sum(row.home for row in rows) == shown.open_total + shown.unused


@pytest.mark.rule("RP-1", "IN-5")
def test_only_those_with_late_invoices_are_overdue(company, ledger):
    late(ledger, "INV-1", 1, "10")
    late(builders.sales_ledger(company, "Birch"), "INV-2", 0, "20")
    assert [row.label for row in overdue(company.pk, ASKED)] == ["Alder"]
    assert [row.label for row in overdue(company.pk, {"today": "2026-11-21"})] == ["Alder", "Birch"]


def test_another_companys_debts_are_not_shown(company, ledger):
    late(ledger, "INV-1", 1, "10")
    assert debts(builders.operating_company("Other").pk, ASKED) == []
