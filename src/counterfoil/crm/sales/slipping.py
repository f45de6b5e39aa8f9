"""Customers who used to buy and do not any more, or hardly.

Judged by stretches of 60 days, not by each one's own rhythm as single products are (`core.reordering`): that takes
a year of documents and each customer's first and last day, which costs the page that opens first three times the time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, ExpressionWrapper, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from counterfoil.core.money import ZERO
from counterfoil.crm.customers import listing
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, TransactionKind
from counterfoil.database.fields import MoneyField
from counterfoil.database.paging import Criteria, listed

LEAST_INVOICES = 3
STRETCH_DAYS = 60
# How many stretches the last one is held against.
STRETCHES_BEFORE = 2
DAYS = (1 + STRETCHES_BEFORE) * STRETCH_DAYS


@dataclass(frozen=True)
class Slipping:
    """One customer's net sales in home currency: of the last 60 days, and what 60 days brought before."""

    ledger_id: int
    name: str
    recent: Decimal
    usual: Decimal
    is_quiet: bool


class Slips(NamedTuple):
    """Those who are missed most first; nobody is in both."""

    quiet: Sequence[Slipping]
    less: Sequence[Slipping]


def customers_slipping(company: int, *, today: dt.date) -> Slips:
    """Of the customers with LEAST_INVOICES or more in the last 180 days, those gone quiet and those who buy less.

    Gone quiet: no invoice in the last 60 days. Buying less: in those, net of credits, less than half of what 60 days
    brought on average in the 120 before. Who is archived is neither.
    """
    groups = {one["sales_ledger"]: one for one in _groups(company, today) if one["times"] >= LEAST_INVOICES}
    names = _names(company, list(groups)) if groups else []
    found = [_slipping(groups[key], name) for key, name in names]
    found.sort(key=lambda one: (one.recent - one.usual, one.ledger_id))
    return Slips([one for one in found if one.is_quiet], [one for one in found if not one.is_quiet])


def _groups(company: int, today: dt.date) -> QuerySet[SalesOrderHeader, dict[str, Any]]:
    """The customers whose last 60 days brought less than half; of the number of invoices more than can be too few."""
    rows = SalesOrderHeader.objects.of(company).filter(
        kind__in=TransactionKind.values,
        date__gt=today - dt.timedelta(days=DAYS),
        date__lte=today,
        state=DocumentState.INVOICED,
    )
    invoiced, now = Q(kind=TransactionKind.INVOICE), Q(date__gt=today - dt.timedelta(days=STRETCH_DAYS))
    groups = rows.values("sales_ledger").annotate(
        documents=Count("*"),
        times=Count("pk", filter=invoiced),
        lately=Count("pk", filter=invoiced & now),
        whole=Sum("home_net"),
        recent=Coalesce(Sum("home_net", filter=now), ZERO, output_field=MoneyField()),
    )
    # Less than half of the average before: the whole is more than that many times what is recent.
    factor = Value(1 + 2 * STRETCHES_BEFORE, IntegerField())
    least = ExpressionWrapper(F("recent") * factor, output_field=MoneyField())
    found: QuerySet[SalesOrderHeader, dict[str, Any]] = groups.filter(
        documents__gte=LEAST_INVOICES, whole__gt=least
    )
    return found.order_by()


def _names(company: int, keys: Sequence[int]) -> list[tuple[int, str]]:
    rows = SalesLedger.objects.of(company).filter(pk__in=listed(keys), is_archived=False)
    return list(rows.order_by().values_list("pk", "display_description"))


def _slipping(group: Mapping[str, Any], name: str) -> Slipping:
    usual = (group["whole"] - group["recent"]) / STRETCHES_BEFORE
    return Slipping(group["sales_ledger"], name, group["recent"], usual, is_quiet=not group["lately"])


def _narrow(company: int, criteria: Criteria) -> QuerySet[SalesLedger]:
    status = criteria.get("status", "")
    if status not in Slips._fields:
        return listing.CUSTOMERS.narrow(company, criteria)
    slips = customers_slipping(company, today=dt.date.fromisoformat(criteria["today"]))
    keys = [one.ledger_id for one in getattr(slips, status)]
    rows: QuerySet[SalesLedger] = listing.CUSTOMERS.narrow(company, {**criteria, "status": ""})
    return rows.filter(pk__in=listed(keys))


# The list of customers, with what only sales can tell of them among its statuses.
CUSTOMERS = replace(listing.CUSTOMERS, narrow=_narrow)
