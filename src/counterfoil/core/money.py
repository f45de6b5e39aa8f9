"""Money as exact decimals: the one place that says how amounts are scaled and rounded.

Not here: how a document's lines and taxes add up (`totals`).
"""

from decimal import ROUND_HALF_UP, Context, Decimal

MONEY_PLACES = 4
RATE_PLACES = 10
ZERO = Decimal(0)

# 40 digits hold any product of a 19-digit amount and a 28-digit rate without rounding early.
_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
_PENNY = Decimal("0.01")
_FOUR = Decimal("0.0001")


def to_penny(amount: Decimal) -> Decimal:
    """Round half away from zero to 2 decimals, as Xero does per line (xero-facts 4.5, TX-4)."""
    return amount.quantize(_PENNY, context=_EXACT)


def to_four(amount: Decimal) -> Decimal:
    """Round half away from zero to 4 decimals: what a stored amount or quantity keeps."""
    return amount.quantize(_FOUR, context=_EXACT)


def in_home_currency(amount: Decimal, rate: Decimal) -> Decimal:
    """`amount` of document currency in home currency, 4 decimals.

    `rate` is Xero's CurrencyRate: units of document currency per one unit of home currency
    (xero-facts 4.5), so the amount is divided. A rate of 0 is Xero's way to leave it out in old
    records (xero-facts 4.12) and counts as 1.
    """
    if not rate or rate == 1:
        return to_four(amount)
    return _EXACT.divide(amount, rate).quantize(_FOUR, context=_EXACT)
