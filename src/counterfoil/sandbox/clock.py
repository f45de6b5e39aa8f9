"""The time of the stand-in Xero: real time with an offset, or frozen. It is not a scheduler and wakes nobody."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def _possible(when: datetime) -> datetime:
    """Raise ValueError for a time at which sums of times would leave the calendar."""
    if not _FIRST <= when < _LAST:
        raise ValueError(f"The clock can show the years 1971 to 2998 only, not {when:%Y-%m-%d}.")
    return when


class Clock:
    """A thread-safe clock in UTC that tests and the control plane may set, move, freeze and release."""

    def __init__(self, start: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None
        if start is not None:
            self.set(start)
            self.freeze()

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        with self._lock:
            return self._standing()

    def _standing(self) -> datetime:
        return self._frozen if self._frozen is not None else self._real() + self._offset

    def set(self, when: datetime) -> None:
        """Jump to `when` (aware); a running clock runs on from there, a frozen one stands there.

        Raises ValueError, here and in `advance`, for a year that is not 1971 to 2998.
        """
        when = _possible(when.astimezone(UTC))
        with self._lock:
            if self._frozen is None:
                self._offset = when - self._real()
            else:
                self._frozen = when

    def advance(self, seconds: float) -> None:
        """Move forward (or, with a negative number, back) by `seconds`."""
        with self._lock:
            try:
                there = self._standing() + timedelta(seconds=seconds)
            except OverflowError as beyond:
                raise ValueError(f"The clock cannot be moved by {seconds:g} seconds.") from beyond
            if self._frozen is not None:
                self._frozen = _possible(there)
            else:
                self._offset = _possible(there) - self._real()

    def freeze(self) -> None:
        """Stand still at the current moment."""
        with self._lock:
            if self._frozen is None:
                self._frozen = self._real() + self._offset

    def run(self) -> None:
        """Run on from the moment at which the clock stands."""
        with self._lock:
            if self._frozen is not None:
                self._offset = self._frozen - self._real()
                self._frozen = None

    @staticmethod
    def _real() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)
