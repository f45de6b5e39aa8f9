"""Calendar months by their first day."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange


def month_of(day: dt.date) -> dt.date:
    """The first day of the month that `day` lies in."""
    return day.replace(day=1)


def month_after(first: dt.date) -> dt.date:
    """The first day of the next month."""
    return (first + dt.timedelta(days=31)).replace(day=1)


def months_until(day: dt.date, count: int) -> list[dt.date]:
    """So many months, the oldest first; the last one is that of `day`."""
    last = day.year * 12 + day.month - 1
    return [dt.date(place // 12, place % 12 + 1, 1) for place in range(last - count + 1, last + 1)]


def day_in(first: dt.date, day: dt.date) -> dt.date:
    """The same day of another month, or its last one where it has no such day: 31 October is 30 September."""
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))
