"""The list of single lines that stands behind reports by product and by account."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.sales.lines import LINES
from counterfoil.web.days import today_of
from counterfoil.web.documents.status import document_status
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.filters import CURRENCY
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def _own(row: Any, company: OperatingCompany) -> SafeString:
    code = row.header.currency
    return (
        SafeString("")
        if code == company.home_currency
        else cells.foreign(row.net, code, company.home_currency)
    )


def _status(row: Any, company: OperatingCompany) -> tuple[str, str]:
    return document_status(row.header, today_of(company))


LINES_SCREEN = Screen(
    name="sales-lines",
    title="Lines of invoices and credit notes",
    one="line",
    icon="list-numbers",
    source=LINES,
    link=lambda row: reverse("invoice" if row.kind == "I" else "credit-note", args=[row.header_id]),
    sort="date",
    descending=True,
    search_hint="Code or description",
    lead="Credit notes have negative amounts, so that they take away from what was invoiced.",
    empty=Empty("No lines yet", "They come with the invoices."),
    filters=(
        Filter(
            "status",
            "Status",
            (
                ("", "All"),
                ("invoiced", "Approved or paid"),
                ("pending", "Draft or awaiting approval"),
                ("left-out", "Deleted or voided"),
            ),
        ),
        CURRENCY,
    ),
    columns=(
        Column(
            "number",
            "Number",
            lambda r, c: cells.text(r.header.number or "No number", 40),
            lambda r, c: r.header.number,
            place="title",
        ),
        Column(
            "date", "Date", lambda r, c: cells.day(r.header.date), lambda r, c: r.header.date, sortable=True
        ),
        Column(
            "customer",
            "Customer",
            lambda r, c: cells.text(r.header.sales_ledger.display_description, 60),
            lambda r, c: r.header.sales_ledger.display_description,
            place="name",
        ),
        Column("code", "Product", lambda r, c: cells.text(r.item_code, 30), lambda r, c: r.item_code),
        Column(
            "description",
            "Description",
            lambda r, c: cells.text(r.description, 80),
            lambda r, c: r.description,
            place="sub",
        ),
        Column("analysis", "Account", lambda r, c: cells.text(r.analysis, 20), lambda r, c: r.analysis),
        optional("currency", "Currency", lambda r: r.header.currency),
        Column(
            "status",
            "Status",
            lambda r, c: cells.badge(*_status(r, c)),
            lambda r, c: _status(r, c)[0],
            optional=True,
        ),
        Column(
            "quantity",
            "Quantity",
            lambda r, c: cells.number(r.quantity),
            lambda r, c: r.quantity,
            sortable=True,
            numeric=True,
            place="side",
            total=lambda totals, c: cells.number(totals.sums["quantity"]),
            digits="General",
        ),
        Column("amount", "In its currency", _own, lambda r, c: r.net, numeric=True),
        Column(
            "net",
            "Net",
            lambda r, c: cells.amount(r.home_net, c.home_currency),
            lambda r, c: r.home_net,
            sortable=True,
            numeric=True,
            place="amount",
            total=lambda totals, c: cells.amount(totals.sums["net"], c.home_currency),
        ),
    ),
)
