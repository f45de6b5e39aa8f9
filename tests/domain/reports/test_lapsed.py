import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.reports.lapsed import habits_lost
from tests import builders
from tests.web import world

D = Decimal
TODAY = dt.date(2026, 11, 20)
ASKED = {"today": "2026-11-20"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return builders.operating_company()


def bought(company, name, *days_ago, total="100", **given):
    ledger = builders.sales_ledger(company, name, **given)
    for days in days_ago:
        on = TODAY - dt.timedelta(days=days)
        world.paid(ledger, f"{name}-{days}", total, date=on)
    return ledger


def found(company, **criteria):
    return {row.label: row for row in habits_lost(company.pk, ASKED | criteria)}


@pytest.mark.rule("RP-1")
def test_a_customer_lapses_after_twice_the_usual_time(company):
    bought(company, "Alder", 100, 80, 60)
    bought(company, "Birch", 60, 40, 20)
    bought(company, "Cedar", 300)
    rows = found(company)
    assert list(rows) == ["Alder"]
    assert (rows["Alder"].usual_days, rows["Alder"].days, rows["Alder"].now) == (20, 60, D(300))


@pytest.mark.rule("RP-1", "CR-1")
def test_a_customer_declines_below_half_of_the_year_before(company):
    ledger = bought(company, "Alder", 500, 400, 10)
    bought(company, "Birch", 400, 10)
    assert found(company) == {}
    world.document(ledger, "CN-1", "-1", kind="C", date=TODAY)
    row = found(company)["Alder"]
    assert (row.before, row.now, row.change, row.has_lapsed) == (D(200), D(99), D(-101), False)


@pytest.mark.rule("IN-2")
def test_a_draft_or_a_void_invoice_is_no_purchase(company):
    ledger = bought(company, "Alder", 100, 80)
    for state in ("pending", "voided"):
        on = TODAY - dt.timedelta(days=60)
        world.document(ledger, f"INV-{state}", state=state, is_reported=state == "pending", date=on)
    assert found(company) == {}


def test_either_kind_is_shown_alone_and_consumers_when_asked_for(company):
    bought(company, "Alder", 100, 80, 60)
    bought(company, "Birch", 400)
    bought(company, "Grace", 400, b2c="b2c")
    assert list(found(company, which="lapsed")) == ["Alder"]
    assert list(found(company, which="declining")) == ["Birch"]
    assert list(found(company, which="declining", b2c="show")) == ["Birch", "Grace"]


def test_another_companys_customers_are_not_shown(company):
    bought(company, "Alder", 400)
    assert found(builders.operating_company("Other")) == {}
