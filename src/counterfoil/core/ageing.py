"""How long open amounts have been due, grouped as accountants group them (CU-12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from counterfoil.core.money import ZERO

# The most days overdue in each group but the last.
_MOST_DAYS = (0, 30, 60, 90)


class Ageing(NamedTuple):
    """Open invoices in home currency by days overdue; `credits` are unused credit notes, negative."""

    current: Decimal = ZERO
    days_1_30: Decimal = ZERO
    days_31_60: Decimal = ZERO
    days_61_90: Decimal = ZERO
    days_91: Decimal = ZERO
    credits: Decimal = ZERO

    @property
    def overdue(self) -> Decimal:
        """What is past its due date, before credits."""
        return self.days_1_30 + self.days_31_60 + self.days_61_90 + self.days_91

    @property
    def owed(self) -> Decimal:
        """All that is open, credits taken off."""
        return sum(self, ZERO)


def group_of(due: dt.date | None, today: dt.date) -> int:
    """0 (not yet due, or no due date) to 4 (91 days and more). `today` is the organisation's own day (IN-5)."""
    days = (today - due).days if due else 0
    return sum(days > most for most in _MOST_DAYS)


def ageing_of(
    open_invoices: Iterable[tuple[dt.date | None, Decimal]], unused: Decimal, *, today: dt.date
) -> Ageing:
    """Group (due date, amount in home currency) pairs; `unused` is what credit notes still hold, negative."""
    groups = [ZERO] * (len(_MOST_DAYS) + 1)
    for due, amount in open_invoices:
        groups[group_of(due, today)] += amount
    current, to_30, to_60, to_90, beyond = groups
    return Ageing(current, to_30, to_60, to_90, beyond, unused)
