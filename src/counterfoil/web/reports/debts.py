"""The reports on what customers owe: by age, and what is overdue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.crm.reports.debts import Debt, debts, overdue
from counterfoil.crm.sales.narrowing import BUCKETS
from counterfoil.database.computed import Computed, WholeTotals
from counterfoil.database.paging import Criteria, Totals
from counterfoil.web.days import today_of
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.filters import CURRENCY, MANAGER
from counterfoil.web.lists.screen import Column, Empty, Screen
from counterfoil.web.reports import charts
from counterfoil.web.reports.asking import behind
from counterfoil.web.reports.columns import amount, counted, customer, linked, searched
from counterfoil.web.showing import day_text

AGES = tuple(label if least is None else f"{label} days" for label, least, _ in BUCKETS)


def _behind(route: str, row: Debt, **more: object) -> str:
    return behind(route, row.criteria, **{"customer": row.key, "currency": row.currency, **more})


def _per_currency(key: str) -> Callable[[Totals, OperatingCompany], SafeString]:
    """Each currency's sum on a line of its own: they cannot be added."""

    def total(totals: Totals, company: OperatingCompany) -> SafeString:
        home = company.home_currency
        sums = sorted(totals.groups[key].items(), key=lambda pair: (pair[0] != home, pair[0]))
        return format_html_join(
            SafeString("<br>"), "{}", [(cells.foreign(s, c, home),) for c, s in sums if s]
        )

    return total


def _owed(
    key: str, label: str, value: Callable[[Any], Any], link: Callable[[Any], str] | None = None
) -> Column:
    """An amount in the row's currency, which leads to its documents; nothing is left blank."""

    def cell(row: Any, company: OperatingCompany) -> SafeString:
        shown = cells.foreign(value(row), row.currency, company.home_currency)
        if not value(row):
            return SafeString("")
        return linked(shown, link(row)) if link else shown

    return Column(
        key,
        label,
        cell,
        lambda row, _: value(row),
        numeric=True,
        total=_per_currency(key),
        sortable=True,
    )


def _aged(place: int) -> Callable[[Any], Any]:
    return lambda row: row.aged[place]


def _age(place: int) -> Column:
    return _owed(
        f"age{place + 1}",
        AGES[place],
        _aged(place),
        lambda row: _behind("invoices", row, aged=place + 1),
    )


_CURRENCY = optional("currency", "Currency", lambda row: row.currency)
_CREDITS = _owed(
    "credits",
    "Unused credit",
    lambda row: row.credits,
    lambda row: _behind("credit-notes", row, status="open"),
)
_OVERDUE = _owed(
    "overdue", "Overdue", lambda row: row.overdue, lambda row: _behind("invoices", row, status="overdue")
)


def _in_its_currency(value: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda row: {row.currency: value(row)}


_VALUES: dict[str, Callable[[Any], Any]] = {
    **{f"age{place + 1}": _aged(place) for place in range(len(BUCKETS))},
    "credits": lambda row: row.credits,
    "overdue": lambda row: row.overdue,
    "owed": lambda row: row.owed,
}
_SORTS: dict[str, Callable[[Any], Any]] = {
    "name": lambda row: (row.label.casefold(), row.currency),
    "home": lambda row: row.home,
    "home_overdue": lambda row: row.home_overdue,
    "late": lambda row: row.late,
    "oldest": lambda row: row.oldest,
    **_VALUES,
}


def _source(rows: Callable[[int, Any], Any]) -> Computed:
    return Computed(
        rows=searched(rows),
        sorts=_SORTS,
        sums={key: _SORTS[key] for key in ("home", "home_overdue", "late")},
        sums_per={key: _in_its_currency(value) for key, value in _VALUES.items()},
    )


def _chart(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    criteria = totals.rows[0].criteria
    points = [
        (
            AGES[place],
            sum((row.home_aged[place] for row in totals.rows), ZERO),
            behind("invoices", criteria, aged=place + 1),
        )
        for place in range(len(BUCKETS))
    ]
    return charts.ages("Open invoices by age, in home currency", points, company.home_currency)


def _latest(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    return charts.bars(
        "Most overdue, in home currency",
        totals.rows,
        lambda row: row.home_overdue,
        lambda row: (row.label, _behind("invoices", row, status="overdue")),
        company.home_currency,
    )


def _as_at(asked: Criteria, company: OperatingCompany) -> str:
    return f"As at {day_text(today_of(company))}, in the time zone of the organisation."


AGED = Screen(
    name="aged-debt",
    title="Aged debt by customer",
    one="customer",
    icon="clock",
    source=_source(debts),
    columns=(
        customer("Customer"),
        _CURRENCY,
        *(_age(place) for place in range(len(BUCKETS))),
        _CREDITS,
        _owed("owed", "Owed", lambda row: row.owed),
        amount("home", "Owed, home", lambda row: row.home, place="amount"),
    ),
    link=lambda row: "",
    sort="home",
    descending=True,
    search_hint="Find a customer",
    lead="Open invoices by days past their due date, each currency apart, less what credit notes still hold.",
    empty=Empty("Nobody owes anything", "No approved invoice is open, and no credit note is unused."),
    filters=(MANAGER, CURRENCY),
    is_of_records=False,
    chart=_chart,
    said=_as_at,
)

OVERDUE = Screen(
    name="overdue",
    title="Overdue",
    one="customer",
    icon="alert-triangle",
    source=_source(overdue),
    columns=(
        customer("Customer"),
        counted("late", "Invoices", lambda row: row.late),
        Column(
            "oldest",
            "Oldest due",
            lambda row, _: cells.day(row.oldest),
            lambda row, _: row.oldest,
            sortable=True,
            place="sub",
        ),
        _CURRENCY,
        _OVERDUE,
        amount("home_overdue", "Overdue, home", lambda row: row.home_overdue, place="amount"),
    ),
    link=lambda row: "",
    sort="home_overdue",
    descending=True,
    search_hint="Find a customer",
    lead="Invoices past their due date, by customer and currency. Unused credit notes are not taken off.",
    empty=Empty("Nothing is overdue", "Every approved invoice is paid or not due yet."),
    filters=(MANAGER, CURRENCY),
    is_of_records=False,
    chart=_latest,
    said=_as_at,
)
DEBTS = (AGED, OVERDUE)
