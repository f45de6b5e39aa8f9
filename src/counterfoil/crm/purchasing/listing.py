"""Read purchase orders for lists and pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from counterfoil.core.money import ZERO
from counterfoil.crm.customers.models import PurchaseLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseOrderState, PurchaseTransaction
from counterfoil.database.paging import Criteria, Source, containing, holding, settled

OPEN_STATES = (PurchaseOrderState.DRAFT, PurchaseOrderState.SUBMITTED, PurchaseOrderState.AUTHORISED)


def _orders(company: int, criteria: Criteria) -> QuerySet[PurchaseOrderHeader]:
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
    state = criteria.get("state", "")
    if state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif state == "late":
        rows = rows.filter(state__in=OPEN_STATES, delivery_date__lt=dt.date.fromisoformat(criteria["today"]))
    elif state in PurchaseOrderState.values:
        rows = rows.filter(state=state)
    if (supplier := criteria.get("supplier", "")).isdigit():
        rows = rows.filter(purchase_ledger=int(supplier))
    if wanted := criteria.get("q", "").strip():
        rows = _matching(rows, company, wanted)
    return rows


def _matching(
    rows: QuerySet[PurchaseOrderHeader], company: int, wanted: str
) -> QuerySet[PurchaseOrderHeader]:
    """By number, by reference, or by supplier."""
    ledgers = containing(PurchaseLedger.objects.of(company), ("name", "account_number"), wanted)
    codes = holding(("number", "reference"), wanted)
    found = Q(purchase_ledger__in=ledgers.order_by().values("pk")) | codes["condition"]
    return settled(rows.alias(**codes["alias"]).filter(found))


def _whole(company: int) -> QuerySet[PurchaseOrderHeader]:
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
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
    codes = holding(("number",), wanted)
    rows = _whole(company).alias(**codes["alias"]).filter(codes["condition"])
    return list(rows.order_by("-date", "-pk")[:most])


def incoming_of(product: ProductItem, *, most: int = 20) -> list[PurchaseTransaction]:
    """Lines of open purchase orders for a product, the next delivery first."""
    rows = PurchaseTransaction.objects.filter(product=product, header__state__in=OPEN_STATES)
    return list(rows.select_related("header__purchase_ledger").order_by("header__delivery_date", "pk")[:most])


def incoming_quantity(product: ProductItem) -> Decimal:
    """What open purchase orders say is to come."""
    rows = PurchaseTransaction.objects.filter(product=product, header__state__in=OPEN_STATES)
    return rows.aggregate(quantity=Sum("quantity"))["quantity"] or ZERO
