"""Customers who stopped buying, or buy far less than they did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from counterfoil.core.money import ZERO
from counterfoil.core.reordering import is_declining, is_not_reordered, usual_days
from counterfoil.crm.customers.models import B2C, SalesLedger
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, TransactionKind
from counterfoil.crm.sales.narrowing import documents_where
from counterfoil.database.amounts import Penny
from counterfoil.database.paging import Criteria

YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Habit:
    """How a customer bought: `now` and `before` are net sales of the last 365 days and of those before, at home."""

    key: int
    label: str
    code: str
    last_on: dt.date
    days: int
    usual_days: int | None
    before: Decimal
    now: Decimal
    has_lapsed: bool
    is_declining: bool

    @property
    def change(self) -> Decimal:
        return self.now - self.before


def habits_lost(company: int, criteria: Criteria) -> list[Habit]:
    """Customers who lapsed or decline; `which` narrows it to one of the two, `b2c` brings consumers in."""
    today = dt.date.fromisoformat(criteria["today"])
    names = _names(company, criteria)
    found = [_habit(group, names, today) for group in _groups(company, criteria, today) if group[0] in names]
    which = criteria.get("which", "")
    return [
        one
        for one in found
        if (one.has_lapsed and which != "declining") or (one.is_declining and which != "lapsed")
    ]


def _names(company: int, criteria: Criteria) -> dict[int, tuple[str, str]]:
    rows: QuerySet[SalesLedger] = SalesLedger.objects.of(company)
    if criteria.get("b2c") != "show":
        rows = rows.exclude(b2c=B2C.B2C)
    listed = rows.values_list("pk", "display_description", "account_number")
    return {pk: (name, code if code != name else "") for pk, name, code in listed}


_Group = tuple[int, dt.date, dt.date, int, Decimal | None, Decimal | None]


def _groups(company: int, criteria: Criteria, today: dt.date) -> list[_Group]:
    """Per customer: first and last invoice, how many, sales before and now."""
    documents: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
    invoiced = Q(kind=TransactionKind.INVOICE)
    since, before = today - YEAR, today - 2 * YEAR
    rows = (
        documents.filter(
            documents_where({**criteria, "status": DocumentState.INVOICED.value}), date__lte=today
        )
        .values_list("sales_ledger")
        .annotate(
            first=Min("date", filter=invoiced),
            last=Max("date", filter=invoiced),
            times=Count("pk", filter=invoiced),
            before=Sum(Penny("home_net"), filter=Q(date__gt=before, date__lte=since)),
            now=Sum(Penny("home_net"), filter=Q(date__gt=since)),
        )
        .filter(last__isnull=False)
    )
    return list(rows.order_by())


def _habit(group: _Group, names: dict[int, tuple[str, str]], today: dt.date) -> Habit:
    ledger, first, last, times, before, now = group
    usual = usual_days(first, last, times)
    lapsed = is_not_reordered(last, usual, today=today)
    return Habit(
        key=ledger,
        label=names[ledger][0],
        code=names[ledger][1],
        last_on=last,
        days=(today - last).days,
        usual_days=usual,
        before=before or ZERO,
        now=now or ZERO,
        has_lapsed=lapsed,
        is_declining=not lapsed and is_declining(before or ZERO, now or ZERO),
    )
