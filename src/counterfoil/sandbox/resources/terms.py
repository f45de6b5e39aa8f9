"""The due date that follows from payment terms. Facts: xero-facts 4.2, PaymentTerms."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Record

from .contact_rules import record as contact_record


def due_on(books: Books, document: Record) -> date | None:
    """The contact's terms, else the organisation's, else None."""
    side = "Sales" if document["Type"] == "ACCREC" else "Bills"
    row = books.store.contacts.get(document["Contact"]["ContactID"])
    own = (contact_record(row).get("PaymentTerms") or {}) if row else {}
    term = own.get(side) or (books.store.organisation.get("PaymentTerms") or {}).get(side)
    if not term or term.get("Day") is None:
        return None
    try:
        return by_term(document["Date"], int(term["Day"]), str(term.get("Type", "DAYSAFTERBILLDATE")))
    except OverflowError:
        return None  # past the last day of the calendar


def by_term(on: date, days: int, kind: str) -> date:
    """One term applied to a document's date; a day past a month's end is that month's last."""
    last = on.replace(day=calendar.monthrange(on.year, on.month)[1])
    if kind == "DAYSAFTERBILLMONTH":
        return last + timedelta(days=days)
    if kind == "OFCURRENTMONTH":
        return on.replace(day=min(max(days, 1), last.day))
    if kind == "OFFOLLOWINGMONTH":
        following = last + timedelta(days=1)
        end = calendar.monthrange(following.year, following.month)[1]
        return following.replace(day=min(max(days, 1), end))
    return on + timedelta(days=days)
