"""Read quotes for lists and for the board by stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from counterfoil.core.lifecycle import NAMES, OPEN, ORDERED, Stage
from counterfoil.core.money import ZERO
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.quotes.models import PushState, Quote
from counterfoil.database.paging import Counted, Criteria, Source, containing, counted

SEARCHED = ("number", "title", "customer_reference", "invoice_number")
LEDGERS_SEARCHED = ("display_description", "name", "account_number")
LEDGERS_AT_MOST = 500

STATUSES: dict[str, Q] = {
    "open": Q(stage__in=[stage.value for stage in OPEN]),
    "orders": Q(stage__in=[stage.value for stage in ORDERED]),
    "sending": Q(stage=Stage.WAITING.value) & ~Q(push_state__in=[PushState.REFUSED, PushState.SKIPPED]),
    "refused": Q(stage=Stage.WAITING.value, push_state=PushState.REFUSED),
    "differs": Q(difference__isnull=False) & ~Q(difference=0),
    **{stage.value: Q(stage=stage.value) for stage in Stage},
}


# What is still to be done: all but the orders whose invoice is here, and the lost.
UNDECIDED = (Stage.DRAFT, Stage.SENT, Stage.WON, Stage.WAITING)
SOON = dt.timedelta(days=7)


def _conditions(criteria: Criteria) -> Q:
    found = Q()
    if status := criteria.get("status", ""):
        found &= STATUSES.get(status) or _by_validity(status, criteria.get("today", ""))
    if (owner := criteria.get("owner", "")).isdecimal():
        found &= Q(owner=int(owner))
    if (ledger := criteria.get("customer", "")).isdecimal():
        found &= Q(sales_ledger=int(ledger))
    if currency := criteria.get("currency", ""):
        found &= Q(currency=currency)
    return found


def _by_validity(status: str, today: str) -> Q:
    """Open quotes that are valid for SOON at most, their last day included, or not any more."""
    if status not in ("expiring", "expired"):
        return Q()
    day = dt.date.fromisoformat(today)
    if status == "expired":
        return STATUSES["open"] & Q(valid_until__lt=day)
    return STATUSES["open"] & Q(valid_until__gte=day, valid_until__lte=day + SOON)


def quotes_counted(
    company: int, wanted: Mapping[str, Criteria], summed: Collection[str]
) -> dict[str, Counted]:
    """By name, how many quotes the list shows for each criteria, in one query; of `summed` also what they are worth.

    That is in home currency. Only quotes that somebody has still to decide on are counted.
    """
    rows = Quote.objects.of(company).filter(stage__in=[stage.value for stage in UNDECIDED])
    conditions = {name: _conditions(one) for name, one in wanted.items()}
    return counted(rows, conditions, "home_total", summed)


def _quotes(company: int, criteria: Criteria) -> QuerySet[Quote]:
    rows: QuerySet[Quote] = Quote.objects.of(company).filter(_conditions(criteria))
    if wanted := criteria.get("q", "").strip():
        ledgers = containing(SalesLedger.objects.of(company), LEDGERS_SEARCHED, wanted)
        keys = list(ledgers.order_by().values_list("pk", flat=True)[:LEDGERS_AT_MOST])
        found = Q(sales_ledger__in=keys)
        for column in SEARCHED:
            found |= Q(**{f"{column}__icontains": wanted})
        rows = rows.filter(found)
    return rows


def _whole(company: int) -> QuerySet[Quote]:
    rows: QuerySet[Quote] = Quote.objects.of(company)
    return rows.select_related("sales_ledger", "owner", "document")


QUOTES = Source(
    narrow=_quotes,
    whole=_whole,
    sorts={
        "number": [("id", False)],
        "date": [("date", False)],
        "stage": [("stage_since", False)],
        "valid": [("valid_until", False)],
        "total": [("home_total", False)],
    },
    sums={"home": "home_total", "total": "total"},
    per="currency",
)


def quotes_like(company: int, wanted: str, most: int) -> list[Quote]:
    """For the search box: by number, reference or invoice number, newest first."""
    rows = containing(_whole(company), SEARCHED, wanted)
    return list(rows.order_by("-date", "-pk")[:most])


@dataclass(frozen=True)
class Column:
    """One stage of the board: how many quotes, what they are worth in home currency, the newest of them."""

    stage: str
    name: str
    count: int
    home_total: Decimal
    quotes: Sequence[Quote]


def quotes_board(company: int, criteria: Criteria, *, most: int = 50) -> list[Column]:
    """The board: every stage in its order with at most `most` quotes each, the longest there first."""
    rows = _quotes(company, criteria)
    sums: dict[str, Any] = {
        row["stage"]: row
        for row in rows.values("stage").annotate(counted=Count("pk"), home=Sum("home_total")).order_by()
    }
    columns = []
    for stage, name in NAMES.items():
        row = sums.get(stage.value)
        shown: list[Quote] = []
        if row:
            keys = rows.filter(stage=stage.value).values("pk")
            shown = list(_whole(company).filter(pk__in=keys).order_by("stage_since", "pk")[:most])
        count, home = (row["counted"], row["home"] or ZERO) if row else (0, ZERO)
        columns.append(Column(stage.value, name, count, home, shown))
    return columns
