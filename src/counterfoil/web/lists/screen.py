"""What a list screen is: columns, filters, where its rows come from. Declared per area, shown by `views`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.database.paging import Source, Totals

PAGE_SIZE = 50

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """One column. `text` is its value in an export; `place` says where it stands on a narrow screen.

    Without a `cell` it is in exports only.
    """

    key: str
    label: str
    cell: Callable[[Any, OperatingCompany], SafeString] | None
    text: Callable[[Any, OperatingCompany], object]
    sortable: bool = False
    numeric: bool = False
    place: str = "more"
    total: Callable[[Totals, OperatingCompany], SafeString] | None = None


@dataclass(frozen=True)
class Filter:
    """One choice above the list. The first of `choices` is what holds when nothing is chosen.

    A `toggle` has two choices and is shown as a box to tick.
    """

    key: str
    label: str
    choices: Choices | Callable[[OperatingCompany], Choices]
    toggle: bool = False

    def choices_of(self, company: OperatingCompany) -> Choices:
        return self.choices(company) if callable(self.choices) else self.choices


@dataclass(frozen=True)
class Empty:
    """What an empty list says: why it is empty and what to do next."""

    title: str
    text: str


@dataclass(frozen=True)
class Screen:
    name: str
    title: str
    one: str
    icon: str
    source: Source
    columns: Sequence[Column]
    link: Callable[[Any], str]
    sort: str
    empty: Empty
    filters: Sequence[Filter] = ()
    descending: bool = False
    search_hint: str = "Search"
    lead: str = ""

    @property
    def shown(self) -> list[Column]:
        return [column for column in self.columns if column.cell]


@dataclass(frozen=True)
class ListQuery:
    """What a person asked of a list, checked: only filters, choices and columns that exist."""

    criteria: Mapping[str, str]
    sort: str
    descending: bool
    number: int
    defaults: tuple[str, bool]
    choices: Mapping[str, Choices]

    def parameters(self, **changes: object) -> str:
        """The query string of this list with `changes`; what holds anyway is left out."""
        sort, descending = changes.pop("sort", self.sort), changes.pop("descending", self.descending)
        found: dict[str, object] = dict(self.criteria)
        if (sort, descending) != self.defaults:
            found["sort"] = f"-{sort}" if descending else sort
        found.update(changes)
        return urlencode({key: value for key, value in found.items() if value not in ("", None)})


def query_read(screen: Screen, given: Mapping[str, str], company: OperatingCompany) -> ListQuery:
    """Read a list's state from its address. What cannot be is ignored, never an error."""
    criteria = {"q": given.get("q", "").replace("\x00", "").strip()[:200]}
    choices = {one.key: one.choices_of(company) for one in screen.filters}
    for one in screen.filters:
        value = given.get(one.key, "")
        if value in [choice for choice, _ in choices[one.key][1:]]:
            criteria[one.key] = value
    for key in ("customer", "supplier", "product"):
        if given.get(key, "").isdecimal() and len(given[key]) < 19:
            criteria[key] = given[key]
    wanted = given.get("sort", "")
    sortable = {column.key for column in screen.columns if column.sortable}
    known = wanted.lstrip("-") in sortable
    return ListQuery(
        criteria={key: value for key, value in criteria.items() if value},
        sort=wanted.lstrip("-") if known else screen.sort,
        descending=wanted.startswith("-") if known else screen.descending,
        number=_number(given.get("page", "")),
        defaults=(screen.sort, screen.descending),
        choices=choices,
    )


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1
