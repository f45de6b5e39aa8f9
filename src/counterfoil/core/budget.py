"""How often each stream may be asked, so that a day's calls suffice (SY-7).

Five streams every five minutes are 1,440 calls a day: more than the 1,000 of Xero's Starter tier
(xero-facts 2.1). So streams that change less take part in every n-th pass only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

MINUTES_A_DAY = 1440

# How much rarer a stream may be asked than contacts and invoices when calls are short.
PATIENCE: Mapping[str, int] = {
    "contacts": 1,
    "invoices": 1,
    "credit_notes": 3,
    "purchase_orders": 3,
    "items": 9,
}


def calls_a_day(every: Mapping[str, int], pass_minutes: int) -> int:
    """Calls that idle passes make in a day when stream s takes part in every `every[s]`-th pass."""
    passes = MINUTES_A_DAY / pass_minutes
    return round(sum(passes / n for n in every.values()))


# A stream that webhooks tell of is still asked this often: events do get lost (xero-facts 5).
SAFETY_MINUTES = 60

# Reads that events may set off at once before they have to spread over the day.
BURST = 40


def rhythm(pass_minutes: int, budget: int, told: Collection[str] = ()) -> dict[str, int]:
    """Per stream: take part in every n-th pass. The densest rhythm whose idle calls fit `budget` a day.

    Streams in `told` are told of by webhooks and are asked about once an hour; polling then leaves half of the budget
    to the reads that events set off. A budget below what even the slowest sensible rhythm costs gets that rhythm: once
    an hour or so, and the reserve for people's own actions is kept by the governor.
    """
    safety = max(1, SAFETY_MINUTES // pass_minutes)
    slow = {stream: safety for stream in PATIENCE if stream in told}
    budget = budget // 2 if slow else budget
    every = dict.fromkeys(PATIENCE, 1) | slow
    if calls_a_day(every, pass_minutes) <= budget:
        return every
    for factor in range(1, 61):
        every = {s: max(patience * factor, slow.get(s, 1)) for s, patience in PATIENCE.items()}
        if calls_a_day(every, pass_minutes) <= budget:
            break
    return every


def may_read(spent_until: dt.datetime | None, *, budget: int, at: dt.datetime) -> bool:
    """Whether events may set off a read now. `spent_until`: see `spend`; None: nothing was spent yet."""
    return spent_until is None or spent_until - at <= _share(budget) * BURST


def spend(spent_until: dt.datetime | None, calls: int, *, budget: int, at: dt.datetime) -> dt.datetime:
    """The moment up to which `calls` more calls have used up what half of a day's `budget` grows by.

    So a busy hour is read within seconds at first and then in ever larger batches, and never uses up the day.
    """
    return max(spent_until or at, at) + _share(budget) * calls


def _share(budget: int) -> dt.timedelta:
    """What one call takes of a day of which events may use half the calls."""
    return dt.timedelta(days=1) / max(1, budget // 2)
