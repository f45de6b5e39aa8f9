"""What finance refuses; the text is a sentence for people.

FinanceRefused      a user's wish that cannot be granted
RateMissing         an exchange rate that nobody knows
FeedRefused         an answer of the rates service that is not to be trusted
"""

from __future__ import annotations

import datetime as dt


class FinanceRefused(Exception):
    """Nothing was changed; the text says why and what to do."""


class RateMissing(Exception):
    """No rate for `currency` on `on`; it is never taken for 1 (TX-3)."""

    def __init__(self, sentence: str, *, currency: str, on: dt.date) -> None:
        super().__init__(sentence)
        self.currency = currency
        self.on = on


class FeedRefused(Exception):
    """The rates service answered something that is no list of rates; what is stored stays."""
