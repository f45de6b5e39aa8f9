from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.purchasing.listing import ORDERS
from counterfoil.database.paging import Totals
from counterfoil.web.days import today_of
from counterfoil.web.documents.status import order_status
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import home, optional
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def _status(row: Any, company: OperatingCompany) -> tuple[str, str]:
    return order_status(row, today_of(company))


def _in_its_currency(row: Any, company: OperatingCompany) -> SafeString:
    if row.currency == company.home_currency:
        return SafeString("")
    return cells.foreign(row.total, row.currency, company.home_currency)


def _home_total(totals: Totals, company: OperatingCompany) -> SafeString:
    return cells.amount(totals.sums["home"], company.home_currency)


SCREEN = Screen(
    name="purchase-orders",
    title="Purchase orders",
    one="purchase order",
    icon="shopping-cart",
    source=ORDERS,
    link=lambda row: reverse("purchase-order", args=[row.pk]),
    sort="date",
    descending=True,
    search_hint="Number, reference or supplier",
    empty=Empty("No purchase orders yet", "Purchase orders come from Xero, last of all documents."),
    filters=(
        Filter(
            "state",
            "Status",
            (
                ("", "All"),
                ("open", "Open"),
                ("late", "Late"),
                ("draft", "Draft"),
                ("submitted", "Awaiting approval"),
                ("authorised", "Approved"),
                ("completed", "Completed"),
                ("obsolete", "Obsolete"),
            ),
        ),
    ),
    columns=(
        Column(
            "number",
            "Number",
            lambda r, c: cells.text(r.number or "No number", 40),
            lambda r, c: r.number,
            sortable=True,
            place="title",
        ),
        Column(
            "supplier",
            "Supplier",
            lambda r, c: cells.text(r.purchase_ledger.name, 60),
            lambda r, c: r.purchase_ledger.name,
            place="name",
        ),
        Column(
            "date", "Date", lambda r, c: cells.day(r.date), lambda r, c: r.date, sortable=True, place="sub"
        ),
        Column(
            "delivery",
            "Delivery",
            lambda r, c: cells.day(r.delivery_date),
            lambda r, c: r.delivery_date,
            sortable=True,
        ),
        Column(
            "status",
            "Status",
            lambda r, c: cells.badge(*_status(r, c)),
            lambda r, c: _status(r, c)[0],
            place="side",
        ),
        Column("reference", "Reference", lambda r, c: cells.text(r.reference, 30), lambda r, c: r.reference),
        optional("attention", "Attention to", lambda r: r.attention_to),
        optional("currency", "Currency", lambda r: r.currency),
        home("net", "Net", lambda r: r.home_net),
        home("tax", "Tax", lambda r: r.home_total - r.home_net),
        Column("amount", "In its currency", _in_its_currency, lambda r, c: r.total, numeric=True),
        Column(
            "total",
            "Total",
            lambda r, c: cells.amount(r.home_total, c.home_currency),
            lambda r, c: r.home_total,
            sortable=True,
            numeric=True,
            place="amount",
            total=_home_total,
        ),
    ),
)
