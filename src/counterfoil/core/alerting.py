"""When a message may leave: quiet hours, and the pauses between tries of one that did not arrive (TK-2). Pure."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

MOST_TRIES = 8
FIRST_PAUSE = dt.timedelta(minutes=1)
LONGEST_PAUSE = dt.timedelta(hours=2)


def after_quiet(
    at: dt.datetime, zone: ZoneInfo, quiet_from: dt.time | None, quiet_until: dt.time | None
) -> dt.datetime:
    """`at`, or the end of the quiet hours that it falls into, by the clock of `zone`. They may pass midnight."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return at
    here = at.astimezone(zone)
    now = here.time()
    passes_midnight = quiet_from > quiet_until
    is_quiet = now >= quiet_from or now < quiet_until if passes_midnight else quiet_from <= now < quiet_until
    if not is_quiet:
        return at
    day = here.date() + dt.timedelta(days=1 if passes_midnight and now >= quiet_from else 0)
    return dt.datetime.combine(day, quiet_until, zone).astimezone(at.tzinfo)


def next_try(tries: int, at: dt.datetime) -> dt.datetime | None:
    """When to try again after so many tries; None when it is given up, about five hours after the first."""
    if tries >= MOST_TRIES:
        return None
    pause: dt.timedelta = FIRST_PAUSE * (1 << (tries - 1))
    return at + min(pause, LONGEST_PAUSE)
