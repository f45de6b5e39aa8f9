"""What a person asked of a list, as its address says it, and addresses for asking something else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.web.lists.screen import DAYS, OWN_DAYS, Choices, Column, Screen
from counterfoil.web.showing import day_text

EVERYTHING = "all"


@dataclass(frozen=True)
class ListQuery:
    """What was asked for, checked: only filters, choices and columns that exist.

    `columns` is empty for the usual ones; `view` is the key of the saved view that this began with, or EVERYTHING
    when somebody wants none although the list would open with one.
    """

    screen: Screen
    criteria: Mapping[str, str]
    sort: str
    descending: bool
    number: int
    choices: Mapping[str, Choices]
    columns: tuple[str, ...] = ()
    view: str = ""

    def parameters(self, **changes: object) -> str:
        """The query string of this list with `changes`; what holds anyway is left out."""
        sort, descending = changes.pop("sort", self.sort), changes.pop("descending", self.descending)
        found: dict[str, object] = dict(self.criteria)
        if (sort, descending) != (self.screen.sort, self.screen.descending):
            found["sort"] = f"-{sort}" if descending else sort
        found |= {"columns": ",".join(self.columns), "view": self.view}
        found.update(changes)
        return urlencode({key: value for key, value in found.items() if value not in ("", None)}, safe=",")

    @property
    def shown(self) -> list[Column]:
        keys = self.columns or self.screen.usual
        return [column for column in self.screen.columns if column.key in keys]

    @property
    def narrowed_by(self) -> list[tuple[str, str]]:
        """What links narrowed it by: in words, and the address without it."""
        return [
            (one.words(self.criteria[key]), self.parameters(**{key: ""}))
            for key, one in NARROWED_BY.items()
            if key in self.criteria and key not in self._chosen_above
        ]

    @property
    def _chosen_above(self) -> set[str]:
        """What the form above the list shows; not a filter given a value that is none of its choices."""
        days = DAYS if self.screen.is_dated else ()
        return {"q", *days} | {
            key
            for key, choices in self.choices.items()
            if self.criteria.get(key, "") in ("", *(choice for choice, _ in choices))
        }

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form above the list sends along although nothing in it shows it."""
        found = [(key, value) for key, value in self.criteria.items() if key not in self._chosen_above]
        if (self.sort, self.descending) != (self.screen.sort, self.screen.descending):
            found.append(("sort", f"-{self.sort}" if self.descending else self.sort))
        return [*found, ("view", self.view)] if self.view else found


def query_read(screen: Screen, given: QueryDict, company: OperatingCompany) -> ListQuery:
    """Read a list's state from its address. What cannot be is ignored, never an error."""
    choices = {one.key: one.choices_of(company) for one in screen.filters}
    wanted = given.get("sort", "")
    known = wanted.removeprefix("-") in {column.key for column in screen.columns if column.sortable}
    view = given.get("view", "")
    return ListQuery(
        screen=screen,
        criteria=_criteria(screen, given, choices),
        sort=wanted.removeprefix("-") if known else screen.sort,
        descending=wanted.startswith("-") if known else screen.descending,
        number=_number(given.get("page", "")),
        choices=choices,
        columns=_columns(screen, ",".join(given.getlist("columns")).split(",")),
        view=view if view == EVERYTHING or key_read(view) else "",
    )


def key_read(text: str) -> int | None:
    """A primary key as an address gives it; None for what cannot be one."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def day_read(text: str) -> dt.date | None:
    """A day as an address and an input for days give it."""
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _is_key_or_none(text: str) -> bool:
    return text == "none" or key_read(text) is not None


@dataclass(frozen=True)
class Narrowing:
    """What links on other pages narrow a list by, rather than a choice above it; and how the list says so."""

    can_be: Callable[[str], object]
    words: Callable[[str], str]


NARROWED_BY: Mapping[str, Narrowing] = {
    "customer": Narrowing(key_read, lambda _: "One customer"),
    "supplier": Narrowing(key_read, lambda _: "One supplier"),
    "product": Narrowing(_is_key_or_none, lambda key: "No product" if key == "none" else "One product"),
    "analysis": Narrowing(
        lambda code: 0 < len(code) <= 50, lambda code: "No account" if code == "none" else f"Account {code}"
    ),
    "manager": Narrowing(
        _is_key_or_none, lambda key: "No account manager" if key == "none" else "One account manager"
    ),
    "currency": Narrowing(lambda code: len(code) == 3 and code.isalpha(), lambda code: f"Only {code}"),
    "from": Narrowing(day_read, lambda day: f"From {day_text(day_read(day))}"),
    "to": Narrowing(day_read, lambda day: f"Until {day_text(day_read(day))}"),
}


def _criteria(screen: Screen, given: QueryDict, choices: Mapping[str, Choices]) -> dict[str, str]:
    found = {"q": given.get("q", "").replace("\x00", "").strip()[:200]}
    for key, of in choices.items():
        value = given.get(key, "")
        if value in [choice for choice, _ in of[1:]]:
            found[key] = value
    for key, one in NARROWED_BY.items():
        value = given.get(key, "").replace("\x00", "")
        if key not in found and one.can_be(value):
            found[key] = value
    if screen.is_dated and found.get("period") != OWN_DAYS:
        found = {key: value for key, value in found.items() if key not in DAYS}
    return {key: value for key, value in found.items() if value}


def _columns(screen: Screen, wanted: list[str]) -> tuple[str, ...]:
    """The columns chosen, in the screen's order; none where they are the usual ones, or nothing was chosen."""
    can_be = {column.key for column in screen.columns if column.cell}
    if "usual" in wanted or not can_be.intersection(wanted):
        return ()
    chosen = [
        c.key for c in screen.columns if c.key in can_be and (c.key in wanted or c.key in screen.always)
    ]
    return () if chosen == screen.usual else tuple(chosen)


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1
