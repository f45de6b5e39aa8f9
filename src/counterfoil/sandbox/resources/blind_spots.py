"""What Xero changes on an invoice without a new UpdatedDateUTC, so that no delta reports it. Pure. Facts: xero-facts 3.5."""

from __future__ import annotations

from typing import Any

from counterfoil.sandbox.errors import Record

_OF_PART_PAID = frozenset({"DueDate", "SentToContact"})
_OF_LINES = frozenset({"AccountCode", "AccountID"})


def is_part_paid(invoice: Record) -> bool:
    """Whether something was paid on it and something is left."""
    return bool(invoice.get("AmountPaid") and invoice.get("AmountDue"))


def unseen(before: Record, after: Record) -> bool:
    """Whether all that changed is the due date or the sent mark of a part-paid invoice, or lines' account codes."""
    hidden = _OF_PART_PAID if is_part_paid(before) else frozenset[str]()
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - hidden
    if changed - {"LineItems"}:
        return False
    return [_seen(line) for line in before["LineItems"]] == [_seen(line) for line in after["LineItems"]]


def _seen(line: Record) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in _OF_LINES and value not in (None, [])}
