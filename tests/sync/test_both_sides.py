"""The walks' own comparison of both sides finds what `verify` might not (reliability 3.8: planted bugs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from tests.soak.both_sides import differences
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=9, contacts=7, items=5), limits=False) as running:
        running.connect()
        running.sync()
        yield running


def spoil_one(model: type[Any], only: dict[str, Any] | None = None, **values: Any) -> Callable[[World], None]:
    def spoil(here: World) -> None:
        key = model.objects.filter(**(only or {})).earliest("pk").pk
        model.objects.filter(pk=key).update(**values)

    return spoil


def invoice_in_xero_alone(here: World) -> None:
    contact = str(SalesLedger.objects.exclude(ledger_id=None).earliest("pk").ledger_id)
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    actions.invoice_add(here.organisation, Type="ACCREC", Contact={"ContactID": contact}, LineItems=[line])


PLANTED = {
    "amount due": (spoil_one(SalesOrderHeader, amount_due=Decimal(7), only={"kind": "I"}), "invoice"),
    "a line": (lambda _: SalesTransaction.objects.filter(kind="C").earliest("pk").delete(), "credit note"),
    "status": (spoil_one(PurchaseOrderHeader, status="BILLED"), "purchase order"),
    "price": (spoil_one(ProductItem, selling_price=Decimal("0.01")), "item"),
    "withdrawn": (spoil_one(ProductItem, is_withdrawn=True), "item"),
    "overdue": (spoil_one(SalesLedger, balance_overdue=Decimal("0.01")), "customer"),
    "dropped": (invoice_in_xero_alone, "invoice"),
}


def test_a_clean_sync_leaves_none(here: World) -> None:
    assert differences(here) == []


@pytest.mark.parametrize("planted", PLANTED)
def test_each_planted_one_is_found_and_no_other(here: World, planted: str) -> None:
    spoil, kind = PLANTED[planted]
    spoil(here)
    (found,) = differences(here)
    assert found.startswith(f"{kind} ")
