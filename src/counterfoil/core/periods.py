"""Periods that people ask reports for, by name: from which day to which. It knows no clock: the day is given."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import NamedTuple

# The day a financial year ends on, as (month, day).
YearEnd = tuple[int, int]


class Period(NamedTuple):
    """Both days are in it; None: open on that side."""

    since: dt.date | None
    until: dt.date | None


def period_of(name: str, *, today: dt.date, year_end: YearEnd | None = None) -> Period | None:
    """The period called `name` as it stands on `today`; None for a name that means nothing.

    Months and quarters are those of the calendar, whole ones, the rest of the current one included. "year" and
    "last-year" are financial years, and mean nothing as long as `year_end` is not known.
    """
    first = today.replace(day=1)
    quarter = months_on(first, -((today.month - 1) % 3))
    if name == "12-months":
        return Period(months_on(first, -11), _last_of(first))
    if name == "month":
        return Period(first, _last_of(first))
    if name == "last-month":
        return Period(months_on(first, -1), first - dt.timedelta(days=1))
    if name == "quarter":
        return Period(quarter, _last_of(months_on(quarter, 2)))
    if name == "last-quarter":
        return Period(months_on(quarter, -3), quarter - dt.timedelta(days=1))
    if name in ("year", "last-year") and year_end:
        return _year(today, year_end, back=name == "last-year")
    return None


def months_on(first: dt.date, months: int) -> dt.date:
    """The first of a month, so many months after (before, if negative) the month that begins with `first`."""
    place = first.year * 12 + first.month - 1 + months
    return dt.date(place // 12, place % 12 + 1, 1)


def _last_of(first: dt.date) -> dt.date:
    return months_on(first, 1) - dt.timedelta(days=1)


def _year(today: dt.date, year_end: YearEnd, *, back: bool) -> Period:
    year = today.year if today <= _end_in(today.year, year_end) else today.year + 1
    year -= back
    return Period(_end_in(year - 1, year_end) + dt.timedelta(days=1), _end_in(year, year_end))


def _end_in(year: int, year_end: YearEnd) -> dt.date:
    """29 to 31 mean the last day of a shorter month."""
    month, day = year_end
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))
