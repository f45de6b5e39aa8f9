import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.products.models import Stock, Warehouse
from counterfoil.crm.reports.incoming import incoming_by_month, orders_incoming
from counterfoil.crm.reports.stock import stock_held
from tests import builders
from tests.builders import AT
from tests.web import world

D = Decimal
TODAY = dt.date(2026, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return builders.operating_company()


def stocked(company, code, on_hand, cost="2.50", **given):
    product = world.product(company, code, is_stocked=True, cost_price=D(cost) if cost else None, **given)
    warehouse, _ = Warehouse.objects.get_or_create(operating_company=company)
    Stock.objects.create(
        operating_company=company,
        product=product,
        warehouse=warehouse,
        free_stock=D(on_hand),
        physical_stock=D(on_hand),
        as_at=AT,
    )
    return product


def codes(rows):
    return sorted(row.code for row in rows)


@pytest.mark.rule("PR-4", "PR-6", "RP-1")
def test_stock_is_worth_what_it_costs_where_that_is_known(company):
    stocked(company, "CAN", "12.5", "0.3333")
    stocked(company, "GIFT", "3", cost="")
    world.product(company, "HELP")
    rows = {row.code: row for row in stock_held(company.pk, {})}
    assert {code: (row.on_hand, row.value) for code, row in rows.items()} == {
        "CAN": (D("12.5"), D("4.17")),
        "GIFT": (D(3), None),
    }


@pytest.mark.rule("PR-5", "PR-8")
def test_obsolete_products_are_shown_as_long_as_any_is_left(company):
    stocked(company, "OLD", "0", is_obsolete=True)
    stocked(company, "LEFT", "2", is_obsolete=True)
    stocked(company, "GONE", "2", is_withdrawn=True)
    assert codes(stock_held(company.pk, {})) == ["LEFT"]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ("", ["A", "B", "C"]),
        ("held", ["A"]),
        ("out", ["B", "C"]),
        ("unknown", ["B"]),
    ],
)
def test_stock_is_narrowed(company, which, found):
    stocked(company, "A", "1", product_group="Tools")
    stocked(company, "B", "0", cost="")
    stocked(company, "C", "-2")
    assert codes(stock_held(company.pk, {"which": which})) == found
    assert codes(stock_held(company.pk, {"group": "Tools"})) == ["A"]


def test_another_companys_goods_are_not_shown(company):
    stocked(company, "A", "1")
    world.purchase_order(builders.purchase_ledger(company))
    other = builders.operating_company("Other").pk
    assert (stock_held(other, {}), orders_incoming(other, {})) == ([], [])


@pytest.mark.rule("PO-2", "RP-1")
@pytest.mark.parametrize(
    ("state", "comes"),
    [
        ("draft", True),
        ("submitted", True),
        ("authorised", True),
        ("completed", False),
        ("obsolete", False),
        ("unknown", False),
    ],
)
def test_an_order_is_incoming_while_it_is_open(company, state, comes):
    world.purchase_order(builders.purchase_ledger(company), state=state)
    assert bool(orders_incoming(company.pk, {})) is comes


@pytest.mark.rule("PO-2")
def test_incoming_orders_are_added_up_by_the_month_they_are_expected(company):
    supplier = builders.purchase_ledger(company)
    days = ("2026-11-19", "2026-11-20", "2026-12-01", "2026-12-31")
    for number, day in enumerate(days):
        world.purchase_order(supplier, f"PO-{number}", "10", delivery_date=dt.date.fromisoformat(day))
    noted = dt.date(2027, 1, 5)
    world.purchase_order(supplier, "PO-8", "7", delivery_date=None, expected_on=noted)
    world.purchase_order(supplier, "PO-9", "5", delivery_date=None)
    assert incoming_by_month(orders_incoming(company.pk, {}), TODAY) == [
        (None, D(15)),
        (dt.date(2026, 11, 1), D(10)),
        (dt.date(2026, 12, 1), D(20)),
        (dt.date(2027, 1, 1), D(7)),
    ]
    late = orders_incoming(company.pk, {"state": "late", "today": TODAY.isoformat()})
    assert [order.label for order in late] == ["PO-0"]
