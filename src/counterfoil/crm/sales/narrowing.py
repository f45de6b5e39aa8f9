"""Which invoices and credit notes meet some criteria: one answer for lists and reports, so that they agree."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q

from counterfoil.crm.sales.models import DocumentState
from counterfoil.database.paging import Criteria

OPEN = Q(is_paid=False, state=DocumentState.INVOICED)
# Days overdue, as accountants group them (CU-12): label, from, to.
BUCKETS = (("Not due", None, 0), ("1-30", 1, 30), ("31-60", 31, 60), ("61-90", 61, 90), ("91+", 91, None))
NOBODY = "none"


def documents_where(criteria: Criteria, prefix: str = "") -> Q:
    """Status, age, customer, account manager, currency and date, `from` and `to` both included.

    `prefix` leads from other rows to their document.
    """
    found = _by_status(criteria.get("status", ""), criteria.get("today", ""))
    if (place := criteria.get("aged", "")).isdecimal():
        found &= aged_where(int(place) - 1, dt.date.fromisoformat(criteria["today"]))
    given: dict[str, Any] = {}
    if (ledger := criteria.get("customer", "")).isdecimal():
        given["sales_ledger"] = int(ledger)
    if (manager := criteria.get("manager", "")).isdecimal():
        given["sales_ledger__division__company__account_manager"] = int(manager)
    elif manager == NOBODY:
        given["sales_ledger__division__company__account_manager"] = None
    for key, column in (("currency", "currency"), ("from", "date__gte"), ("to", "date__lte")):
        if value := criteria.get(key, ""):
            given[column] = value
    return _led_to(found & Q(**given), prefix)


def _led_to(condition: Q, prefix: str) -> Q:
    if not prefix:
        return condition
    children = [
        _led_to(one, prefix) if isinstance(one, Q) else (f"{prefix}{one[0]}", one[1])  # type: ignore[index]
        for one in condition.children
    ]
    return Q(*children, _connector=condition.connector, _negated=condition.negated)


def _by_status(status: str, today: str) -> Q:
    if status == "open":
        return OPEN
    if status == "overdue":
        return OPEN & Q(due_date__lt=dt.date.fromisoformat(today))
    if status == "paid":
        return Q(is_paid=True, state=DocumentState.INVOICED)
    if status in DocumentState.values:
        return Q(state=status)
    return Q(is_reported=False) if status == "left-out" else Q()


def aged_where(place: int, today: dt.date) -> Q:
    """Open documents in one bucket of the ageing."""
    _, least, most = BUCKETS[place % len(BUCKETS)]
    if least is None:
        return OPEN & (Q(due_date__gte=today) | Q(due_date=None))
    found = OPEN & Q(due_date__lte=today - dt.timedelta(days=least))
    return found if most is None else found & Q(due_date__gte=today - dt.timedelta(days=most))
