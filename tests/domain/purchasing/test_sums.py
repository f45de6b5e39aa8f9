import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.purchase_orders import purchase_order_values
from counterfoil.crm.purchasing.selectors import purchases_by_analysis, purchases_by_state, purchases_on_order
from counterfoil.crm.purchasing.services import purchase_orders_apply
from tests.builders import AT, line, operating_company, purchase_ledger, purchase_order

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    company = operating_company()
    purchase_ledger(company)
    statuses = ["DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"]
    orders = [
        purchase_order(status, line(status, account_code=status[:3]), status=status) for status in statuses
    ]
    with transaction.atomic():
        purchase_orders_apply(company, [purchase_order_values(o, home_currency="GBP") for o in orders], at=AT)
    return company


@pytest.mark.rule("PO-2")
def test_orders_are_worth_what_they_are_by_state(company):
    states = ["draft", "submitted", "authorised", "completed", "obsolete"]
    assert purchases_by_state(company) == dict.fromkeys(states, D(100))


@pytest.mark.rule("PO-2")
def test_what_is_submitted_or_approved_is_on_order(company):
    assert list(purchases_on_order(company).values()) == [D(200)]


@pytest.mark.rule("PO-2", "RP-1")
def test_deleted_orders_are_left_out_of_analysis(company):
    assert purchases_by_analysis(company) == dict.fromkeys(["DRA", "SUB", "AUT", "BIL"], D(100))
    ordered = dt.date(2026, 10, 1)
    assert purchases_by_analysis(company, since=ordered, until=ordered) == purchases_by_analysis(company)
    assert purchases_by_analysis(company, since=ordered + dt.timedelta(days=1)) == {}
    assert purchases_by_analysis(company, until=ordered - dt.timedelta(days=1)) == {}
