"""The rate Xero would fill in when a document in a foreign currency names none.

Xero takes XE's rate of the day. The stand-in has no feed and needs repeatable answers, so it takes this fixed table
of rough values: units of a currency for one US dollar. Facts: xero-facts 4.5.
"""

from __future__ import annotations

from decimal import Decimal

_FOR_ONE_DOLLAR = {
    "USD": "1",
    "GBP": "0.77",
    "EUR": "0.92",
    "NZD": "1.66",
    "AUD": "1.52",
    "CAD": "1.38",
    "SGD": "1.33",
    "ZAR": "17.9",
    "CHF": "0.88",
    "JPY": "151",
    "SEK": "10.6",
    "NOK": "10.9",
    "DKK": "6.87",
    "PLN": "3.98",
    "CZK": "23.2",
    "HKD": "7.78",
}


def day_rate(currency: str, base: str) -> Decimal:
    """Units of `currency` for one of `base`, six places; 1 for a currency without a value here."""
    one, other = _FOR_ONE_DOLLAR.get(currency), _FOR_ONE_DOLLAR.get(base)
    if currency == base or one is None or other is None:
        return Decimal(1)
    return (Decimal(one) / Decimal(other)).quantize(Decimal("0.000001"))
