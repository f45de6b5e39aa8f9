"""Sales by month: the chart, the table behind it, this month against others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.sales.months import Month, months_sold
from counterfoil.web.axis import Axis, axis_of, short_money
from counterfoil.web.dashboard.lists import SALES_COLUMNS, address

# This month, last month, and back to the same month a year ago.
MONTHS = 13
SLOT, WIDTH, HEIGHT = 100, 60, 200


@dataclass(frozen=True)
class Bar:
    """One month of the chart and of its table."""

    month: Month
    name: str
    invoices: str
    credits: str
    x: int
    y: float
    height: float
    is_now: bool
    is_year_ago: bool


@dataclass(frozen=True)
class Held:
    """A month that this one is held against: how much more or less this one brought by the same day, in percent."""

    bar: Bar
    until: dt.date
    percent: Decimal | None


def sales_context(company: OperatingCompany, today: dt.date) -> dict[str, Any]:
    months = months_sold(company.pk, today=today, count=MONTHS)
    axis = axis_of([month.net for month in months])
    bars = [_bar(month, place, axis) for place, month in enumerate(months)]
    now = bars[-1]
    return {
        "bars": bars,
        "now": now,
        "held": [_held(bars[-2], now, today), _held(bars[0], now, today)],
        "ticks": [short_money(tick, company.home_currency) for tick in axis.ticks],
        "lines": [f"{axis.place(tick, HEIGHT):.1f}" for tick in axis.ticks],
        "zero": f"{axis.place(Decimal(0), HEIGHT):.1f}",
        "chart_width": SLOT * MONTHS,
        "chart_height": HEIGHT,
        "bar_width": WIDTH,
        "has_sold": any(month.invoices or month.credits for month in months),
    }


def _bar(month: Month, place: int, axis: Axis) -> Bar:
    criteria = {"status": "invoiced", "from": f"{month.first}", "to": f"{month.last}"}
    zero, end = axis.place(Decimal(0), HEIGHT), axis.place(month.net, HEIGHT)
    return Bar(
        month=month,
        name=f"{month.first:%B %Y}",
        invoices=address("invoices", criteria, columns=SALES_COLUMNS),
        credits=address("credit-notes", criteria, columns=SALES_COLUMNS),
        x=place * SLOT + (SLOT - WIDTH) // 2,
        y=round(min(zero, end), 1),
        height=round(abs(zero - end), 1),
        is_now=place == MONTHS - 1,
        is_year_ago=place == 0,
    )


def _held(bar: Bar, now: Bar, today: dt.date) -> Held:
    before = bar.month.so_far
    more = (now.month.so_far - before) / before * 100 if before > 0 else None
    percent = more.quantize(Decimal(1), ROUND_HALF_UP) if more is not None else None
    return Held(bar, bar.month.until(today), percent)
