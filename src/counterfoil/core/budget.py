"""How often each stream may be asked, so that a day's calls suffice (SY-7).

Five streams every five minutes are 1,440 calls a day: more than the 1,000 of Xero's Starter tier
(xero-facts 2.1). So streams that change less take part in every n-th pass only.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def rhythm(pass_minutes: int, budget: int) -> dict[str, int]:
    """Per stream: take part in every n-th pass. The densest rhythm whose idle calls fit `budget` a day.

    A budget below what even the slowest sensible rhythm costs gets that rhythm: once an hour or so,
    and the reserve for people's own actions is kept by the governor.
    """
    every = dict.fromkeys(PATIENCE, 1)
    if calls_a_day(every, pass_minutes) <= budget:
        return every
    for factor in range(1, 61):
        every = {stream: patience * factor for stream, patience in PATIENCE.items()}
        if calls_a_day(every, pass_minutes) <= budget:
            break
    return every
