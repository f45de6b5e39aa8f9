"""Which status may follow which, and what payments and lock dates forbid. Facts: xero-facts 4.1, 4.5 to 4.7."""

from __future__ import annotations

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Problems, Record

from .kinds import PURCHASE_ORDER, Kind

_NEW = ("DRAFT", "SUBMITTED", "AUTHORISED")
_BILLING: dict[str, tuple[str, ...]] = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID", "AUTHORISED"),
    "VOIDED": (),
    "DELETED": (),
}
_ORDERING: dict[str, tuple[str, ...]] = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "BILLED", "DELETED"),
    "BILLED": ("BILLED",),
    "DELETED": (),
}
_ALL = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED", "BILLED"})
_FROZEN = ("Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes", "Total", "TotalTax", "SubTotal", "Type")
_FROZEN_IN_LINE = ("LineItemID", "Quantity", "UnitAmount", "LineAmount", "TaxAmount", "TaxType", "ItemCode")


def wanted(books: Books, kind: Kind, element: Record, before: Record | None, problems: Problems) -> str:
    """The status the element asks for, checked against the one the document has."""
    was = before["Status"] if before else None
    status = str(element.get("Status") or was or "DRAFT").upper()
    word = "Order" if kind is PURCHASE_ORDER else kind.singular
    if status not in _ALL:
        problems.add(f"Status '{status}' is not valid.")
    elif status == "VOIDED" and before is not None and _settled(before):
        problems.add(
            f"The status VOIDED cannot be applied to the {_WORDS[kind.name]} "
            "because it has payments or credit notes allocated to it."
        )
    elif status not in _following(books, kind, was):
        problems.add(f"{word} not of valid status for modification")
    return status


_WORDS = {"Invoices": "invoice", "CreditNotes": "credit note", "PurchaseOrders": "purchase order"}


def _following(books: Books, kind: Kind, was: str | None) -> tuple[str, ...]:
    if was is None:
        return (*_NEW, "BILLED") if kind is PURCHASE_ORDER else _NEW
    table = _ORDERING if kind is PURCHASE_ORDER else _BILLING
    if was == "BILLED" and books.switches.purchase_order_billed_reversible:
        return ("BILLED", "AUTHORISED")
    return table[was]


def _settled(document: Record) -> bool:
    return bool(document.get("Payments") or document.get("CreditNotes") or document.get("Allocations"))


def locked_by_payments(before: Record | None, document: Record, problems: Problems) -> None:
    """With a payment or credit, only texts, due date, contact, accounts and tracking may change (4.5)."""
    if before is None or not _settled(before):
        return
    held = [before.get(key) != document.get(key) for key in _FROZEN if key in before]
    held.append(len(before["LineItems"]) != len(document["LineItems"]))
    held += [
        old.get(key) != new.get(key)
        for old, new in zip(before["LineItems"], document["LineItems"], strict=False)
        for key in _FROZEN_IN_LINE
    ]
    if any(held):
        problems.add("This document cannot be edited as it has a payment or credit note allocated to it.")


def lock_dates(books: Books, kind: Kind, before: Record | None, document: Record, problems: Problems) -> None:
    """Nothing dated on or before a lock date may be written, except drafts' own deletion (xero-facts 4.1)."""
    if kind is PURCHASE_ORDER:
        return
    dates = [document["Date"], *([before["Date"]] if before and before.get("Date") else [])]
    for key, name in (("EndOfYearLockDate", "end of year lock date"), ("PeriodLockDate", "period lock date")):
        locked = books.store.organisation.get(key)
        if locked is not None and min(dates) <= locked:
            problems.add(f"The document date cannot be before the {name}, currently set at {locked:%d %B %Y}")
            return
