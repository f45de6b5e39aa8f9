"""Read one page of a long list cheaply: in a stable order, with its count and sums.

The page's keys come first, from an index alone where the order has one; whole rows are then read by
key. Pages of the far half are read from the end backwards, so no page costs more than the middle.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, Q, QuerySet, Sum, TextField
from django.db.models.expressions import BaseExpression, OrderBy, RawSQL

from counterfoil.core.money import ZERO

Key = str | BaseExpression
Order = Sequence[tuple[Key, bool]]


@dataclass(frozen=True)
class Page:
    """Rows of one page; `number` starts at 1."""

    rows: Sequence[Any]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)


@dataclass(frozen=True)
class Neighbours:
    """The records before and after one in its list; `position` counts from 0."""

    previous: int | None
    next: int | None
    position: int
    total: int


def order_of(keys: Order, *, backwards: bool = False) -> list[OrderBy]:
    """Turn (key, descending) pairs into ORDER BY terms, the primary key last so that ties stay put."""
    last = keys[-1][1] if keys else False
    terms = [*keys, ("pk", last)]
    return [_term(key, descending != backwards) for key, descending in terms]


def _term(key: Key, descending: bool) -> OrderBy:
    expression: Any = F(key) if isinstance(key, str) else key
    return OrderBy(expression, descending=descending)


def page_read(
    rows: QuerySet[Any],
    *,
    order: Order,
    number: int,
    size: int,
    total: int,
    whole: QuerySet[Any],
) -> Page:
    """One page of `rows` in `order`; `number` is moved into the range that exists.

    `whole` is where the full rows come from (select_related and the like).
    """
    number = max(1, min(number, -(-total // size) or 1))
    keys, _ = _keys(rows, order=order, start=(number - 1) * size, size=size, total=total)
    # Ordered again outside: within the page's few rows that costs nothing, and one query does it all.
    found = list(whole.filter(pk__in=keys).order_by(*order_of(order))) if keys is not None else []
    return Page(found, number, size, total)


def keys_at(rows: QuerySet[Any], *, order: Order, start: int, size: int, total: int) -> list[int]:
    """The primary keys at positions `start` to `start + size` of the list."""
    keys, backwards = _keys(rows, order=order, start=start, size=size, total=total)
    if keys is None:
        return []
    found = list(keys)
    return found[::-1] if backwards else found


def _keys(
    rows: QuerySet[Any], *, order: Order, start: int, size: int, total: int
) -> tuple[QuerySet[Any] | None, bool]:
    """A query for those keys, and whether they come backwards: the far half is read from the end."""
    end = min(start + size, total)
    if end <= start:
        return None, False
    backwards = start > total // 2
    ordered = rows.order_by(*order_of(order, backwards=backwards)).values_list("pk", flat=True)
    return (ordered[total - end : total - start] if backwards else ordered[start:end]), backwards


def neighbours_read(
    rows: QuerySet[Any], *, order: Order, total: int, position: int, pk: int
) -> Neighbours | None:
    """Who stands before and after `pk`, which was at `position` when the list was shown.

    The list may have moved by a few rows since; None when the record is not near that place any more.
    """
    start = max(0, position - 3)
    keys = keys_at(rows, order=order, start=start, size=7, total=total)
    if pk not in keys:
        return None
    at = keys.index(pk)
    return Neighbours(
        previous=keys[at - 1] if at else None,
        next=keys[at + 1] if at + 1 < len(keys) else None,
        position=start + at,
        total=total,
    )


def every_row(rows: QuerySet[Any], *, order: Order) -> Iterator[Any]:
    """All rows in `order`, read in portions (for exports)."""
    return rows.order_by(*order_of(order)).iterator(chunk_size=1000)


Criteria = Mapping[str, str]


@dataclass(frozen=True)
class Totals:
    """What a whole list adds up to: the count, sums by name, and sums by name and group."""

    count: int
    sums: Mapping[str, Any]
    groups: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Source:
    """Where the rows of a list come from.

    `narrow` gives the rows of an operating company that meet some criteria, `whole` the rows with
    all that a table shows, read by key. `sums` names columns to add up, by the column `per` if given;
    `more_sums` those that are added up only when asked for, as no index has them.
    """

    narrow: Callable[[int, Criteria], QuerySet[Any]]
    whole: Callable[[int], QuerySet[Any]]
    sorts: Mapping[str, Order]
    sums: Mapping[str, Key] = field(default_factory=dict)
    per: str = ""
    more_sums: Mapping[str, Key] = field(default_factory=dict)

    def order(self, sort: str, *, descending: bool) -> Order:
        return [(key, down != descending) for key, down in self.sorts[sort]]

    def totals(self, rows: QuerySet[Any], also: Sequence[str] = ()) -> Totals:
        """The count and the sums, in one query."""
        rows = rows.order_by()
        sums = {**self.sums, **{name: self.more_sums[name] for name in also if name in self.more_sums}}
        asked = {f"sum_{name}": Sum(column) for name, column in sums.items()}
        if not self.per:
            found = rows.aggregate(counted=Count("pk"), **asked)
            return Totals(found["counted"], {n: found[f"sum_{n}"] or 0 for n in sums}, {})
        groups = list(rows.values(self.per).annotate(counted=Count("pk"), **asked).order_by(self.per))
        return Totals(
            sum(g["counted"] for g in groups),
            {n: sum(g[f"sum_{n}"] or 0 for g in groups) for n in sums},
            {n: {g[self.per]: g[f"sum_{n}"] or 0 for g in groups} for n in sums},
        )

    def page(
        self,
        company: int,
        criteria: Criteria,
        *,
        sort: str,
        descending: bool,
        number: int,
        size: int,
        also: Sequence[str] = (),
    ) -> tuple[Page, Totals]:
        """One page and the totals of the whole list, `also` naming some of `more_sums`."""
        rows = self.narrow(company, criteria)
        totals = self.totals(rows, also)
        order = self.order(sort, descending=descending)
        whole = self.whole(company)
        page = page_read(rows, order=order, number=number, size=size, total=totals.count, whole=whole)
        return page, totals

    def neighbours(
        self, company: int, criteria: Criteria, *, sort: str, descending: bool, position: int, pk: int
    ) -> Neighbours | None:
        """The records before and after `pk`, which stood at `position` of the list."""
        rows = self.narrow(company, criteria)
        order = self.order(sort, descending=descending)
        return neighbours_read(rows, order=order, total=rows.order_by().count(), position=position, pk=pk)

    def every(
        self,
        company: int,
        criteria: Criteria,
        *,
        sort: str,
        descending: bool,
        only: Sequence[int] | None = None,
    ) -> Iterator[Any]:
        """All rows, in portions of 1,000; with `only`, those of them that have one of these keys."""
        rows = self.narrow(company, criteria)
        if only is not None:
            rows = rows.filter(pk__in=listed(only))
        return every_row(
            self.whole(company).filter(pk__in=rows.values("pk")),
            order=self.order(sort, descending=descending),
        )


@dataclass(frozen=True)
class Counted:
    """How many rows, and what one of their columns adds up to where that was asked for."""

    count: int
    total: Any


def counted(
    rows: QuerySet[Any], conditions: Mapping[str, Q], column: str, summed: Collection[str]
) -> dict[str, Counted]:
    """By name, the rows that meet each condition, all in one query; `summed` names those whose sum is wanted."""
    asked: dict[str, Any] = {f"count_{name}": Count("pk", filter=q) for name, q in conditions.items()}
    asked |= {f"sum_{name}": Sum(column, filter=conditions[name]) for name in summed}
    found = rows.order_by().aggregate(**asked)
    return {name: Counted(found[f"count_{name}"], found.get(f"sum_{name}") or ZERO) for name in conditions}


# Beyond so many matches a search is no longer narrowed to keys first.
KEYS_AT_MOST = 5000


def containing(rows: QuerySet[Any], columns: Sequence[str], wanted: str) -> QuerySet[Any]:
    """Rows where `wanted` occurs in one of `columns` (texts that are never NULL), whatever its case.

    PostgreSQL turns each text to capitals first, so it looks through one joined text faster than through
    five; SQLite compares as it goes, and joining costs it twice the time.
    """
    if connection.vendor == "sqlite":
        return rows.filter(_any(columns, "icontains", wanted))
    joined = Func(*columns, function="", arg_joiner=" || ' ' || ", output_field=TextField())
    found: QuerySet[Any] = rows.alias(searched=joined).filter(searched__icontains=wanted)
    return found


def holding(columns: Sequence[str], wanted: str) -> Q:
    """As `containing`, for codes: as typed or in capitals, which PostgreSQL finds far sooner."""
    condition = _any(columns, "contains", wanted)
    if connection.vendor != "sqlite" and wanted.upper() != wanted:  # SQLite's LIKE knows no case
        condition |= _any(columns, "contains", wanted.upper())
    return condition


def _any(columns: Sequence[str], lookup: str, wanted: str) -> Q:
    return reduce(or_, (Q((f"{column}__{lookup}", wanted)) for column in columns))


def keys_of(rows: QuerySet[Any]) -> list[int] | None:
    """The primary keys of these rows, or None for more of them than are worth fetching."""
    keys = list(rows.order_by().values_list("pk", flat=True)[: KEYS_AT_MOST + 1])
    return keys if len(keys) <= KEYS_AT_MOST else None


def listed(keys: Sequence[int]) -> RawSQL:
    """Keys to compare with, as one parameter: a list of thousands costs Django more than the database."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(keys)])
    return RawSQL("SELECT unnest(%s::bigint[])", [keys])


def settled(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows by their keys, found once: count, sums and page then need not search again."""
    keys = keys_of(rows)
    if keys is None:
        return rows
    found: QuerySet[Any] = rows.model._default_manager.filter(pk__in=listed(keys))
    return found


def matching(
    rows: QuerySet[Any], conditions: Q, codes: Q, account: str, accounts: QuerySet[Any]
) -> QuerySet[Any]:
    """Those of a company's documents that meet `conditions` and either `codes` or an `account` among `accounts`.

    Mostly only one of the two finds anything, and an index that begins with it then answers alone. What
    belongs to an account belongs to its company, so that goes without saying there.
    """
    rows = rows.filter(conditions)
    numbered, held = keys_of(rows.filter(codes)), keys_of(accounts)
    found: QuerySet[Any] = rows.model._default_manager.all()
    if numbered == [] and held is not None:
        return found.filter(conditions, **{f"{account}__in": listed(held)})
    if held == [] and numbered is not None:
        return found.filter(pk__in=listed(numbered))
    known = accounts.order_by().values("pk") if held is None else listed(held)
    either = codes if numbered is None else Q(pk__in=listed(numbered))
    return settled(rows.filter(either | Q(**{f"{account}__in": known})))
