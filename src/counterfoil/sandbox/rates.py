"""Exchange rates of the stand-in's own, in the shape of the European Central Bank's feed. They are not real rates.

So that a program without the internet can refresh its rates like any other day. The feed has 90 days, newest first,
without weekends; a day's list comes out in the afternoon, as the Bank's does (about 16:00 in Frankfurt). Rates drift
a little from day to day, the same on every run. Shape: the Bank's public eurofxref documents (gesmes:Envelope).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.sax.saxutils import quoteattr

PATH = "/stats/eurofxref/eurofxref-hist-90d.xml"
SENDER = "Counterfoil stand-in (not real rates)"
DAYS = 90
_OUT_AT_HOUR_UTC = 15
# Units per euro, of the size of real ones.
_AROUND = {
    "USD": "1.12", "JPY": "176", "CZK": "24.4", "DKK": "7.47", "GBP": "0.834", "HUF": "366", "PLN": "4.40",
    "RON": "5.34", "SEK": "11", "CHF": "0.92", "ISK": "136", "NOK": "10.3", "TRY": "56", "AUD": "1.59",
    "BRL": "6.07", "CAD": "1.56", "CNY": "7.43", "HKD": "8.77", "IDR": "20300", "ILS": "3.5", "INR": "106",
    "KRW": "1490", "MXN": "21.1", "MYR": "4.53", "NZD": "1.98", "PHP": "71", "SGD": "1.43", "THB": "37.7",
    "ZAR": "18.6",
}  # fmt: skip
_SWING = Decimal("0.01")


def feed(now: datetime) -> bytes:
    """The list as it stands at `now` (UTC)."""
    days = "".join(_day(on) for on in _days(now))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
        "<gesmes:subject>Reference rates</gesmes:subject>"
        f"<gesmes:Sender><gesmes:name>{SENDER}</gesmes:name></gesmes:Sender>"
        f"<Cube>{days}</Cube></gesmes:Envelope>"
    ).encode()


def rate(currency: str, on: date) -> Decimal:
    """Units of a currency per euro: within one per cent of its usual rate, moving by the day."""
    usual = Decimal(_AROUND[currency])
    phase = sum(currency.encode())
    swing = Decimal(round(math.sin((on.toordinal() + phase) / 9) * 1000)) / 1000
    places = Decimal("0.01") if usual > 100 else Decimal("0.0001")
    return (usual * (1 + swing * _SWING)).quantize(places)


def _days(now: datetime) -> Iterator[date]:
    newest = now.date() if now.hour >= _OUT_AT_HOUR_UTC else now.date() - timedelta(days=1)
    every = (newest - timedelta(days=back) for back in range(DAYS))
    return (on for on in every if on.weekday() < 5)


def _day(on: date) -> str:
    rates = "".join(
        f"<Cube currency={quoteattr(code)} rate={quoteattr(str(rate(code, on)))}/>" for code in _AROUND
    )
    return f"<Cube time={quoteattr(on.isoformat())}>{rates}</Cube>"
