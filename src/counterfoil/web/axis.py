"""The columns of a chart as shares of its height, and the round figures at its side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from counterfoil.core.money import ZERO
from counterfoil.web.showing import MINUS, symbol_of

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
INTERVALS = 4
_UNITS = ((10**9, "bn"), (10**6, "m"), (10**3, "k"))


@dataclass(frozen=True)
class Axis:
    """Evenly spaced round figures, the highest first; zero is one of them, and every value lies between the ends."""

    ticks: Sequence[Decimal]

    @property
    def top(self) -> Decimal:
        return self.ticks[0]

    def place(self, value: Decimal, height: int) -> float:
        """How far from the top of a chart so high a value lies."""
        return float((self.top - value) / (self.top - self.ticks[-1]) * height)


def axis_of(values: Sequence[Decimal]) -> Axis:
    high, low = max(*values, ZERO), min(*values, ZERO)
    step = _step((high - low) / INTERVALS)
    first, last = math.floor(low / step), math.ceil(high / step)
    last += first == last  # nothing but zeros
    return Axis([step * n for n in range(last, first - 1, -1)])


def _step(least: Decimal) -> Decimal:
    """The round figure that is not below `least`: 1, 2, 2.5 or 5 times a power of ten."""
    if not least:
        return Decimal(1)
    power = Decimal(10) ** least.adjusted()
    return next(step * power for step in STEPS if step * power >= least)


def short_money(amount: Decimal, currency: str) -> str:
    """£40k, £2.5m: for the side of a chart."""
    size = abs(amount)
    unit, name = next(((unit, name) for unit, name in _UNITS if size >= unit), (1, ""))
    figure = f"{(size / unit).normalize():f}"
    return f"{MINUS if amount < 0 else ''}{symbol_of(currency)}{figure}{name}"
