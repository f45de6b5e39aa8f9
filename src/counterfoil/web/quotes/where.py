"""Where an order stands on its way to the books, step by step, for its live panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.core.lifecycle import Stage
from counterfoil.sync.selectors import connection_of, open_in_xero
from counterfoil.sync.standing import OutboxRow, Step, intent_of, intent_row, where_is_it
from counterfoil.web.quotes.screen import INVOICE_WORDS
from counterfoil.web.requests import CompanyRequest


@dataclass(frozen=True)
class Where:
    """The panel: a headline, its steps, and how soon to look again (None: it has settled).

    `row` is the order's place in the outbox, once it has one.
    """

    headline: str
    steps: Sequence[Step]
    again_s: int | None
    in_xero: str = ""
    is_refused: bool = False
    row: OutboxRow | None = None


def where_of(request: CompanyRequest, quote: Any) -> Where:
    """As far as the order has come."""
    found = intent_of(quote)
    row = intent_row(found) if found else None
    steps = [replace(step, detail=INVOICE_WORDS.get(step.detail, step.detail)) for step in where_is_it(quote)]
    connection = connection_of(request.company)
    is_live = connection is not None and connection.state in ("connected", "waiting")
    is_bad = any(step.state == "bad" for step in steps) and row is not None and row.state != "skipped"
    refused = is_bad or quote.push_state == "refused"
    return Where(
        headline=_headline(quote, steps, refused=refused),
        steps=steps,
        again_s=_again_s(quote, refused=refused, is_live=is_live),
        in_xero=open_in_xero(connection, "invoices", quote.invoice_id),
        is_refused=refused,
        row=row,
    )


def _headline(quote: Any, steps: Sequence[Step], *, refused: bool) -> str:
    if refused:
        return next((step.label for step in steps if step.state == "bad"), "Refused by Xero")
    if quote.invoice_number:
        return f"Invoice {quote.invoice_number}"
    if quote.push_state == "skipped":
        return "Not sent to Xero"
    now = [step.label for step in steps if step.state == "now"]
    return now[0] if now else "In Xero"


def _again_s(quote: Any, *, refused: bool, is_live: bool) -> int | None:
    """Every second until the number is there; then now and then until the invoice is read back."""
    if refused or quote.push_state in ("refused", "skipped"):
        return None
    if quote.push_state == "sent" or quote.stage == Stage.INVOICED:
        return None if quote.document_id else 4
    return 1 if is_live else 10
