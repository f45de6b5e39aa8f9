"""Charts as plain values: how long each bar is. The template draws them as SVG; the table below has the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest
from typing import Any

from counterfoil.core.money import ZERO
from counterfoil.web.axis import axis_of, short_money
from counterfoil.web.showing import money_text

Names = Callable[[Any], tuple[str, str]]
MOST_BARS = 10
# Of the drawing, in its own units.
WIDTH, HEIGHT = 1000, 160
WIDEST = 72.0


@dataclass(frozen=True)
class Bar:
    """`start` and `length` are in the drawing's units, along the axis that amounts are drawn on."""

    label: str
    said: str
    address: str
    place: str
    start: str
    length: str
    width: str = ""
    below: bool = False


@dataclass(frozen=True)
class Chart:
    """`kind`: "columns" (one after another in time), "bars" (the largest first) or "ages".

    `ticks`: the figures at the side, each with its place, the highest first.
    """

    kind: str
    title: str
    bars: Sequence[Bar]
    ticks: Sequence[tuple[str, str]] = ()
    zero: str = "0"


def columns(title: str, points: Sequence[tuple[str, Decimal, str]], currency: str) -> Chart:
    """(label, amount, address) in the order of time; amounts below nothing hang below the line."""
    axis = axis_of([amount for _, amount, _ in points])
    zero, slot = axis.place(ZERO, HEIGHT), WIDTH / len(points)
    wide, bars = min(slot * 0.68, WIDEST), []
    for number, (label, amount, address) in enumerate(points):
        end = axis.place(amount, HEIGHT)
        bars.append(
            Bar(
                label,
                money_text(amount, currency),
                address,
                f"{(number + 0.5) * slot - wide / 2:.1f}",
                f"{min(end, zero):.1f}",
                f"{abs(end - zero):.1f}",
                f"{wide:.1f}",
                below=amount < 0,
            )
        )
    ticks = [(short_money(tick, currency), f"{axis.place(tick, HEIGHT):.1f}") for tick in axis.ticks]
    return Chart("columns", title, bars, ticks, f"{zero:.1f}")


def bars(
    title: str, rows: Iterable[Any], value: Callable[[Any], Decimal], names: Names, currency: str
) -> Chart:
    """The rows of the largest amounts, the largest first; `names` gives label and address of those alone."""
    shown = [row for row in nlargest(MOST_BARS, rows, key=value) if value(row) > 0]
    most = value(shown[0]) if shown else Decimal(1)
    drawn = []
    for row in shown:
        label, address = names(row)
        length = float(value(row) / most) * WIDTH
        said = money_text(value(row), currency)
        drawn.append(Bar(label[:60], said, address, "0", "0", f"{length:.1f}"))
    return Chart("bars", title, drawn)


def ages(title: str, points: Sequence[tuple[str, Decimal, str]], currency: str) -> Chart:
    """One bar in parts: (label, amount, address), from what is not due to what is latest."""
    whole, start, drawn = sum((max(p[1], ZERO) for p in points), ZERO), 0.0, []
    for place, (label, amount, address) in enumerate(points, 1):
        length = float(max(amount, ZERO) / whole) * WIDTH if whole else 0.0
        said = money_text(amount, currency)
        drawn.append(Bar(label, said, address, f"{place}", f"{start:.1f}", f"{length:.1f}"))
        start += length
    return Chart("ages", title, drawn)
