"""The contents of table cells. Every value of a record is escaped: names may hold anything."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from counterfoil.web import showing

LONGEST = 120


def plain(value: str) -> SafeString:
    """Text alone. Most cells are that, and format_html takes five times as long over it."""
    return SafeString(escape(value))


def text(value: str, most: int = LONGEST) -> SafeString:
    """One line of text, cut at `most` characters: a cell never needs the rest of 10 MB."""
    if len(value) <= most:
        return plain(value)
    return plain(f"{value[:most].rstrip()}\N{HORIZONTAL ELLIPSIS}")


def clipped(value: str, most: int = 400) -> SafeString:
    """The beginning of a longer text, and how much more of it there is."""
    if len(value) <= most:
        return plain(value)
    return format_html(
        '{}\N{HORIZONTAL ELLIPSIS} <span class="muted">({} characters in all)</span>',
        value[:most].rstrip(),
        f"{len(value):,}",
    )


def amount(value: Decimal | None, currency: str, tone: str = "") -> SafeString:
    """An amount of the home currency: no code, zero in grey."""
    if value is None:
        return SafeString("")
    shown = showing.amount_text(value, currency)
    classes = "zero" if not value else tone
    return format_html('<span class="{}">{}</span>', classes, shown) if classes else plain(shown)


def foreign(value: Decimal | None, currency: str, home: str) -> SafeString:
    """An amount with its currency's code in front where that is not the home currency."""
    if value is None:
        return SafeString("")
    if currency == home:
        return amount(value, currency)
    return format_html('<span class="currency">{}</span> {}', currency, amount(value, currency))


def number(value: Decimal | None, least: int = 0) -> SafeString:
    return plain(showing.number_text(value, least))


def day(value: dt.date | None) -> SafeString:
    return plain(showing.day_text(value)) if value else SafeString("")


def badge(label: str, tone: str = "neutral") -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span>', tone, label)


def badges(pairs: list[tuple[str, str]]) -> SafeString:
    return format_html_join(" ", '<span class="badge badge-{1}">{0}</span>', pairs)


def two_lines(first: SafeString, second: SafeString) -> SafeString:
    if not second:
        return first
    return format_html('{} <span class="second">{}</span>', first, second)
