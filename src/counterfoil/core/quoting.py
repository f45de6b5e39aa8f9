"""What a quote's lines become before they are added up: prices, delivery, groups, words, dates, margin.

Not here: adding up (`totals`), which tax a line takes (`taxchoice`), whether an order may go (`preflight`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, NamedTuple

from counterfoil.core.money import ZERO, in_home_currency, to_four, to_penny
from counterfoil.core.totals import LineAmounts

ONE: Final = Decimal(1)
_HUNDRED = Decimal(100)
_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)


class Priced(NamedTuple):
    """Quantity and unit price as Xero can keep them; `note` says what was done to get there."""

    quantity: Decimal
    unit_price: Decimal
    note: str = ""


def priced(quantity: Decimal, unit_price: Decimal) -> Priced:
    """Quantity and price with 4 decimals at most, which is what Xero keeps (xero-facts 4.5, reliability D13).

    A finer one becomes quantity 1 at the whole amount, since cutting it would change the total:
    8,555,500 at 0.00015 is one at 1,283.325.
    """
    if quantity == to_four(quantity) and unit_price == to_four(unit_price):
        return Priced(quantity, unit_price)
    whole = to_four(_EXACT.multiply(quantity, unit_price))
    note = f"{quantity:,f} at {unit_price:,f}, as one at {whole.normalize():,f}: Xero keeps 4 decimals."
    return Priced(ONE, whole, note)


def price_in_document(
    home_price: Decimal, *, rate: Decimal, tax_rate: Decimal = ZERO, kind: str = LineAmounts.EXCLUSIVE
) -> Decimal:
    """A price list's price (home currency, without tax) as a quote shows it, 4 decimals.

    `rate` is units of document currency per unit of home currency. Inclusive quotes show it with tax.
    """
    price = _EXACT.multiply(home_price, rate)
    if kind == LineAmounts.INCLUSIVE:
        price = _EXACT.divide(_EXACT.multiply(price, _HUNDRED + tax_rate), _HUNDRED)
    return to_four(price)


def delivery_by_value(
    order_net: Decimal, *, rate: Decimal, charge: Decimal, free_over: Decimal | None
) -> Decimal:
    """The automatic delivery charge in document currency, to the penny (PU-5).

    `order_net` is in document currency, `charge` and `free_over` in home currency; orders of
    `free_over` or more go free, and so does an order of nothing.
    """
    home = in_home_currency(order_net, rate)
    if home <= 0 or (free_over is not None and home >= free_over):
        return ZERO
    return to_penny(_EXACT.multiply(charge, rate))


def sent_description(description: str, extended: str, *, combine: bool, code: str = "") -> str:
    """The text of an invoice line: both descriptions when they are combined (IS-6), never nothing."""
    parts = [part for part in (description, extended if combine else "") if part]
    return "\n".join(parts) or extended or code


# The words in which the CRM keeps Xero's four kinds of terms (core.mapping.contacts, xero-facts 4.2).
_AFTER_INVOICE = re.compile(r"(\d+) days after the invoice date")
_AFTER_MONTH = re.compile(r"(\d+) days after the end of the invoice month")
_THIS_MONTH = re.compile(r"Day (\d+) of the current month")
_NEXT_MONTH = re.compile(r"Day (\d+) of the following month")


def due_on(date: dt.date, terms: str, *, days: int) -> dt.date:
    """The due date by a customer's payment terms (in words), else `days` after `date`.

    Day 31 of a shorter month is its last; a day of the current month that is over is next month's.
    """
    if found := _AFTER_INVOICE.fullmatch(terms):
        return date + dt.timedelta(days=int(found[1]))
    if found := _AFTER_MONTH.fullmatch(terms):
        return _in_month(date, 31, months=0) + dt.timedelta(days=int(found[1]))
    if found := _THIS_MONTH.fullmatch(terms):
        due = _in_month(date, int(found[1]), months=0)
        return due if due >= date else _in_month(date, int(found[1]), months=1)
    if found := _NEXT_MONTH.fullmatch(terms):
        return _in_month(date, int(found[1]), months=1)
    return date + dt.timedelta(days=days)


def _in_month(date: dt.date, day: int, *, months: int) -> dt.date:
    """`day` of the month so many months after that of `date`, or that month's last day."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, max(1, min(day, last)))


class Margin(NamedTuple):
    """What is left of a net amount after cost, both in home currency; `rate` in per cent of net."""

    net: Decimal
    cost: Decimal
    amount: Decimal
    rate: Decimal | None


def margin(net: Decimal, cost: Decimal) -> Margin:
    """The margin; its rate is None for a net amount of nothing, and has 1 decimal."""
    left = net - cost
    rate = (left * _HUNDRED / net).quantize(Decimal("0.1"), context=_EXACT) if net else None
    return Margin(net, cost, left, rate)


class GroupedLine(NamedTuple):
    """A line as far as groups need it; `counts` is false for optional lines and headings."""

    is_heading: bool
    text: str
    net: Decimal
    counts: bool


class Group(NamedTuple):
    """A heading ("" before the first) with the positions of its lines and what they add up to."""

    heading: str
    lines: tuple[int, ...]
    net: Decimal


def groups(lines: Iterable[GroupedLine]) -> list[Group]:
    """Lines under the heading that precedes them; an empty first group is left out."""
    found: list[Group] = [Group("", (), ZERO)]
    for place, line in enumerate(lines):
        if line.is_heading:
            found.append(Group(line.text, (), ZERO))
            continue
        last = found[-1]
        net = last.net + (line.net if line.counts else ZERO)
        found[-1] = Group(last.heading, (*last.lines, place), net)
    return found if found[0].lines else found[1:]
