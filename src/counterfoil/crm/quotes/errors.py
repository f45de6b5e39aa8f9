"""What quotes refuse; the text is a sentence for people.

QuoteRefused        nothing was changed; the text says why and what to do
├── QuoteChanged    somebody else changed it meanwhile: look again, then decide
└── OrderStopped    checks stop the order; they come along, each with what fixes it
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.core.preflight import Check, stopping


class QuoteRefused(Exception):
    """Nothing was changed."""


class QuoteChanged(QuoteRefused):
    """The quote is not as it was when it was looked at."""


class OrderStopped(QuoteRefused):
    """The order may not go; `checks` has every check, passed ones too."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = list(checks)
        failed = " ".join(check.sentence for check in stopping(checks))
        super().__init__(f"The order was not confirmed and nothing was changed. {failed}")
