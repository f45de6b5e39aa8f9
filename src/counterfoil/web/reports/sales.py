"""The reports on sales (RP-1): one screen for each way to add them up, and one more for those who see margins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.urls import reverse

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.core.months import month_after
from counterfoil.core.periods import months_on
from counterfoil.crm.reports.sales import BY, ELSEWHERE, SalesRow, sales_by
from counterfoil.database.computed import Computed, WholeTotals
from counterfoil.database.paging import Criteria
from counterfoil.web.lists import cells
from counterfoil.web.lists.filters import CURRENCY, MANAGER
from counterfoil.web.lists.screen import Column, Empty, Screen
from counterfoil.web.reports import charts
from counterfoil.web.reports.asking import PERIOD, behind, dated, period_said, report_behind
from counterfoil.web.reports.columns import (
    CURRENCIES,
    MARGINS,
    amount,
    counted,
    named,
    rate_of,
    second,
)

# Documents as lists show them when they are opened from a report: with what the report added up.
DOCUMENT_COLUMNS = "number,customer,date,status,net,amount,total"
LONGEST_CHART_DAYS = 20 * 366
DEFINITION = (
    "Net of tax, in home currency: approved and paid invoices, less credit notes. "
    "Drafts, deleted and voided documents do not count."
)


@dataclass(frozen=True)
class Kind:
    """One way to add sales up: what it is called, and where a row leads."""

    key: str
    title: str
    label: str
    lead: str
    icon: str
    hint: str
    name_link: Callable[[Any], str]
    narrowing: Callable[[Any], dict[str, object]]


def _month_days(row: Any) -> dict[str, object]:
    """The part of the period that lies in the month."""
    first = row.key.isoformat()
    last = (months_on(row.key, 1) - dt.timedelta(days=1)).isoformat()
    return {
        "from": max(first, row.criteria.get("from", "") or first),
        "to": min(last, row.criteria.get("to", "") or last),
    }


KINDS = (
    Kind(
        "month",
        "Sales by month",
        "Month",
        "What was invoiced each month, by the date of the invoice.",
        "calendar",
        "",
        lambda row: report_behind("sales-by-customer", row.criteria, **_month_days(row)),
        _month_days,
    ),
    Kind(
        "customer",
        "Sales by customer",
        "Customer",
        "Who bought how much.",
        "users",
        "Name or code",
        lambda row: reverse("customer", args=[row.key]),
        lambda row: {"customer": row.key},
    ),
    Kind(
        "manager",
        "Sales by account manager",
        "Account manager",
        "By the account manager that each customer's company has today.",
        "user",
        "Name",
        lambda row: report_behind("sales-by-customer", row.criteria, manager=row.key or "none"),
        lambda row: {"manager": row.key or "none"},
    ),
    Kind(
        "product",
        "Sales by product",
        "Product",
        "What was sold, by the lines of documents.",
        "package",
        "Code or name",
        lambda row: behind("sales-lines", row.criteria, status="invoiced", product=row.key or "none"),
        lambda row: {"product": row.key or "none"},
    ),
    Kind(
        "analysis",
        "Sales by analysis code",
        "Analysis code",
        "By the account of each line itself, whatever account its product has now.",
        "list-numbers",
        "Code or name",
        lambda row: behind("sales-lines", row.criteria, status="invoiced", analysis=row.key or "none"),
        lambda row: {"analysis": row.key or "none"},
    ),
)


def _documents(kind: Kind, route: str) -> Callable[[Any], str]:
    return lambda row: behind(
        route, row.criteria, status="invoiced", columns=DOCUMENT_COLUMNS, **kind.narrowing(row)
    )


def _name_link(kind: Kind) -> Callable[[Any], str]:
    return lambda row: "" if row.key == ELSEWHERE else kind.name_link(row)


def _columns(kind: Kind) -> Sequence[Column]:
    name = named(kind.label, _name_link(kind))
    net = amount("net", "Net sales", lambda row: row.net, place="amount")
    if not BY[kind.key].of_lines:
        return (
            name,
            second("Code"),
            counted("documents", "Documents", lambda row: row.documents),
            amount("invoiced", "Invoiced", lambda row: row.invoiced, _documents(kind, "invoices")),
            amount("credited", "Credited", lambda row: row.credited, _documents(kind, "credit-notes")),
            CURRENCIES,
            net,
        )
    return (name, second("Name"), *((_QUANTITY,) if kind.key == "product" else ()), CURRENCIES, net)


_QUANTITY = Column(
    "quantity",
    "Quantity",
    lambda row, _: cells.number(row.quantity),
    lambda row, _: row.quantity,
    sortable=True,
    numeric=True,
    place="side",
    total=lambda totals, _: cells.number(totals.sums["quantity"]),
    digits="General",
)
_SORTS: dict[str, Callable[[Any], Any]] = {
    "documents": lambda row: row.documents,
    "invoiced": lambda row: row.invoiced,
    "credited": lambda row: row.credited,
    "quantity": lambda row: row.quantity,
    "net": lambda row: row.net,
    "margin": lambda row: row.margin or ZERO,
    "rate": lambda row: rate_of(row.covered or ZERO, row.cost or ZERO) or Decimal("-Infinity"),
}


def _source(kind: Kind, *, margin: bool) -> Computed:
    def rows(company: int, criteria: Criteria) -> Sequence[Any]:
        wanted = criteria.get("q", "").strip().casefold()
        found = sales_by(company, criteria, kind.key, margin=margin)
        return (
            [r for r in found if wanted in f"{r.name.label} {r.name.second}".casefold()] if wanted else found
        )

    by_name = (lambda row: row.key) if kind.key == "month" else (lambda row: row.name.label.casefold())
    sums = {key: of for key, of in _SORTS.items() if key not in ("rate", "margin")}
    costs = {"margin": lambda row: row.margin or ZERO, "covered": lambda row: row.covered or ZERO}
    return Computed(
        rows=rows,
        sorts={"name": by_name, **_SORTS},
        sums={**sums, **(costs if margin else {})},
        sums_per={"currencies": lambda row: row.currencies},
    )


def _bar_label(kind: Kind, row: Any) -> str:
    """A code alone says little, so its name stands beside it."""
    of_lines = BY[kind.key].of_lines
    return f"{row.name.label} {row.name.second}" if of_lines else str(row.name.label)


def _chart(kind: Kind, totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    if kind.key != "month":
        link = _name_link(kind)
        return charts.bars(
            f"{kind.title}: the largest",
            totals.rows,
            lambda row: row.net,
            lambda row: (_bar_label(kind, row), link(row)),
            company.home_currency,
        )
    rows = _without_gaps(sorted(totals.rows, key=lambda row: row.key))
    points = [(f"{row.key:%b} {row.key:%y}", row.net, kind.name_link(row)) for row in rows]
    return charts.columns("Net sales by month", points, company.home_currency)


def _without_gaps(rows: Sequence[Any]) -> Sequence[Any]:
    """With the months between in which nothing was sold, unless a slip of the pen has put years between them."""
    known, month, end = {row.key: row for row in rows}, rows[0].key, rows[-1].key
    if (end - month).days > LONGEST_CHART_DAYS:
        return rows
    whole = []
    while month <= end:
        whole.append(known.get(month) or SalesRow(month, rows[0].criteria))
        month = month_after(month)
    return whole


def _screen(kind: Kind) -> Screen:
    plain = Screen(
        name=f"sales-by-{kind.key}",
        title=kind.title,
        one=kind.label.lower(),
        icon=kind.icon,
        source=_source(kind, margin=False),
        columns=_columns(kind),
        link=lambda row: "",
        sort="name" if kind.key == "month" else "net",
        descending=True,
        search_hint=kind.hint,
        lead=f"{kind.lead} {DEFINITION}",
        empty=Empty("No sales in this period", "Choose a longer period, or take a filter away."),
        filters=(PERIOD, MANAGER, CURRENCY),
        is_of_records=False,
        asked=dated,
        chart=partial(_chart, kind),
        said=period_said,
    )
    full = replace(plain, columns=(*plain.columns, *MARGINS), source=_source(kind, margin=True))
    return replace(plain, for_margins=full)


SALES = tuple(_screen(kind) for kind in KINDS)
