"""How the lines of a document add up, rounded as Xero rounds them (TX-4, xero-facts 4.5).

A line's amount and its tax are each rounded half away from zero to the penny, and only then summed;
the tax is worked out on the whole effective rate, never per component. Not here: which rate applies
(`tax`), and what an amount is worth in home currency (`money`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from counterfoil.core.money import ZERO, to_penny

_HUNDRED = Decimal(100)


class LineAmounts(StrEnum):
    """What a line's amount means; the spelling is Xero's."""

    EXCLUSIVE = "Exclusive"
    INCLUSIVE = "Inclusive"
    NO_TAX = "NoTax"


class Amounts(NamedTuple):
    """Net, tax and gross of a line or of a document; gross is always net + tax."""

    net: Decimal
    tax: Decimal
    gross: Decimal


# Every line of an import comes by here: a plain text compares faster than a member, and `_make` makes faster.
_INCLUSIVE = LineAmounts.INCLUSIVE.value
_amounts = Amounts._make


def line_amount(
    quantity: Decimal | None,
    unit_price: Decimal | None,
    *,
    discount_rate: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Decimal:
    """Quantity × price less the discount, to the penny; 0 when either is missing (a comment line).

    `discount_rate` is a percentage and wins over `discount_amount`, which is in document currency.
    """
    if quantity is None or unit_price is None:
        return ZERO
    amount = quantity * unit_price
    if discount_rate:
        amount = amount * (_HUNDRED - discount_rate) / _HUNDRED
    elif discount_amount:
        amount -= discount_amount
    return to_penny(amount)


def line_tax(amount: Decimal, rate: Decimal, *, kind: str) -> Decimal:
    """The tax of one line to the penny: on top of `amount`, or contained in it when `kind` is Inclusive.

    `rate` is the effective rate in per cent. NoTax gives 0.
    """
    if kind == LineAmounts.NO_TAX:
        return ZERO
    if kind == LineAmounts.INCLUSIVE:
        return to_penny(amount * rate / (_HUNDRED + rate))
    return to_penny(amount * rate / _HUNDRED)


def line_amounts(amount: Decimal, tax: Decimal, *, kind: str) -> Amounts:
    """Net, tax and gross of a line whose amount and tax are known; an unknown `kind` is read as Exclusive."""
    if kind == _INCLUSIVE:
        return _amounts((amount - tax, tax, amount))
    return _amounts((amount, tax, amount + tax))


def document_amounts(lines: Iterable[Amounts]) -> Amounts:
    """The sum of rounded lines, which is what Xero's SubTotal, TotalTax and Total are."""
    net = tax = gross = ZERO
    for line in lines:
        net += line.net
        tax += line.tax
        gross += line.gross
    return Amounts(net, tax, gross)


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in whole pennies spread by `weights`, adding up exactly; the last weight takes what is left.

    All to the last when the weights add up to nothing. Empty weights give an empty list.
    """
    left_weight, left = sum(weights, ZERO), amount
    parts = []
    for i, weight in enumerate(weights, start=1):
        part = left if i == len(weights) else to_penny(left * weight / left_weight) if left_weight else ZERO
        parts.append(part)
        left, left_weight = left - part, left_weight - weight
    return parts


def line_figures(
    quantity: Decimal | None,
    unit_price: Decimal | None,
    *,
    discount_rate: Decimal | None,
    tax_rate: Decimal,
    kind: str,
) -> Amounts:
    """Net, tax and gross of a line from what it is made of; rates are in per cent."""
    amount = line_amount(quantity, unit_price, discount_rate=discount_rate)
    return line_amounts(amount, line_tax(amount, tax_rate, kind=kind), kind=kind)
