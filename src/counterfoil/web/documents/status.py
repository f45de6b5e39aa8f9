"""How the status of a document reads: words and a tone."""

from __future__ import annotations

import datetime as dt
from typing import Any

_STATES = {
    "deleted": ("Deleted", "neutral"),
    "voided": ("Voided", "neutral"),
}
_PENDING = {"DRAFT": "Draft", "SUBMITTED": "Awaiting approval"}


def document_status(document: Any, today: dt.date) -> tuple[str, str]:
    """Of an invoice or credit note; an open invoice past its due date says by how many days."""
    if document.state in _STATES:
        return _STATES[document.state]
    if document.state == "pending":
        return _PENDING.get(document.status, "Pending"), "neutral"
    if document.state == "unknown":
        return f"Unknown: {document.status[:20]}", "warn"
    if document.is_paid:
        return ("Used up" if document.kind == "C" else "Paid"), "good"
    if document.kind == "C":
        return "Open credit", "accent"
    if document.due_date and document.due_date < today:
        days = (today - document.due_date).days
        return f"{days:,} {'day' if days == 1 else 'days'} overdue", "bad"
    if document.amount_paid or document.amount_credited:
        return "Part paid", "accent"
    return "Awaiting payment", "accent"


_ORDERS = {
    "draft": ("Draft", "neutral"),
    "submitted": ("Awaiting approval", "neutral"),
    "authorised": ("Approved", "accent"),
    "completed": ("Completed", "good"),
    "obsolete": ("Obsolete", "neutral"),
    "unknown": ("Unknown status", "warn"),
}


def order_status(order: Any, today: dt.date) -> tuple[str, str]:
    """Of a purchase order; one whose delivery day has passed says so."""
    is_open = order.state in ("draft", "submitted", "authorised")
    if is_open and order.delivery_date and order.delivery_date < today:
        days = (today - order.delivery_date).days
        return f"{days:,} {'day' if days == 1 else 'days'} late", "warn"
    return _ORDERS[order.state]
