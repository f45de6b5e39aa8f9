"""Everything the page of a quote shows, and the parts of it that follow a change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import Http404
from django.urls import reverse

from counterfoil.accounts.roles import permits
from counterfoil.core.lifecycle import NAMES, OPEN, ORDERED, Act, Stage
from counterfoil.core.money import ZERO, in_home_currency
from counterfoil.core.quoting import Margin, margin
from counterfoil.crm.customers.listing import people_at
from counterfoil.crm.documents.selectors import template_choice, templates_of
from counterfoil.crm.finance.listing import currency_codes
from counterfoil.crm.finance.selectors import sales_analysis_codes
from counterfoil.crm.quotes import selectors, services
from counterfoil.crm.quotes.selectors import LastPrice
from counterfoil.sync.comparing import books_facts_of
from counterfoil.sync.selectors import connection_of, open_in_xero
from counterfoil.sync.standing import outbox
from counterfoil.web.customers.screen import flags_of
from counterfoil.web.quotes.screen import INVOICE_WORDS, stage_badge
from counterfoil.web.quotes.where import where_of
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.showing import money_text

PATH = (Stage.DRAFT, Stage.SENT, Stage.WON, Stage.WAITING, Stage.CONFIRMED, Stage.INVOICED)
MAY_BE_SKIPPED = {Stage.SENT, Stage.WON}


@dataclass
class LineRow:
    """A line with what people are told beside it; `subtotal` is a heading's.

    Its key, place and number are texts: a template would spell each number out in the reader's way.
    """

    line: Any
    key: str
    place: str
    number: str = ""
    product_address: str = ""
    subtotal: Decimal | None = None
    last: LastPrice | None = None
    stock: Decimal | None = None
    stock_at: dt.datetime | None = None
    margin: Margin | None = None
    tax_name: str = ""

    @property
    def cheaper(self) -> bool:
        """Whether this customer paid less the last time."""
        return bool(self.last and self.line.unit_price and self.last.unit_price < self.line.unit_price)


class Step(NamedTuple):
    label: str
    state: str
    note: str = ""


class CheckRow(NamedTuple):
    """A check with the address that fixes it, and what to call that link."""

    check: Any
    address: str
    words: str


def quote_or_404(request: CompanyRequest, pk: int) -> Any:
    quote = selectors.quote_of(request.company.pk, pk)
    if quote is None:
        raise Http404
    return quote


def page_context(request: CompanyRequest, quote: Any) -> dict[str, Any]:
    """The whole page; every live part is made of these names alone."""
    lines = selectors.quote_lines(quote)
    taxes = _taxes_of(quote, lines)
    context = _head_context(request, quote, lines, taxes)
    return context | {"rows": rows_of(quote, lines, taxes, sees_margin=context["sees_margin"])}


def head_context(request: CompanyRequest, quote: Any) -> dict[str, Any]:
    """The page without its lines."""
    lines = selectors.quote_lines(quote)
    return _head_context(request, quote, lines, _taxes_of(quote, lines))


def lines_context(request: CompanyRequest, quote: Any, key: int | None = None) -> dict[str, Any]:
    """What a change of one line changes: itself (`key`), subtotals, totals, checks. The other lines stay."""
    lines = selectors.quote_lines(quote)
    taxes = _taxes_of(quote, lines)
    context = _standing(request, quote, lines, taxes)
    if key is not None:
        (context["changed"],) = rows_of(quote, lines, taxes, sees_margin=context["sees_margin"], only=key)
    headings = [line.pk for line in lines if line.kind == "heading"]
    subtotals = [group.net for group in selectors.quote_groups(lines) if group.heading]
    context["sums"] = list(zip(headings, subtotals, strict=True))
    return context


def _head_context(
    request: CompanyRequest, quote: Any, lines: Sequence[Any], taxes: Mapping[str, Any]
) -> dict[str, Any]:
    context = _standing(request, quote, lines, taxes)
    is_open, may_edit = context["is_open"], permits(request.membership.role, "quotes.edit")
    return context | {
        "title": quote.number,
        "path": path_of(quote),
        "is_order": quote.stage in ORDERED,
        "differences": selectors.order_differences(quote) if quote.document and not is_open else [],
        "amend_refusal": selectors.amend_refusal(quote) if quote.document else "",
        "may_edit_details": "note" in context["can"],
        "may_retry": permits(request.membership.role, "orders.retry"),
        "people": people_at(quote.sales_ledger.division) if may_edit else [],
        "currencies": currency_codes(request.company.pk) if may_edit else [],
        "clash": clash_of(request, quote.sales_ledger),
        **(_templates(quote) if may_edit else {}),
        "may_outbox": permits(request.membership.role, "outbox.manage"),
        "where": None if is_open or quote.stage == Stage.LOST else where_of(request, quote),
    }


def _templates(quote: Any) -> dict[str, Any]:
    """The Word templates to choose from, where the company has some of its own."""
    found = templates_of(quote.operating_company)
    if not found:
        return {}
    choice = template_choice(quote)
    usual = next((one.name for one in found if one.is_default), "Built-in")
    return {
        "templates": [("0", "Built-in"), *((f"{one.pk}", one.name) for one in found)],
        "usual_template": usual,
        "chosen_template": f"{choice.template_id or 0}" if choice else "",
    }


def _standing(
    request: CompanyRequest, quote: Any, lines: Sequence[Any], taxes: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands around the lines: the bar, totals, checks, and what may be done."""
    role = request.membership.role
    acts = selectors.quote_acts(quote) if permits(role, "quotes.edit") else frozenset()
    is_open = quote.stage in OPEN
    sees_margin = margin_shown(request, quote)
    return {
        "quote": quote,
        "ledger": quote.sales_ledger,
        "flags": flags_with_balance(quote.sales_ledger, request.company.home_currency),
        "badge": stage_badge(quote),
        "sees_margin": sees_margin,
        "whole_margin": selectors.quote_margin(quote) if sees_margin and lines else None,
        "uncosted": sum(
            line.kind == "item" and line.cost_price is None and not line.is_optional for line in lines
        ),
        "delivery_tax_name": _tax_name(taxes, quote.delivery_tax_type),
        "is_foreign": quote.currency != request.company.home_currency,
        "is_open": is_open,
        "is_amending": is_open and bool(quote.invoice_id),
        "can": {act.value for act in acts},
        "may_edit_lines": Act.EDIT in acts,
        "more_address": reverse("quote-line", args=[quote.pk]),
        "may_confirm": is_open and permits(role, "quotes.confirm"),
        **(confirm_context(request, quote, lines, taxes) if is_open else {}),
    }


def _taxes_of(quote: Any, lines: Sequence[Any]) -> dict[str, Any]:
    """The tax codes of lines and delivery, by tax type."""
    wanted = {line.tax_type for line in lines} | {quote.delivery_tax_type}
    return selectors.tax_codes_by_type(quote.operating_company_id, wanted)


def _tax_name(taxes: Mapping[str, Any], tax_type: str) -> str:
    return taxes[tax_type].name if tax_type in taxes else tax_type


def clash_of(request: CompanyRequest, ledger: Any) -> dict[str, Any] | None:
    """A customer made here whose name Xero has already: link to that contact, or take another name (PU-1)."""
    if ledger.ledger_id is not None or not permits(request.membership.role, "customers.edit"):
        return None
    waiting = outbox(request.company, group="needs_you", kind="contact", text=ledger.name).rows
    row = next((one for one in waiting if one.ledger_id == ledger.pk), None)
    if row is None:
        return None
    connection = connection_of(request.company)
    candidates = [(key, open_in_xero(connection, "contacts", key)) for key in row.candidates]
    return {"one": row, "candidates": candidates}


def confirm_context(
    request: CompanyRequest, quote: Any, lines: Sequence[Any], taxes: Mapping[str, Any]
) -> dict[str, Any]:
    """The list of checks, what fixes each, and whether the button lives."""
    connection = connection_of(request.company)
    books = books_facts_of(connection)
    checks = services.quote_preflight(quote, books=books, lines=lines, taxes=taxes)
    override = permits(request.membership.role, "credit.override")
    stops = [one for one in checks if one.stops]
    held = [one for one in stops if not (override and one.key == "credit")]
    rows = [CheckRow(one, *fix_of(one, quote)) for one in checks]
    failed = sorted((row for row in rows if not row.check.ok), key=lambda row: not row.check.stops)
    return {
        "demo_books": demo_name(connection),
        "failed": failed,
        "passed": [row for row in rows if row.check.ok],
        "stops": len(held),
        "warnings": sum(not row.check.ok and row.check.level == "warn" for row in rows),
        "overrides": bool(stops) and not held,
    }


def demo_name(connection: Any) -> str:
    """The name of the demo company that orders go to; "" when the books are real (reliability 5.6)."""
    is_demo = connection is not None and connection.is_demo and connection.state != "disconnected"
    return connection.organisation_name if is_demo else ""


_FIELDS = {
    "reference": "customer_reference",
    "due_date": "due_date",
    "lock_date": "date",
    "rate": "rate",
    "currency": "currency",
}


# What lies in the folded part of a line; the page opens it.
_LINE_FIELDS = {"account": "analysis", "tax": "tax_type"}


def fix_of(check: Any, quote: Any) -> tuple[str, str]:
    """The address where a failed check is put right, and the words of the link."""
    fix = check.fix
    if check.ok or fix is None:
        return "", ""
    if check.key in ("rate", "currency") and fix.what == "currency":
        return (
            (f"#f-{_FIELDS[check.key]}", "Go there")
            if check.key == "rate"
            else (reverse("currencies"), "Currencies")
        )
    places = {
        "quote": (f"#f-{_FIELDS.get(check.key, 'customer_reference')}", "Go there"),
        "line": (f"#{_LINE_FIELDS.get(check.key, 'line')}-{fix.id}", "Go there"),
        "delivery": ("#delivery", "Go there"),
        "account": (reverse("analysis-codes"), "Analysis codes"),
        "tax": (reverse("tax-codes"), "Tax codes"),
        "currency": (reverse("currencies"), "Currencies"),
        "connection": (reverse("xero"), "Connect"),
    }
    if check.key in ("lines", "total"):
        return "#add-line", "Go there"
    if fix.what == "customer":
        route = "customer-company" if check.key == "ledger" else "customer"
        return reverse(
            route, args=[fix.id]
        ), "Give it a company" if check.key == "ledger" else "Open the customer"
    if fix.what == "product":
        return reverse("product", args=[fix.id]), "Open the product"
    return places[fix.what]


def flags_with_balance(ledger: Any, home: str) -> list[tuple[str, str]]:
    """The badges that must be in view while quoting."""
    flags = flags_of(ledger)
    if ledger.balance_overdue > 0:
        flags.append((f"Overdue {money_text(ledger.balance_overdue, home)}", "warn"))
    used = selectors.credit_used(ledger)
    if used is not None and used > ledger.credit_limit:
        flags.append(("Over limit", "warn"))
    return flags


def path_of(quote: Any) -> list[Step]:
    """The stages in their order: passed, skipped, current, to come. A lost quote ends where it was lost."""
    if quote.stage == Stage.DRAFT:
        return [Step(NAMES[stage], "now" if place == 0 else "next") for place, stage in enumerate(PATH)]
    been_in = {*PATH} - MAY_BE_SKIPPED | selectors.stages_been_in(quote)
    if quote.stage == Stage.LOST:
        passed = [Step(NAMES[stage], "done") for stage in PATH[:3] if stage in been_in]
        return [*passed, Step(NAMES[Stage.LOST], "lost", quote.lost_reason)]
    now = PATH.index(Stage(quote.stage))
    before = [
        Step(NAMES[stage], "done") if stage in been_in else Step(NAMES[stage], "skipped", "Skipped")
        for stage in PATH[:now]
    ]
    return [*before, _step_now(quote), *(Step(NAMES[stage], "next") for stage in PATH[now + 1 :])]


def _step_now(quote: Any) -> Step:
    name = NAMES[Stage(quote.stage)]
    if quote.stage == Stage.WAITING and quote.push_state == "refused":
        return Step(name, "bad", "Refused by Xero")
    note = INVOICE_WORDS.get(quote.invoice_status, "") if quote.stage == Stage.INVOICED else ""
    return Step(name, "now", note)


def rows_of(
    quote: Any,
    lines: Sequence[Any],
    taxes: Mapping[str, Any] | None = None,
    *,
    sees_margin: bool,
    only: int | None = None,
) -> list[LineRow]:
    """Lines with the last price this customer paid, stock and margin: one query for all of them.

    `only` leaves out all but one line, which keeps its number.
    """
    wanted = [line for line in lines if only in (None, line.pk)]
    products = {line.product_id for line in wanted if line.product_id}
    paid = selectors.last_prices_paid(quote.sales_ledger, products, but=quote.document_id) if products else {}
    names = _taxes_of(quote, wanted) if taxes is None else taxes
    subtotals = iter([group.net for group in selectors.quote_groups(lines) if group.heading])
    rows, number = [], 0
    for line in lines:
        number += line.kind == "item"
        subtotal = next(subtotals) if line.kind == "heading" else None
        if only not in (None, line.pk):
            continue
        row = LineRow(line, f"{line.pk}", f"{line.position}", subtotal=subtotal)
        row.tax_name = _tax_name(names, line.tax_type)
        if line.kind == "item":
            row.number, row.last = f"{number}", paid.get(line.product_id)
            row.product_address = reverse("product", args=[line.product_id]) if line.product_id else ""
            row.margin = line_margin(quote, line) if sees_margin else None
            if line.product and line.product.is_stocked:
                row.stock, row.stock_at = line.free, line.free_at
        rows.append(row)
    return rows


def stock_of(product: Any) -> Decimal | None:
    """What is on hand at the default warehouse; None for what is not stocked."""
    rows = product.stock.all() if product.is_stocked else ()
    return sum((row.free_stock for row in rows), ZERO) if rows else None


def line_margin(quote: Any, line: Any) -> Margin | None:
    if line.cost_price is None or not quote.rate:
        return None
    return margin(in_home_currency(line.net, quote.rate), line.cost_price * line.quantity)


def margin_shown(request: CompanyRequest, quote: Any) -> bool:
    settings = selectors.quote_settings_of(quote.operating_company)
    return selectors.margin_is_shown(settings, request.membership.role)


def choices_of(request: CompanyRequest) -> dict[str, Any]:
    """What the selects of a line offer."""
    accounts = sales_analysis_codes(request.company).order_by("code").values_list("code", "name")
    return {"taxes": selectors.tax_options(request.company), "accounts": list(accounts)}
