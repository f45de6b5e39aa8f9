"""Read purchase orders for lists and pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from counterfoil.core.money import ZERO
from counterfoil.crm.customers.models import PurchaseLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseOrderState, PurchaseTransaction
from counterfoil.database.paging import Criteria, Source, containing, holding, matching

OPEN_STATES = (PurchaseOrderState.DRAFT, PurchaseOrderState.SUBMITTED, PurchaseOrderState.AUTHORISED)


def _orders(company: int, criteria: Criteria) -> QuerySet[PurchaseOrderHeader]:
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
    conditions = orders_where(criteria)
    if not (wanted := criteria.get("q", "").strip()):
        return rows.filter(conditions)
    codes = holding(("number", "reference"), wanted)
    ledgers = containing(PurchaseLedger.objects.of(company), ("name", "account_number"), wanted)
    return matching(rows, conditions, codes, "purchase_ledger", ledgers)


def orders_where(criteria: Criteria) -> Q:
    """By status and supplier: one answer for the list and for reports."""
    found = _by_state(criteria.get("state", ""), criteria.get("today", ""))
    if (supplier := criteria.get("supplier", "")).isdecimal():
        found &= Q(purchase_ledger=int(supplier))
    return found


def _by_state(state: str, today: str) -> Q:
    if state == "open":
        return Q(state__in=OPEN_STATES)
    if state == "late":
        return Q(state__in=OPEN_STATES, delivery_date__lt=dt.date.fromisoformat(today))
    return Q(state=state) if state in PurchaseOrderState.values else Q()


def _whole(company: int) -> QuerySet[PurchaseOrderHeader]:
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.by_key_of(company)
    return rows.select_related("purchase_ledger")


ORDERS = Source(
    narrow=_orders,
    whole=_whole,
    sorts={
        "date": [("date", False)],
        "number": [("number", False)],
        "delivery": [("delivery_date", False)],
        "total": [("home_total", False)],
    },
    sums={"home": "home_total"},
)


def order_of(company: int, pk: int) -> PurchaseOrderHeader | None:
    return _whole(company).filter(pk=pk).first()


def lines_of(header: PurchaseOrderHeader) -> list[PurchaseTransaction]:
    """The lines of an order in their order, each with its product."""
    rows = PurchaseTransaction.objects.filter(header=header).select_related("product")
    return list(rows.order_by("position"))


def orders_from(ledger: PurchaseLedger, *, most: int = 50) -> list[PurchaseOrderHeader]:
    """A supplier's newest purchase orders."""
    return list(PurchaseOrderHeader.objects.filter(purchase_ledger=ledger).order_by("-date", "-pk")[:most])


def orders_like(company: int, wanted: str, most: int) -> list[PurchaseOrderHeader]:
    """For the search box: orders whose number contains the text, newest first."""
    rows = PurchaseOrderHeader.objects.of(company).filter(holding(("number",), wanted))
    rows = rows.select_related("purchase_ledger")
    return list(rows.order_by("-date", "-pk")[:most])


def incoming_of(product: ProductItem, *, most: int = 20) -> list[PurchaseTransaction]:
    """Lines of open purchase orders for a product, the next delivery first."""
    rows = PurchaseTransaction.objects.filter(product=product, header__state__in=OPEN_STATES)
    return list(rows.select_related("header__purchase_ledger").order_by("header__delivery_date", "pk")[:most])


def incoming_quantity(product: ProductItem) -> Decimal:
    """What open purchase orders say is to come."""
    rows = PurchaseTransaction.objects.filter(product=product, header__state__in=OPEN_STATES)
    return rows.aggregate(quantity=Sum("quantity"))["quantity"] or ZERO
