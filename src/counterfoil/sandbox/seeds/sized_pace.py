"""How many of everything a sized company has, and when each record is dated: three years up to yesterday."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

_SPAN_DAYS = 1095
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Size:
    """How many of each; ``seed`` turns the wheel so that two seeds give different books."""

    invoices: int = 400
    contacts: int = 80
    items: int = 60
    credit_notes: int = 20
    purchase_orders: int = 25
    seed: int = 1


@dataclass(frozen=True)
class Pace:
    """Dates and stamps of the n-th of so many records: rising with n, never today."""

    today: date

    @cached_property
    def _epoch(self) -> datetime:
        first = self.today - timedelta(days=_SPAN_DAYS)
        return datetime(first.year, first.month, first.day, 8, tzinfo=UTC)

    def day(self, number: int, count: int) -> date:
        """A document's date."""
        return self.today - timedelta(days=_SPAN_DAYS - number * (_SPAN_DAYS - 1) // count)

    def stamp(self, number: int, count: int) -> datetime:
        """A moment to the millisecond, never after yesterday evening."""
        past_ms = number * (_SPAN_DAYS - 1) * _DAY_MS // count + number % 7
        return self._epoch + timedelta(milliseconds=past_ms)
