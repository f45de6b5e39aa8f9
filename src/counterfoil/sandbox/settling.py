"""What is left of an invoice or credit note once payments and credits hang on it. Pure. Facts: xero-facts 4.5, 4.6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Record
from .numbers import ZERO

if TYPE_CHECKING:
    from .resources.kinds import Kind

_LIVE = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID")


def amounts(kind: Kind, record: Record) -> None:
    """Fill AmountDue, AmountPaid and AmountCredited, or RemainingCredit; AUTHORISED and PAID follow from them.

    A voided or deleted document has nothing due and keeps its total.
    """
    invoice = kind.name == "Invoices"
    applied = record.get("CreditNotes" if invoice else "Allocations") or ()
    paid = sum((entry["Amount"] for entry in record.get("Payments") or ()), ZERO)
    credited = sum((entry["AppliedAmount" if invoice else "Amount"] for entry in applied), ZERO)
    due = record["Total"] - paid - credited if record["Status"] in _LIVE else ZERO
    if invoice:
        record |= {"AmountDue": due, "AmountPaid": paid, "AmountCredited": credited}
    else:
        record["RemainingCredit"] = due
    if record["Status"] in ("AUTHORISED", "PAID"):
        record["Status"] = "AUTHORISED" if due else "PAID"
        if due:
            record.pop("FullyPaidOnDate", None)
