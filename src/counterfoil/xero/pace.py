"""How fast one organisation may be called, as a value: no threads, no clock, no I/O.

Xero counts 60 calls a minute per organisation in fixed windows whose beginning it does not tell (xero-facts §2.1). Two
rules together never exceed it. Our own calls: at most 60 in any 60 seconds, each counted until a minute after its
*answer*, because Xero counted it somewhere between sending and answer. Everybody else's: what the last answer said is
left, less what is still under way; when that is nothing, wait until the window that answer belonged to is surely over.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 60.0
# Two clocks never agree to the millisecond.
MARGIN_S = 0.25


@dataclass(slots=True)
class Pace:
    """The state of one organisation's minute. Times are seconds on any clock that only goes forward.

    `left` is the lowest figure an answer of this window gave; each call in flight may still take one of it.
    """

    limit: int = 60
    max_in_flight: int = 4
    in_flight: int = 0
    left: int | None = None
    window_over: float = 0.0
    closed_until: float = 0.0
    answered: deque[float] = field(default_factory=deque)
    refused_until: float = 0.0
    _told: bool = True

    def wait_s(self, now: float) -> float | None:
        """How long to wait before the next call: 0 to go, None until a call under way has ended."""
        self._forget(now)
        if now < self.closed_until:
            return self.closed_until - now
        if self.in_flight >= self._allowed_in_flight():
            return None
        if self.left is not None and self.left <= self.in_flight:
            return None if self.in_flight else self.window_over - now
        if self.in_flight + len(self.answered) < self.limit:
            return 0.0
        return self.answered[0] + WINDOW_S + MARGIN_S - now if self.answered else None

    def start(self) -> None:
        """A call goes out."""
        self.in_flight += 1

    def finish(self, now: float, left: int | None) -> None:
        """A call has ended; `left` is what its answer said is left of this minute, None if it did not say."""
        self.in_flight -= 1
        self.answered.append(now)
        self._told = left is not None
        if left is None:
            # It may have been counted all the same.
            self.left = None if self.left is None else self.left - 1
        elif now < self.refused_until:
            pass  # sent before the refusal, and overtaken by it
        # Answers may overtake each other by as many as are in flight; more than that is a new window.
        elif self.left is None or left > self.left + self.max_in_flight:
            self.left, self.window_over = left, now + WINDOW_S + MARGIN_S
        else:
            self.left = min(self.left, left)

    def close_until(self, moment: float) -> None:
        """Nothing may go out before `moment`."""
        self.closed_until = max(self.closed_until, moment)

    def window_ends(self, moment: float) -> None:
        """Xero said when the window of this minute ends: nothing goes out before, and nothing before counts after."""
        self.left, self.window_over = 0, moment
        self.refused_until = moment
        self.answered.clear()

    def this_minute(self, now: float) -> int:
        """How many of our calls the last minute may hold."""
        self._forget(now)
        return self.in_flight + len(self.answered)

    def _allowed_in_flight(self) -> int:
        """One at a time until an answer has told what is left; all at once if Xero does not tell."""
        return 1 if self.left is None and self._told else self.max_in_flight

    def _forget(self, now: float) -> None:
        while self.answered and self.answered[0] + WINDOW_S + MARGIN_S <= now:
            self.answered.popleft()
        if self.left is not None and now >= self.window_over:
            self.left = None
