"""Where the rows of a report come from: groups that the database has added up, few enough to be held whole.

It answers as `paging.Source` does, so that a report is shown, sorted, turned over and exported as lists are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from counterfoil.database.paging import Criteria, Page, Totals


@dataclass(frozen=True)
class WholeTotals(Totals):
    """The totals of a report, with all of its rows for its chart."""

    rows: Sequence[Any] = ()


@dataclass(frozen=True)
class Computed:
    """`rows` gives all rows of an operating company; `sorts` and `sums` say how each is ordered and what adds up.

    `sums_per` names a mapping of each row, from a group such as a currency to an amount, that is added up by group.
    """

    rows: Callable[[int, Criteria], Sequence[Any]]
    sorts: Mapping[str, Callable[[Any], Any]]
    sums: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    sums_per: Mapping[str, Callable[[Any], Mapping[str, Any]]] = field(default_factory=dict)

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
        """One page and the totals of the whole, which are the sums of its rows."""
        found = self._ordered(company, criteria, sort, descending=descending)
        number = max(1, min(number, -(-len(found) // size) or 1))
        start = (number - 1) * size
        return Page(found[start : start + size], number, size, len(found)), self._totals(found)

    def every(
        self,
        company: int,
        criteria: Criteria,
        *,
        sort: str,
        descending: bool,
        only: Sequence[int] | None = None,
    ) -> Iterator[Any]:
        """All rows; a report's rows cannot be chosen one by one, so `only` means nothing here."""
        return iter(self._ordered(company, criteria, sort, descending=descending))

    def _ordered(self, company: int, criteria: Criteria, sort: str, *, descending: bool) -> list[Any]:
        return sorted(self.rows(company, criteria), key=self.sorts[sort], reverse=descending)

    def _totals(self, rows: Sequence[Any]) -> WholeTotals:
        groups: dict[str, dict[str, Any]] = {}
        for name, of in self.sums_per.items():
            added = groups.setdefault(name, {})
            for row in rows:
                for group, amount in of(row).items():
                    added[group] = added.get(group, 0) + amount
        return WholeTotals(
            len(rows), {name: sum(map(of, rows)) for name, of in self.sums.items()}, groups, rows
        )
