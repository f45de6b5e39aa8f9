"""Customers who used to buy and do not any more, or hardly.

Judged by quarters, not by each one's own rhythm as single products are (`core.reordering`): that would take the
first and the last day of every customer's invoices, which costs the page that opens first twice the time.
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
QUARTER_DAYS = 90
# What the last quarter is held against.
QUARTERS_BEFORE = 2
DAYS = (1 + QUARTERS_BEFORE) * QUARTER_DAYS


@dataclass(frozen=True)
class Slipping:
    """One customer's net sales in home currency: of the last 90 days, and what 90 days brought before."""

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
    """Of the customers with LEAST_INVOICES or more in the last 270 days, those gone quiet and those who buy less.

    Gone quiet: no invoice in the last 90 days. Buying less: in those, net of credits, less than half of what 90 days
    brought on average in the 180 before. Who is archived is neither.
    """
    groups = {one["sales_ledger"]: one for one in _groups(company, today) if one["times"] >= LEAST_INVOICES}
    names = _names(company, list(groups)) if groups else []
    found = [_slipping(groups[key], name) for key, name in names]
    found.sort(key=lambda one: (one.recent - one.usual, one.ledger_id))
    return Slips([one for one in found if one.is_quiet], [one for one in found if not one.is_quiet])


def _groups(company: int, today: dt.date) -> QuerySet[SalesOrderHeader, dict[str, Any]]:
    """The customers whose last quarter brought less than half; of the number of invoices more than can be too few."""
    rows = SalesOrderHeader.objects.of(company).filter(
        kind__in=TransactionKind.values,
        date__gt=today - dt.timedelta(days=DAYS),
        date__lte=today,
        state=DocumentState.INVOICED,
    )
    invoiced, now = Q(kind=TransactionKind.INVOICE), Q(date__gt=today - dt.timedelta(days=QUARTER_DAYS))
    groups = rows.values("sales_ledger").annotate(
        documents=Count("pk"),
        times=Count("pk", filter=invoiced),
        lately=Count("pk", filter=invoiced & now),
        whole=Sum("home_net"),
        recent=Coalesce(Sum("home_net", filter=now), ZERO, output_field=MoneyField()),
    )
    # Less than half of the average before: the whole is more than that many times what is recent.
    factor = Value(1 + 2 * QUARTERS_BEFORE, IntegerField())
    least = ExpressionWrapper(F("recent") * factor, output_field=MoneyField())
    found: QuerySet[SalesOrderHeader, dict[str, Any]] = groups.filter(
        documents__gte=LEAST_INVOICES, whole__gt=least
    )
    return found.order_by()


def _names(company: int, keys: Sequence[int]) -> list[tuple[int, str]]:
    rows = SalesLedger.objects.of(company).filter(pk__in=listed(keys), is_archived=False)
    return list(rows.order_by().values_list("pk", "display_description"))


def _slipping(group: Mapping[str, Any], name: str) -> Slipping:
    usual = (group["whole"] - group["recent"]) / QUARTERS_BEFORE
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
