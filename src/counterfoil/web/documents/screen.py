from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.sales.listing import CREDIT_NOTES, INVOICES
from counterfoil.database.paging import Totals
from counterfoil.web.days import today_of
from counterfoil.web.documents.status import document_status
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import home, optional
from counterfoil.web.lists.filters import CURRENCY
from counterfoil.web.lists.screen import Choices, Column, Empty, Filter, Screen


def _status(row: Any, company: OperatingCompany) -> tuple[str, str]:
    return document_status(row, today_of(company))


def _due_total(totals: Totals, company: OperatingCompany) -> SafeString:
    """What is open, each currency for itself: they cannot be added."""
    owed = [
        (code, cells.foreign(sum_, code, company.home_currency))
        for code, sum_ in totals.groups["due"].items()
        if sum_
    ]
    if not owed:
        return cells.amount(totals.sums["due"], company.home_currency)
    owed.sort(key=lambda pair: pair[0] != company.home_currency)
    return format_html_join(SafeString("<br>"), "{}", [(shown,) for _, shown in owed])


def _home_total(totals: Totals, company: OperatingCompany) -> SafeString:
    return cells.amount(totals.sums["home"], company.home_currency)


def _net_total(totals: Totals, company: OperatingCompany) -> SafeString:
    return cells.amount(totals.sums.get("net"), company.home_currency)


def _open(row: Any, company: OperatingCompany) -> SafeString:
    if not row.is_reported or not row.amount_due:
        return SafeString("")
    return cells.foreign(row.amount_due, row.currency, company.home_currency)


def _in_its_currency(row: Any, company: OperatingCompany) -> SafeString:
    if row.currency == company.home_currency:
        return SafeString("")
    return cells.foreign(row.total, row.currency, company.home_currency)


def _number(row: Any, company: OperatingCompany) -> SafeString:
    shown = cells.text(row.number or "No number", 40)
    return shown if row.is_reported else format_html('<s class="muted">{}</s>', shown)


COLUMNS = (
    Column("number", "Number", _number, lambda r, c: r.number, sortable=True, place="title"),
    Column(
        "customer",
        "Customer",
        lambda r, c: cells.text(r.sales_ledger.display_description, 60),
        lambda r, c: r.sales_ledger.display_description,
        place="name",
    ),
    Column("date", "Date", lambda r, c: cells.day(r.date), lambda r, c: r.date, sortable=True, place="sub"),
    Column("due", "Due", lambda r, c: cells.day(r.due_date), lambda r, c: r.due_date, sortable=True),
    Column(
        "status",
        "Status",
        lambda r, c: cells.badge(*_status(r, c)),
        lambda r, c: _status(r, c)[0],
        place="side",
    ),
    Column(
        "reference",
        "Reference",
        lambda r, c: cells.text(r.customer_reference, 30),
        lambda r, c: r.customer_reference,
    ),
    Column("open", "Open", _open, lambda r, c: r.amount_due, numeric=True, total=_due_total),
    Column(
        "paid",
        "Paid on",
        lambda r, c: cells.day(r.paid_on),
        lambda r, c: r.paid_on,
        optional=True,
    ),
    optional("currency", "Currency", lambda r: r.currency),
    replace(home("net", "Net", lambda r: r.home_net), total=_net_total),
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
)
# When a credit is due is nobody's question.
CREDIT_COLUMNS = tuple(one for one in COLUMNS if one.key != "due")


AGES: Choices = (
    ("", "Any"),
    ("1", "Not due"),
    ("2", "1-30 days late"),
    ("3", "31-60 days late"),
    ("4", "61-90 days late"),
    ("5", "91 days late or more"),
)

INVOICE_SCREEN = Screen(
    name="invoices",
    title="Invoices",
    one="invoice",
    icon="file-invoice",
    source=INVOICES,
    link=lambda row: reverse("invoice", args=[row.pk]),
    sort="date",
    descending=True,
    search_hint="Number, reference or customer",
    empty=Empty(
        "No invoices yet", "Sales invoices come from Xero, in every status, after customers and products."
    ),
    filters=(
        Filter(
            "status",
            "Status",
            (
                ("", "All"),
                ("open", "Awaiting payment"),
                ("overdue", "Overdue"),
                ("invoiced", "Approved or paid"),
                ("paid", "Paid"),
                ("pending", "Draft or awaiting approval"),
                ("left-out", "Deleted or voided"),
            ),
        ),
        Filter("aged", "Age", AGES),
        CURRENCY,
    ),
    columns=COLUMNS,
)

CREDIT_SCREEN = Screen(
    name="credit-notes",
    title="Credit notes",
    one="credit note",
    icon="receipt-refund",
    source=CREDIT_NOTES,
    link=lambda row: reverse("credit-note", args=[row.pk]),
    sort="date",
    descending=True,
    search_hint="Number, reference or customer",
    lead="Amounts are negative, so that they take away from invoices wherever both are added up.",
    empty=Empty("No credit notes yet", "Credit notes to customers come from Xero, after the invoices."),
    filters=(
        Filter(
            "status",
            "Status",
            (
                ("", "All"),
                ("open", "Open"),
                ("invoiced", "Open or used up"),
                ("paid", "Used up"),
                ("pending", "Draft or awaiting approval"),
                ("left-out", "Deleted or voided"),
            ),
        ),
        CURRENCY,
    ),
    columns=CREDIT_COLUMNS,
)
