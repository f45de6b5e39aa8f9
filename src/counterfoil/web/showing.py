"""How money, dates and quantities look: text for people, the same everywhere."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import numbers
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

MINUS = "\N{MINUS SIGN}"
# A space that neither breaks nor stretches, between a currency's code and its amount.
THIN = "\N{NARROW NO-BREAK SPACE}"


@lru_cache(maxsize=256)
def places_of(currency: str) -> int:
    """Decimals of a currency: 2 for GBP, 0 for JPY, 3 for KWD; 2 for a code nobody knows."""
    return numbers.get_currency_precision(currency) if currency else 2


@lru_cache(maxsize=256)
def symbol_of(currency: str) -> str:
    """£, €, US$ … or the code itself with a space after it."""
    symbol = numbers.get_currency_symbol(currency, "en_GB") if currency else ""
    return f"{symbol}{THIN}" if symbol == currency and symbol else symbol


def amount_text(amount: Decimal | None, currency: str = "") -> str:
    """1,234.50 in the currency's decimals. None: an empty text."""
    if amount is None:
        return ""
    step = Decimal(1).scaleb(-places_of(currency))
    rounded = Decimal(amount).quantize(step, rounding=ROUND_HALF_UP)
    if not rounded:
        rounded = abs(rounded)
    return f"{abs(rounded):,}" if rounded >= 0 else f"{MINUS}{abs(rounded):,}"


def money_text(amount: Decimal | None, currency: str) -> str:
    """£1,234.50; the sign stands before the symbol."""
    if amount is None:
        return ""
    text = amount_text(amount, currency)
    if text.startswith(MINUS):
        return f"{MINUS}{symbol_of(currency)}{text[1:]}"
    return f"{symbol_of(currency)}{text}"


def number_text(value: Decimal | None, least: int = 0) -> str:
    """A quantity, price or rate without idle zeros: 12, 0.5, 1,250.125; at least `least` decimals."""
    if value is None:
        return ""
    text = f"{abs(Decimal(value)):,f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0").ljust(least, "0")
    sign = MINUS if value < 0 else ""
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def day_text(day: dt.date | None) -> str:
    """4 Nov 2026. Every year from 1 to 9999 is shown, so that a wrong one is seen."""
    return f"{day.day} {day:%b} {day.year}" if day else ""


def moment_html(at: dt.datetime | None, *, ago_from: dt.datetime | None = None, form: str = "") -> SafeString:
    """A time in the reader's zone, with UTC on hover; with `ago_from`, how long ago it was.

    `form` is another way to write it, as `strftime` has it.
    """
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    text = local.strftime(form) if form else f"{day_text(local)}, {local:%H:%M}"
    text = ago_text(at, ago_from) if ago_from else text
    utc = at.astimezone(dt.UTC)
    title = f"{day_text(local)}, {local:%H:%M:%S} {local:%Z} ({utc:%Y-%m-%d %H:%M:%S} UTC)"
    return format_html('<time datetime="{}" title="{}">{}</time>', utc.isoformat(), title, text)


def ago_text(at: dt.datetime, now: dt.datetime) -> str:
    """just now, 4 min ago, in 3 min, 2 h ago, 5 days ago."""
    seconds = (now - at).total_seconds()
    size = abs(seconds)
    if size < 45:
        return "just now" if seconds >= 0 else "in a moment"
    if size < 5400:
        span = f"{round(size / 60)} min"
    elif size < 129_600:
        span = f"{round(size / 3600)} h"
    else:
        span = f"{round(size / 86_400)} days"
    return f"{span} ago" if seconds >= 0 else f"in {span}"


def duration_text(seconds: float | None) -> str:
    """12 s, 3 min 20 s, 1 h 5 min. None: not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def bytes_text(size: int) -> str:
    """Bytes in the unit that leaves at most four digits."""
    value = float(size)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
