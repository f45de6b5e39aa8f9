"""The reports on goods: what is on hand, and what is to come."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.crm.products.listing import groups_of
from counterfoil.crm.reports.incoming import incoming_by_month, orders_incoming
from counterfoil.crm.reports.stock import stock_held
from counterfoil.database.computed import Computed, WholeTotals
from counterfoil.database.paging import Totals
from counterfoil.web.days import today_of
from counterfoil.web.documents.status import order_status
from counterfoil.web.lists import cells
from counterfoil.web.lists.screen import Choices, Column, Empty, Filter, Screen
from counterfoil.web.reports import charts
from counterfoil.web.reports.columns import CURRENCIES, amount, searched, text
from counterfoil.web.showing import moment_html

_NEVER = dt.date.max


def _groups(company: OperatingCompany) -> Choices:
    return [("", "All"), *((group, group) for group in groups_of(company.pk))]


def _product(row: Any, company: OperatingCompany) -> SafeString:
    shown = cells.two_lines(cells.text(row.code, 40), cells.text(row.name, 60))
    return format_html('<a class="row-link" href="{}">{}</a>', reverse("product", args=[row.key]), shown)


def _value_total(totals: Totals, company: OperatingCompany) -> SafeString:
    shown = cells.amount(totals.sums["value"], company.home_currency)
    if unknown := totals.sums["unknown"]:
        return format_html('{}<br><span class="in-part">{} without a cost</span>', shown, f"{unknown:,}")
    return shown


def _stock_chart(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    return charts.bars(
        "Most value on hand, by cost",
        totals.rows,
        lambda row: row.value or ZERO,
        lambda row: (f"{row.code} {row.name}", reverse("product", args=[row.key])),
        company.home_currency,
    )


STOCK = Screen(
    name="stock",
    title="Stock",
    one="product",
    icon="package",
    source=Computed(
        rows=searched(stock_held),
        sorts={
            "name": lambda row: row.code.casefold(),
            "on_hand": lambda row: row.on_hand or ZERO,
            "value": lambda row: row.value or ZERO,
        },
        sums={
            "on_hand": lambda row: row.on_hand or ZERO,
            "value": lambda row: row.value or ZERO,
            "unknown": lambda row: int(bool(row.on_hand) and row.cost is None),
        },
    ),
    columns=(
        Column("name", "Product", _product, lambda row, _: row.code, sortable=True, place="title"),
        Column("description", "Name", None, lambda row, _: row.name),
        text("group", "Group", lambda row: row.group, place="sub"),
        Column(
            "as_at",
            "As at",
            lambda row, _: moment_html(row.as_at),
            lambda row, _: row.as_at.date() if row.as_at else None,
        ),
        Column(
            "on_hand",
            "On hand",
            lambda row, _: cells.number(row.on_hand),
            lambda row, _: row.on_hand,
            sortable=True,
            numeric=True,
            place="side",
            total=lambda totals, _: cells.number(totals.sums["on_hand"]),
            digits="General",
        ),
        Column(
            "cost",
            "Cost",
            lambda row, _: (
                cells.number(row.cost, 2) if row.cost is not None else cells.badge("Not known", "warn")
            ),
            lambda row, _: row.cost,
            numeric=True,
        ),
        Column(
            "value",
            "Value by cost",
            lambda row, company: cells.amount(row.value, company.home_currency),
            lambda row, _: row.value,
            sortable=True,
            numeric=True,
            place="amount",
            total=_value_total,
        ),
    ),
    link=lambda row: "",
    sort="value",
    descending=True,
    search_hint="Find a product",
    lead=(
        "Products whose stock Xero counts, worth what each costs today. A product without a cost price has no value "
        "here, and the total says how many such there are."
    ),
    empty=Empty("No stock", "No product is counted as stock in Xero, or none meets these filters."),
    filters=(
        Filter(
            "which",
            "Show",
            (("", "All"), ("held", "On hand"), ("out", "Out of stock"), ("unknown", "Cost not known")),
        ),
        Filter("group", "Group", _groups),
    ),
    is_of_records=False,
    chart=_stock_chart,
)


def _order(row: Any, company: OperatingCompany) -> SafeString:
    return format_html(
        '<a class="row-link" href="{}">{}</a>',
        reverse("purchase-order", args=[row.key]),
        cells.text(row.label, 40),
    )


def _status(row: Any, company: OperatingCompany) -> tuple[str, str]:
    return order_status(row, today_of(company))


def _incoming_chart(totals: WholeTotals, company: OperatingCompany) -> charts.Chart:
    months = incoming_by_month(totals.rows, today_of(company))
    address = reverse("purchase-orders") + "?state=open&sort=delivery"
    points = [(f"{month:%b %y}" if month else "Late or no day", net, address) for month, net in months]
    return charts.columns("Net value by the month it is expected", points, company.home_currency)


INCOMING = Screen(
    name="incoming-orders",
    title="Incoming purchase orders",
    one="purchase order",
    icon="truck",
    source=Computed(
        rows=searched(orders_incoming),
        sorts={
            "name": lambda row: row.label.casefold(),
            "expected": lambda row: row.expected_on or _NEVER,
            "net": lambda row: row.net,
        },
        sums={"net": lambda row: row.net},
        sums_per={"currencies": lambda row: row.currencies},
    ),
    columns=(
        Column("name", "Order", _order, lambda row, _: row.label, sortable=True, place="title"),
        text("supplier", "Supplier", lambda row: row.code, place="name"),
        Column("ordered", "Ordered", lambda row, _: cells.day(row.date), lambda row, _: row.date),
        Column(
            "expected",
            "Expected",
            lambda row, _: (
                cells.day(row.expected_on) or format_html('<span class="muted">No day given</span>')
            ),
            lambda row, _: row.expected_on,
            sortable=True,
            place="sub",
        ),
        Column(
            "status",
            "Status",
            lambda row, company: cells.badge(*_status(row, company)),
            lambda row, company: _status(row, company)[0],
            place="side",
        ),
        CURRENCIES,
        amount("net", "Net", lambda row: row.net, place="amount"),
    ),
    link=lambda row: "",
    sort="expected",
    search_hint="Find an order or a supplier",
    lead="Purchase orders that are not billed yet, drafts among them, by the day they are expected. Net of tax.",
    empty=Empty("Nothing is on its way", "No purchase order is open."),
    filters=(
        Filter(
            "state",
            "Status",
            (
                ("", "All open"),
                ("late", "Late"),
                ("draft", "Draft"),
                ("submitted", "Awaiting approval"),
                ("authorised", "Approved"),
            ),
        ),
    ),
    is_of_records=False,
    chart=_incoming_chart,
)
