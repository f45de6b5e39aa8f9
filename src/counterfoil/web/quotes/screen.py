from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany, members_of
from counterfoil.core.lifecycle import NAMES, Stage
from counterfoil.crm.quotes.listing import QUOTES
from counterfoil.database.paging import Totals
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.screen import Begin, Column, Empty, Filter, Screen

TONES = {
    Stage.DRAFT: "neutral",
    Stage.SENT: "accent",
    Stage.WON: "good",
    Stage.WAITING: "warn",
    Stage.CONFIRMED: "good",
    Stage.INVOICED: "good",
    Stage.LOST: "neutral",
}
INVOICE_WORDS = {
    "DRAFT": "Draft",
    "SUBMITTED": "Awaiting approval",
    "AUTHORISED": "Awaiting payment",
    "PAID": "Paid",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
}


def stage_badge(quote: Any) -> tuple[str, str]:
    """Where a quote stands, in words and a tone; a refusal goes before everything."""
    stage = Stage(quote.stage)
    if quote.push_state == "refused" and stage == Stage.WAITING:
        return "Refused by Xero", "bad"
    if quote.push_state == "skipped" and stage == Stage.WAITING:
        return "Not sent", "warn"
    if stage == Stage.INVOICED:
        status = INVOICE_WORDS.get(quote.invoice_status, quote.invoice_status.title())
        gone = quote.invoice_status in ("VOIDED", "DELETED")
        return f"Invoiced · {status}" if status else NAMES[stage], "bad" if gone else "good"
    return NAMES[stage], TONES[stage]


def _owners(company: OperatingCompany) -> Sequence[tuple[str, str]]:
    return [("", "Anyone"), *((str(user.pk), str(user)) for user in members_of(company))]


def _home_total(totals: Totals, company: OperatingCompany) -> SafeString:
    return cells.amount(totals.sums["home"], company.home_currency)


def _customer(row: Any, company: OperatingCompany) -> SafeString:
    name = cells.text(row.sales_ledger.display_description, 60)
    stop = cells.badge("On stop", "bad") if row.sales_ledger.on_stop else ""
    return format_html("{} {}", name, stop) if stop else name


def _invoice(row: Any, company: OperatingCompany) -> SafeString:
    return cells.text(row.invoice_number, 40)


SCREEN = Screen(
    name="quotes",
    title="Quotes and orders",
    one="quote",
    icon="clipboard-list",
    source=QUOTES,
    link=lambda quote: reverse("quote", args=[quote.pk]),
    sort="number",
    descending=True,
    search_hint="Number, customer, reference or invoice",
    empty=Empty(
        "No quotes yet",
        "Press n, then q, or use New quote: choose a customer, type products, confirm. "
        "The invoice is made in Xero by itself.",
        Begin("quotes-new", "quotes.edit", "New quote"),
    ),
    filters=(
        Filter(
            "status",
            "Stage",
            (
                ("", "All"),
                ("open", "Open: draft, sent, won"),
                ("expiring", "Valid for a week or less"),
                ("expired", "Not valid any more"),
                ("orders", "Orders"),
                ("sending", "On the way to Xero"),
                ("refused", "Refused by Xero"),
                ("differs", "Changed in Xero since"),
                *((stage.value, NAMES[stage]) for stage in Stage),
            ),
        ),
        Filter("owner", "Made by", _owners),
    ),
    columns=(
        Column(
            "number",
            "Number",
            lambda r, c: cells.text(r.number, 40),
            lambda r, c: r.number,
            sortable=True,
            place="title",
        ),
        Column(
            "customer", "Customer", _customer, lambda r, c: r.sales_ledger.display_description, place="name"
        ),
        Column(
            "title",
            "Title",
            lambda r, c: cells.text(r.title or r.customer_reference, 40),
            lambda r, c: r.title or r.customer_reference,
        ),
        Column(
            "stage",
            "Stage",
            lambda r, c: cells.badge(*stage_badge(r)),
            lambda r, c: stage_badge(r)[0],
            place="side",
        ),
        Column("invoice", "Invoice", _invoice, lambda r, c: r.invoice_number),
        Column(
            "date", "Date", lambda r, c: cells.day(r.date), lambda r, c: r.date, sortable=True, place="sub"
        ),
        Column(
            "owner",
            "Made by",
            lambda r, c: cells.text(str(r.owner or ""), 30),
            lambda r, c: str(r.owner or ""),
        ),
        Column(
            "valid",
            "Valid until",
            lambda r, c: cells.day(r.valid_until),
            lambda r, c: r.valid_until,
            sortable=True,
            optional=True,
        ),
        optional("reference", "Customer's reference", lambda r: r.customer_reference),
        optional("currency", "Currency", lambda r: r.currency),
        Column(
            "own",
            "In its currency",
            lambda r, c: (
                SafeString("")
                if r.currency == c.home_currency
                else cells.foreign(r.total, r.currency, c.home_currency)
            ),
            lambda r, c: r.total,
            numeric=True,
        ),
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
