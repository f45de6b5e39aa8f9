"""How a document writes money, quantities, rates and dates for its reader. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError, dates, numbers

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Wording:
    """The reader's habits (`locale`, as en_DE) and a currency.

    The words of documents are English; separators, the currency's place and the order of dates are those of
    the customer's country.
    """

    locale: str
    currency: str

    def money(self, amount: Decimal | None) -> str:
        """€1,234.50. No digit that counts is rounded away, even where a currency has fewer places."""
        if amount is None:
            return ""
        text = numbers.format_currency(
            _bare(amount), self.currency, locale=self.locale, decimal_quantization=False
        )
        symbol = numbers.get_currency_symbol(self.currency, self.locale)
        if symbol[-1:].isalpha():
            # CHF 1,234.50: letters stand apart from the figures, and on the same line.
            text = re.sub(f"{re.escape(symbol)}(?=[-0-9])", f"{symbol}\N{NO-BREAK SPACE}", text)
        return text

    def amount(self, amount: Decimal | None) -> str:
        """1,234.50: as `money`, for columns whose heading names the currency."""
        if amount is None:
            return ""
        places = numbers.get_currency_precision(self.currency)
        return self._decimal(amount, places)

    def price(self, price: Decimal | None) -> str:
        """A unit price: up to four decimals (PR-2), at least the currency's."""
        return self.amount(price)

    def quantity(self, quantity: Decimal | None) -> str:
        return "" if quantity is None else self._decimal(quantity, 0)

    def percent(self, rate: Decimal) -> str:
        """17.5 as 17.5 %, in the reader's way."""
        return numbers.format_percent(_bare(rate / _HUNDRED), locale=self.locale, decimal_quantization=False)

    def day(self, on: dt.date | None) -> str:
        return "" if on is None else dates.format_date(on, "long", locale=self.locale)

    def short_day(self, on: dt.date | None) -> str:
        """4 Nov 2026, for columns."""
        return "" if on is None else dates.format_date(on, "medium", locale=self.locale)

    def _decimal(self, value: Decimal, places: int) -> str:
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return numbers.format_decimal(
            _bare(value), format=pattern, locale=self.locale, decimal_quantization=False
        )


def _bare(value: Decimal) -> Decimal:
    """Without idle zeros and without a negative nothing."""
    value = value.normalize()
    return value or Decimal(0)


@lru_cache(maxsize=256)
def locale_of(*countries: str) -> str:
    """English as the first of `countries` (ISO codes) that has it writes figures; British English otherwise."""
    for country in countries:
        try:
            return str(Locale.parse(f"en_{country}"))
        except (UnknownLocaleError, ValueError):
            continue
    return "en_GB"
