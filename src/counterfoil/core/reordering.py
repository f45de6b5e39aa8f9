"""Whether a customer has stopped buying what they used to buy again and again."""

import datetime as dt

LEAST_DAYS = 30
LEAST_TIMES = 3


def usual_days(first: dt.date, last: dt.date, times: int) -> int | None:
    """Days between one purchase and the next, on average; None when there is no such habit: twice is none yet.

    `times` counts the purchases from `first` to `last`, both included.
    """
    return round((last - first).days / (times - 1)) or None if times >= LEAST_TIMES else None


def is_not_reordered(last: dt.date, usual: int | None, *, today: dt.date) -> bool:
    """Twice the usual days have gone by since `last`, and a month at least: shorter habits are noise."""
    return usual is not None and (today - last).days > max(2 * usual, LEAST_DAYS)
