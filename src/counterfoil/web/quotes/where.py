"""Where an order stands on its way to the books, step by step, for its live panel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from counterfoil.core.lifecycle import Stage
from counterfoil.sync.selectors import connection_of, open_in_xero
from counterfoil.web.requests import CompanyRequest


class WhereStep(NamedTuple):
    """`state` is done, now, next or bad."""

    label: str
    state: str
    note: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Where:
    """The panel: a headline, its steps, and how soon to look again (None: it has settled)."""

    headline: str
    tone: str
    steps: list[WhereStep]
    again_s: int | None
    words: str = ""
    is_refused: bool = False
    in_xero: str = ""


def where_of(request: CompanyRequest, quote: Any) -> Where:
    """From what the sync reported last."""
    connection = connection_of(request.company)
    state = quote.push_state
    link = open_in_xero(connection, "invoices", quote.invoice_id)
    confirmed = WhereStep("Confirmed", "done", str(quote.confirmed_by or ""), quote.confirmed_at)
    number = quote.invoice_number
    if quote.stage == Stage.INVOICED:
        steps = [confirmed, WhereStep("In Xero", "done", number), WhereStep("Read back from Xero", "done")]
        return Where(f"Invoice {number}", "good", steps, None, in_xero=link)
    if state == "sent":
        steps = [
            confirmed,
            WhereStep("In Xero", "done", number, quote.push_at),
            WhereStep("Read back from Xero", "now"),
        ]
        return Where(f"Invoice {number}" if number else "In Xero", "good", steps, 3, in_xero=link)
    if state == "refused":
        steps = [confirmed, WhereStep("Refused by Xero", "bad", "", quote.push_at)]
        return Where("Xero refused this order", "bad", steps, None, quote.push_words, is_refused=True)
    if state == "skipped":
        steps = [confirmed, WhereStep("Not sent", "bad", "", quote.push_at)]
        return Where("Not sent to Xero", "warn", steps, None, quote.push_words)
    waits = connection is None or connection.state not in ("connected", "waiting")
    label = "Checking with Xero" if state == "checking" else "Sending to Xero"
    steps = [confirmed, WhereStep(label, "now"), WhereStep("Invoice number", "next")]
    if waits:
        steps[1] = WhereStep("Waits for the connection to Xero", "now")
        return Where(
            "Waiting for Xero",
            "warn",
            steps,
            5,
            "It goes out by itself once Xero is connected. Nothing is lost.",
        )
    return Where(label, "accent", steps, 1, quote.push_words)
