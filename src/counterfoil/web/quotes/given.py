"""What people typed, as values: numbers and days in the ways they are written here."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from counterfoil.crm.quotes.services import QuoteRefused

_NOISE = re.compile(r"[\s\u00a0\u202f%£€$¥'’]")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
_TIMES = re.compile(r"(?P<quantity>\d[\d.,]*)\s*[x×*]\s*(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_LONGEST = 60


def number_given(text: str, what: str) -> Decimal:
    """1,234.50, £12, 12.5 % or 12,5; raises QuoteRefused for what is no number."""
    shown = text.strip()[:_LONGEST]
    plain = _NOISE.sub("", text[:_LONGEST]).replace("\N{MINUS SIGN}", "-")
    unsigned = plain.lstrip("-")
    if _THOUSANDS.fullmatch(unsigned):
        plain = plain.replace(",", "")
    elif unsigned.count(",") == 1 and "." not in unsigned:
        plain = plain.replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise QuoteRefused(f"“{shown}” is no {what}. Nothing was changed; write it as 1234.50.") from None
    if not value.is_finite():
        raise QuoteRefused(f"“{shown}” is no {what}. Nothing was changed; write it as 1234.50.")
    return value


def day_given(text: str, what: str) -> dt.date | None:
    """A day as 2026-11-21, which is what date fields send, or 21/11/2026; None for an empty text."""
    shown = text.strip()[:_LONGEST]
    if not shown:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(shown, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise QuoteRefused(f"“{shown}” is no {what}. Nothing was changed; write it as 21/11/2026.")


class Typed(NamedTuple):
    """What was typed into the field that adds lines: words, how many, and which kind was meant."""

    words: str
    quantity: Decimal | None = None
    kind: str = "item"


def line_typed(text: str) -> Typed:
    """`3x TAB-100` is three of TAB-100, `# Ground floor` a heading, `" as discussed` a text."""
    words = text.replace("\x00", "").strip()[:4000]
    if words.startswith("#"):
        return Typed(words.lstrip("# ").strip(), None, "heading")
    if words.startswith(('"', "“")):
        return Typed(words.strip('"“” '), None, "text")
    if (found := _TIMES.fullmatch(words)) and not found["rest"].isdecimal():
        try:
            return Typed(found["rest"].strip(), number_given(found["quantity"], "quantity"))
        except QuoteRefused:
            return Typed(words)
    return Typed(words)
