"""Amounts and dates as columns hold them, checked so that one odd value refuses one record only.

Rounding to a fixed number of places is also what makes 100 and 100.00 the same value to a fingerprint.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.money import ZERO
from counterfoil.xero.dates import document_date

# 18 digits of which 4 are decimals: below what either database's column takes, with room for sums.
_FIT = Context(prec=18, rounding=ROUND_HALF_UP)
_FOUR = Decimal("0.0001")
_TEN = Decimal("0.0000000001")
_round = _FIT.quantize

# The rate of every document in home currency.
AT_HOME = Decimal(1).quantize(_TEN)
NO_MONEY = Decimal(0).quantize(_FOUR)

# Documents of one page share few dates, and reading one costs more than everything else about a header.
day = lru_cache(maxsize=4096)(document_date)


def four(value: Decimal, field: str) -> Decimal:
    """`value` with 4 decimals, rounded half away from zero. Raises CannotMap when no column holds it."""
    try:
        rounded = _round(value, _FOUR)
    except InvalidOperation:
        rounded = value
    else:
        # NaN passes through rounding; Xero's text "NaN" would decode to it.
        if rounded.is_finite():
            return rounded
    raise CannotMap(field, f"{value} is no amount that fits: 14 digits before the point at most.")


def four_or_none(value: Decimal | None, field: str) -> Decimal | None:
    return None if value is None else four(value, field)


def ten(value: Decimal, field: str) -> Decimal:
    """`value` with 10 decimals, for rates. Raises CannotMap when no column holds it."""
    try:
        rounded = _round(value, _TEN)
    except InvalidOperation:
        rounded = value
    else:
        if rounded.is_finite():
            return rounded
    raise CannotMap(field, f"{value} is no rate that fits: 8 digits before the point at most.")


def ten_or_none(value: Decimal | None, field: str) -> Decimal | None:
    return None if value is None else ten(value, field)


def rate_of(currency: str, rate: Decimal | None, *, home_currency: str) -> Decimal:
    """Units of `currency` per unit of home currency, 10 decimals; always 1 for the home currency itself.

    Raises CannotMap when a foreign currency comes without a rate: taking 1 would book a wrong amount
    (TX-3). Xero writes 0 for "not said" (xero-facts 4.12).
    """
    if currency == home_currency:
        return AT_HOME
    rounded = ten(rate, "CurrencyRate") if rate else ZERO
    if rounded > ZERO:
        return rounded
    raise CannotMap(
        "CurrencyRate",
        f"The document is in {currency}, the home currency is {home_currency}, and Xero gave no usable exchange "
        "rate. Nothing was imported; set the rate in Xero and the next pass will bring it in.",
    )


def home(amount: Decimal, rate: Decimal, field: str) -> Decimal:
    """`amount` in home currency with 4 decimals (IN-3)."""
    if rate == AT_HOME:
        return amount
    return four(amount / rate, field)
