"""What a list screen is: columns, filters, what can be done to chosen rows. Declared per area, shown by `views`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.database.computed import Computed
from counterfoil.database.paging import Criteria, Source, Totals
from counterfoil.web.requests import CompanyRequest

PAGE_SIZE = 50

Choices = Sequence[tuple[str, str]]
# Where one may choose a period, its own first and last day, and the choice that stands for these.
DAYS = ("from", "to")
OWN_DAYS = "days"


@dataclass(frozen=True)
class Column:
    """One column. `text` is its value in an export; `place` says where it stands on a narrow screen.

    Without a `cell` it is in exports only; an `optional` one is shown to those who choose it. `digits` is how a
    spreadsheet shows its numbers.
    """

    key: str
    label: str
    cell: Callable[[Any, OperatingCompany], SafeString] | None
    text: Callable[[Any, OperatingCompany], object]
    sortable: bool = False
    numeric: bool = False
    place: str = "more"
    total: Callable[[Totals, OperatingCompany], SafeString] | None = None
    optional: bool = False
    digits: str = "#,##0.00##"


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
class Ask:
    """What somebody has to say before something is done to rows: words, or one of a filter's choices but its first."""

    label: str
    help: str = ""
    filter: str = ""


@dataclass(frozen=True)
class Bulk:
    """Something to do to chosen rows, one after another, each through the service for a single record.

    `begin` gets what was said to `ask` and returns what is done to a row; that returns False where nothing had to be
    done. Both raise `refusal` with a sentence for people. `done` ends the sentence "3 customers were ...".
    """

    key: str
    label: str
    icon: str
    permission: str
    button: str
    done: str
    begin: Callable[[CompanyRequest, str], Callable[[Any], bool]]
    refusal: type[Exception]
    ask: Ask | None = None
    help: str = ""
    grave: bool = False


class Begin(NamedTuple):
    route: str
    permission: str
    label: str


@dataclass(frozen=True)
class Empty:
    """What an empty list says: why it is empty and what to do next.

    `begin`: the page on which the first record is made, with its permission and what its button says; without it records
    come from Xero alone.
    """

    title: str
    text: str
    begin: Begin | None = None


@dataclass(frozen=True)
class Screen:
    """One list. That of a report is not `is_of_records`: its rows are sums, with links of their own.

    `asked` makes of what was chosen what the source is asked for; `chart` and `said` are what stands above the rows.
    `for_margins` is shown instead to those who may see margins.
    """

    name: str
    title: str
    one: str
    icon: str
    source: Source | Computed
    columns: Sequence[Column]
    link: Callable[[Any], str]
    sort: str
    empty: Empty
    filters: Sequence[Filter] = ()
    descending: bool = False
    search_hint: str = "Search"
    lead: str = ""
    bulk: Sequence[Bulk] = ()
    is_of_records: bool = True
    asked: Callable[[dict[str, str], OperatingCompany], dict[str, str]] | None = None
    chart: Callable[[Any, OperatingCompany], Any] | None = None
    said: Callable[[Criteria, OperatingCompany], str] | None = None
    for_margins: Screen | None = None

    @property
    def is_dated(self) -> bool:
        """Whether one chooses a period above it."""
        return any(one.key == "period" for one in self.filters)

    @property
    def always(self) -> list[str]:
        """Columns that cannot be left out: the one that leads to the record."""
        return [c.key for n, c in enumerate(self.columns) if n == 0 or c.place == "title"]

    @property
    def usual(self) -> list[str]:
        """The columns of somebody who has chosen none."""
        return [column.key for column in self.columns if column.cell and not column.optional]

    def many(self, count: int) -> str:
        """So many of them, in words: 1 customer, 1,204 customers."""
        return f"{count:,} {self.one if count == 1 else self.plural}"

    @property
    def plural(self) -> str:
        return "people" if self.one == "person" else f"{self.one}s"
