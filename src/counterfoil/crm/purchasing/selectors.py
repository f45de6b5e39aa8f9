"""Sums over purchase orders, in home currency without tax; deleted orders are left out (PO-2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseOrderState, PurchaseTransaction

_LEFT_OUT = (PurchaseOrderState.OBSOLETE, PurchaseOrderState.UNKNOWN)
_STILL_TO_COME = (PurchaseOrderState.SUBMITTED, PurchaseOrderState.AUTHORISED)


def purchases_by_state(company: OperatingCompany) -> dict[str, Decimal]:
    """State → worth of the orders in it, all states that occur."""
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
    groups = rows.values("state").annotate(net=Sum("home_net")).order_by("state")
    return {group["state"]: group["net"] or ZERO for group in groups}


def purchases_on_order(company: OperatingCompany) -> dict[int, Decimal]:
    """Purchase Ledger → worth of what was ordered there and is not billed yet."""
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
    open_orders = rows.filter(state__in=_STILL_TO_COME)
    groups = open_orders.values("purchase_ledger_id").annotate(net=Sum("home_net")).order_by()
    return {group["purchase_ledger_id"]: group["net"] or ZERO for group in groups}


def purchases_by_analysis(
    company: OperatingCompany, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[str, Decimal]:
    """Account code → worth of the lines that carry it, by order date, both days included."""
    between = Q()
    if since:
        between &= Q(header__date__gte=since)
    if until:
        between &= Q(header__date__lte=until)
    rows: QuerySet[PurchaseTransaction] = PurchaseTransaction.objects.of(company)
    counted = rows.filter(between).exclude(header__state__in=_LEFT_OUT)
    groups = counted.values("analysis").annotate(net=Sum("home_net")).order_by()
    return {group["analysis"]: group["net"] or ZERO for group in groups}
