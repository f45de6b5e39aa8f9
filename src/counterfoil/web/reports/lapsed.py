"""The report on customers who stopped buying or buy far less."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.reports.lapsed import habits_lost
from counterfoil.database.computed import Computed, WholeTotals
from counterfoil.web.lists import cells
from counterfoil.web.lists.filters import MANAGER
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen
from counterfoil.web.reports import charts
from counterfoil.web.reports.columns import amount, customer, searched


def _badge(row: Any) -> tuple[str, str]:
    return ("Lapsed", "warn") if row.has_lapsed else ("Declining", "accent")


def _habit(row: Any, company: OperatingCompany) -> SafeString:
    if row.usual_days is None:
        return SafeString("")
    return format_html("every {} {}", f"{row.usual_days:,}", "day" if row.usual_days == 1 else "days")


def _chart(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    return charts.bars(
        "Most lost against the year before",
        totals.rows,
        lambda row: -row.change,
        lambda row: (row.label, reverse("customer", args=[row.key])),
        company.home_currency,
    )


LAPSED = Screen(
    name="lapsed-customers",
    title="Lapsed and declining customers",
    one="customer",
    icon="history",
    source=Computed(
        rows=searched(habits_lost),
        sorts={
            "name": lambda row: row.label.casefold(),
            "last": lambda row: row.last_on,
            "before": lambda row: row.before,
            "now": lambda row: row.now,
            "change": lambda row: row.change,
        },
        sums={
            "before": lambda row: row.before,
            "now": lambda row: row.now,
            "change": lambda row: row.change,
        },
    ),
    columns=(
        customer("Customer"),
        Column(
            "why",
            "Why",
            lambda row, _: cells.badge(*_badge(row)),
            lambda row, _: _badge(row)[0],
            place="side",
        ),
        Column(
            "last",
            "Last invoice",
            lambda row, _: cells.day(row.last_on),
            lambda row, _: row.last_on,
            sortable=True,
            place="sub",
        ),
        Column("habit", "Used to buy", _habit, lambda row, _: row.usual_days, digits="General"),
        amount("before", "Year before", lambda row: row.before),
        amount("now", "Last 365 days", lambda row: row.now),
        amount("change", "Change", lambda row: row.change, place="amount"),
    ),
    link=lambda row: "",
    sort="change",
    search_hint="Find a customer",
    lead=(
        "Lapsed: bought three times or more, and twice the usual time (a month at least) has gone by. Declining: "
        "less than half of the sales of the 365 days before. Net of tax, in home currency."
    ),
    empty=Empty("Nobody has lapsed", "Every customer with a habit of buying still buys."),
    filters=(
        Filter("which", "Show", (("", "Both"), ("lapsed", "Lapsed"), ("declining", "Declining"))),
        MANAGER,
        Filter("b2c", "Show consumers (B2C)", (("", ""), ("show", "")), toggle=True),
    ),
    is_of_records=False,
    chart=_chart,
)
