"""What one line comes to. Pure: line in, line out. Facts: xero-facts 4.5."""

from __future__ import annotations

from decimal import Decimal

from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import ZERO, line_amount, line_tax


def line_worked_out(line: Record, rate: Decimal, line_amount_types: str) -> None:
    """Fill LineAmount and TaxAmount where they are missing. A comment line comes to nothing."""
    if line.get("LineAmount") is None:
        line["LineAmount"] = expected_amount(line)
    if line_amount_types == "NoTax":
        line["TaxAmount"] = ZERO
    elif line.get("TaxAmount") is None:
        line["TaxAmount"] = line_tax(line["LineAmount"], rate, line_amount_types)


def expected_amount(line: Record) -> Decimal:
    """Quantity times unit amount less discount; nothing for a line without a price."""
    if line.get("UnitAmount") is None:
        return ZERO
    quantity = line["Quantity"] if line.get("Quantity") is not None else Decimal(1)
    return line_amount(quantity, line["UnitAmount"], line.get("DiscountRate"), line.get("DiscountAmount"))
