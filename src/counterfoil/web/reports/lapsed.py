"""The report on customers who stopped buying or buy far less: those the dashboard counts, each with what is missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.money import to_penny
from counterfoil.crm.sales.slipping import customers_slipping
from counterfoil.database.computed import Computed, WholeTotals
from counterfoil.database.paging import Criteria
from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen
from counterfoil.web.reports import charts
from counterfoil.web.reports.columns import amount


def _rows(company: int, criteria: Criteria) -> Sequence[Any]:
    quiet, less = customers_slipping(company, today=dt.date.fromisoformat(criteria["today"]))
    wanted, which = criteria.get("q", "").strip().casefold(), criteria.get("which", "")
    rows = {"quiet": quiet, "less": less}.get(which, [*quiet, *less])
    return [row for row in rows if wanted in row.name.casefold()]


def _recent(row: Any) -> Any:
    return to_penny(row.recent)


def _usual(row: Any) -> Any:
    return to_penny(row.usual)


def _change(row: Any) -> Any:
    return _recent(row) - _usual(row)


def _name(row: Any, company: OperatingCompany) -> SafeString:
    address = reverse("customer", args=[row.ledger_id])
    return format_html('<a class="row-link" href="{}">{}</a>', address, cells.text(row.name, 60))


def _why(row: Any) -> tuple[str, str]:
    return ("Gone quiet", "bad") if row.is_quiet else ("Buying less", "warn")


def _chart(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    return charts.bars(
        "Most missed: what 60 days brought before, less the last 60 days",
        totals.rows,
        lambda row: -_change(row),
        lambda row: (row.name, reverse("customer", args=[row.ledger_id])),
        company.home_currency,
    )


LAPSED = Screen(
    name="lapsed-customers",
    title="Lapsed and declining customers",
    one="customer",
    icon="history",
    source=Computed(
        rows=_rows,
        sorts={
            "name": lambda row: row.name.casefold(),
            "usual": _usual,
            "recent": _recent,
            "change": _change,
        },
        sums={"usual": _usual, "recent": _recent, "change": _change},
    ),
    columns=(
        Column("name", "Customer", _name, lambda row, _: row.name, sortable=True, place="title"),
        Column(
            "why",
            "Why",
            lambda row, _: cells.badge(*_why(row)),
            lambda row, _: _why(row)[0],
            place="side",
        ),
        amount("usual", "60 days before, on average", _usual),
        amount("recent", "Last 60 days", _recent),
        amount("change", "Change", _change, place="amount"),
    ),
    link=lambda row: "",
    sort="change",
    search_hint="Find a customer",
    lead=(
        "Of the customers with three invoices or more in 180 days: who has had none in the last 60, and who bought in "
        "those less than half of what 60 days brought before. Net of tax, in home currency."
    ),
    empty=Empty("Nobody is slipping away", "Every customer who buys often has bought lately."),
    filters=(Filter("which", "Show", (("", "Both"), ("quiet", "Gone quiet"), ("less", "Buying less"))),),
    is_of_records=False,
    chart=_chart,
)
