"""Document totals by Xero's measured rules, for seeds that must know a total before the store sees the document.

Kept apart from the store's own arithmetic, so that a test may hold one against the other. Source: xero-facts 4.5
("Rounding"): line amount to 2 places; tax per line, half away from zero, on the effective rate as a whole.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from counterfoil.sandbox.seeds.shape import Record

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
_HUNDRED = Decimal(100)


def cents(amount: Decimal) -> Decimal:
    """Rounded to 2 places, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(line: Record) -> Decimal:
    """Quantity x unit amount less the line's discount rate or amount; 0 for a line of text."""
    gross: Decimal = line.get("Quantity", ZERO) * line.get("UnitAmount", ZERO)
    if "DiscountRate" in line:
        return cents(gross * (_HUNDRED - line["DiscountRate"]) / _HUNDRED)
    return cents(gross - line.get("DiscountAmount", ZERO))


def line_tax(amount: Decimal, rate: Decimal, basis: str) -> Decimal:
    """Tax on or in ``amount`` at ``rate`` percent, as ``basis`` (Exclusive, Inclusive, NoTax) has it."""
    if basis == "NoTax":
        return ZERO
    return cents(amount * rate / (_HUNDRED + rate if basis == "Inclusive" else _HUNDRED))


def document_summed(document: Record, rates: Mapping[str, Decimal]) -> Record:
    """``document`` with its line amounts, taxes and totals filled in; ``rates`` are effective percentages."""
    basis = document["LineAmountTypes"]
    lines = [_line_summed(line, rates, basis) for line in document["LineItems"]]
    amounts = sum((line.get("LineAmount", ZERO) for line in lines), ZERO)
    tax = sum((line.get("TaxAmount", ZERO) for line in lines), ZERO)
    total = amounts + tax if basis == "Exclusive" else amounts
    return document | {"LineItems": lines, "SubTotal": total - tax, "TotalTax": tax, "Total": total}


def _line_summed(line: Record, rates: Mapping[str, Decimal], basis: str) -> Record:
    if "UnitAmount" not in line:
        return line
    amount = line_amount(line)
    rate = rates.get(line.get("TaxType", "NONE"), ZERO)
    return line | {"LineAmount": amount, "TaxAmount": line_tax(amount, rate, basis)}
