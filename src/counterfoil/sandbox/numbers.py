"""Xero's arithmetic: half away from zero, per line, on the effective rate as a whole. Facts: xero-facts 4.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
# A quantity times a price may have more digits than the default 28; that it is too large is said later.
_WIDE = Context(prec=64)
_STEPS = (Decimal(1), Decimal("0.1"), CENT, Decimal("0.001"), Decimal("0.0001"))


def rounded(amount: Decimal | int, places: int = 2) -> Decimal:
    """Rounded half away from zero, keeping `places` digits. A whole number read from JSON may be an int."""
    return Decimal(amount).quantize(_STEPS[places], ROUND_HALF_UP, _WIDE)


def unit_form(amount: Decimal) -> Decimal:
    """A unit amount with two digits, or with up to four where it has them."""
    short = amount.quantize(CENT, ROUND_HALF_UP)
    return short if short == amount else amount.quantize(_STEPS[4], ROUND_HALF_UP)


def line_amount(
    quantity: Decimal,
    unit_amount: Decimal,
    discount_rate: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Decimal:
    """Quantity times price less discount, rounded to cents (xero-facts 4.5, Discount)."""
    gross = quantity * unit_amount
    if discount_rate:
        gross = gross * (HUNDRED - discount_rate) / HUNDRED
    elif discount_amount:
        gross -= discount_amount
    return rounded(gross)


def expected_discount(line: Mapping[str, Any]) -> Decimal:
    """What a discount takes off one line; zero without one."""
    if line.get("UnitAmount") is None or not (line.get("DiscountRate") or line.get("DiscountAmount")):
        return ZERO
    quantity = line["Quantity"] if line.get("Quantity") is not None else Decimal(1)
    return rounded(quantity * line["UnitAmount"]) - Decimal(line["LineAmount"])


def line_tax(amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
    """The tax of one line: on top, contained in it, or none."""
    if not rate or line_amount_types == "NoTax":
        return ZERO
    if line_amount_types == "Inclusive":
        return rounded(amount * rate / (HUNDRED + rate))
    return rounded(amount * rate / HUNDRED)


@dataclass(frozen=True)
class Totals:
    """A document's three sums."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def totals(lines: Iterable[tuple[Decimal, Decimal]], line_amount_types: str) -> Totals:
    """Sum (line amount, tax) pairs."""
    amount = tax = ZERO
    for line, line_tax_amount in lines:
        amount += line
        tax += line_tax_amount
    if line_amount_types == "Inclusive":
        return Totals(amount - tax, tax, amount)
    return Totals(amount, tax, amount + tax)
