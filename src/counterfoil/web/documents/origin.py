"""Where each value of an invoice or credit note comes from (SY-12, ST-3): the rows of the mapping, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from counterfoil.core.mapping.documents import FIELDS
from counterfoil.web import showing

LABELS = {
    "sales_ledger": "Customer",
    "number": "Number",
    "customer_reference": "Reference",
    "status": "Status",
    "date": "Date",
    "due_date": "Due",
    "currency": "Currency",
    "rate": "Exchange rate",
    "line_amount_types": "Amounts as entered",
    "net": "Net",
    "tax": "Tax",
    "total": "Total",
    "home_net": "Net, home currency",
    "home_total": "Total, home currency",
    "amount_paid": "Paid",
    "amount_credited": "Credited",
    "amount_due": "Open",
    "paid_on": "Paid in full on",
}


def origins_of(document: Any) -> list[dict[str, Any]]:
    """Each value that people see, with the field of Xero's record that it was read from."""
    return [
        {"label": LABELS[one.field], "value": _value(document, one.field), "source": one.path}
        for one in FIELDS
        if one.field in LABELS
    ]


def _value(document: Any, name: str) -> Any:
    if name == "sales_ledger":
        return document.sales_ledger.display_description
    value = getattr(document, name)
    return showing.number_text(value, 6) if isinstance(value, Decimal) else value
