"""The gate every call to one organisation passes: threads wait here, so that Xero never has to refuse.

One governor per organisation and process. It holds calls back for seconds, never for hours: when the day is used up,
or the wait would be longer than the caller can bear, it raises RateLimited at once with the time to come back. Calls a
person waits for go before background calls, and the last `day_reserve` calls of a day are theirs alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from random import random
from typing import Literal, Protocol

from counterfoil.xero.answers import limit_kind, retry_after
from counterfoil.xero.errors import LimitKind, RateLimited
from counterfoil.xero.pace import MARGIN_S, WINDOW_S, Pace

Priority = Literal["user", "background"]

# A day's figure as old as this is tried again with one call: nobody knows when Xero's day begins (xero-facts §2.1).
_DAY_FIGURE_LASTS_S = 3600.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The limits as known at `taken_at`, to show and to carry over a restart. All times in seconds since 1970.

    `minute_left` and `day_left` are what Xero last said, None if it has not; `calls_today` counts ours since midnight
    UTC; `closed_until` is when the next call may go, if that is not now, and `closed_by` the limit in the way.
    """

    taken_at: float
    in_flight: int
    calls_this_minute: int
    minute_left: int | None
    calls_today: int
    day_left: int | None
    day_left_seen_at: float | None
    closed_until: float | None
    closed_by: LimitKind | None


class Slot:
    """The right to make one call. Tell it what came back; without that the call counts as failed on the way."""

    __slots__ = ("headers", "status")

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}

    def seen(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer's status and its headers, lower-case names."""
        self.status, self.headers = status, headers


class Turns(Protocol):
    """Whoever gives calls their turn: a governor, or something that asks for more before it."""

    def slot(
        self, priority: Priority = "background", *, max_wait_s: float = 90.0
    ) -> AbstractContextManager[Slot]:
        """The right to make one call."""


class Governor:
    """Thread-safe. `wall` (since 1970) is for what is shown and kept, `monotonic` for waiting."""

    def __init__(
        self,
        *,
        max_in_flight: int = 4,
        minute_limit: int = 60,
        day_reserve: int = 100,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random,
    ) -> None:
        self._pace = Pace(limit=minute_limit, max_in_flight=max_in_flight)
        self._day_reserve = day_reserve
        self._wall, self._monotonic, self._sleep, self._jitter = wall, monotonic, sleep, jitter
        self._changed = threading.Condition()
        self._users_waiting = 0
        self._closed_by: LimitKind = "minute"
        self._day_left: int | None = None
        self._day_left_seen_at: float | None = None
        self._day_closed_until = 0.0
        self._calls_today, self._today = 0, int(wall() // _DAY_S)

    def reserve_set(self, day_reserve: int) -> None:
        """From now on keep this many of a day's calls for people."""
        with self._changed:
            self._day_reserve = day_reserve
            self._changed.notify_all()

    @contextmanager
    def slot(self, priority: Priority = "background", *, max_wait_s: float = 90.0) -> Iterator[Slot]:
        """Wait for the right to make one call, and give it back afterwards, whatever happened."""
        self.acquire(priority, max_wait_s=max_wait_s)
        slot = Slot()
        try:
            yield slot
        finally:
            self.release(slot.headers, status=slot.status)

    def acquire(self, priority: Priority = "background", *, max_wait_s: float = 90.0) -> None:
        """Return when a call may go. RateLimited, at once, when that would take longer than `max_wait_s`."""
        give_up = self._monotonic() + max_wait_s
        with self._waiting(priority):
            while (wait_s := self._try(priority, give_up)) > 0:
                self._sleep(wait_s)

    def release(self, headers: Mapping[str, str] | None, *, status: int | None = None) -> None:
        """A call has ended. `headers` are its answer's (lower-case names), None if none came."""
        headers = headers or {}
        with self._changed:
            now = self._monotonic()
            self._pace.finish(now, _figure(headers, "x-minlimit-remaining"))
            day_left = _figure(headers, "x-daylimit-remaining")
            if day_left is not None:
                self._day_left, self._day_left_seen_at = day_left, self._wall()
            if status == 429:
                self._obey(headers, now)
            if _figure(headers, "x-appminlimit-remaining") == 0:
                self._close("app", now + WINDOW_S)
            self._changed.notify_all()

    def snapshot(self) -> Snapshot:
        """What is known now."""
        with self._changed:
            wall, now = self._wall(), self._monotonic()
            self._turn_the_page(wall)
            wait_s = self._pace.wait_s(now)
            closed_until: float | None = wall + wait_s if wait_s else None
            closed_by: LimitKind | None = self._closed_by if wait_s else None
            if self._day_closed_until > wall:
                closed_until, closed_by = self._day_closed_until, "day"
            return Snapshot(
                taken_at=wall,
                in_flight=self._pace.in_flight,
                calls_this_minute=self._pace.this_minute(now),
                minute_left=self._pace.left,
                calls_today=self._calls_today,
                day_left=self._day_left,
                day_left_seen_at=self._day_left_seen_at,
                closed_until=closed_until,
                closed_by=closed_by,
            )

    def resume(self, kept: Snapshot) -> None:
        """Take over what an earlier process knew. What has since run out is ignored."""
        with self._changed:
            wall, now = self._wall(), self._monotonic()
            self._turn_the_page(wall)
            if int(kept.taken_at // _DAY_S) == self._today:
                self._calls_today += kept.calls_today
            if self._day_left is None and kept.day_left_seen_at is not None and kept.day_left_seen_at <= wall:
                self._day_left, self._day_left_seen_at = kept.day_left, kept.day_left_seen_at
            if kept.closed_until is None or not wall < kept.closed_until <= wall + _DAY_S:
                return
            if kept.closed_by == "day":
                self._day_closed_until = kept.closed_until
            else:
                self._close(kept.closed_by or "minute", now + kept.closed_until - wall)

    # ------------------------------------------------------------------ with the lock held, unless said otherwise

    @contextmanager
    def _waiting(self, priority: Priority) -> Iterator[None]:
        """Not holding the lock: makes background calls step back while a person's call waits."""
        mine = int(priority == "user")
        with self._changed:
            self._users_waiting += mine
        try:
            yield
        finally:
            with self._changed:
                self._users_waiting -= mine
                self._changed.notify_all()

    def _try(self, priority: Priority, give_up: float) -> float:
        """Not holding the lock: take a place and return 0, or return the seconds to sleep before the next try."""
        with self._changed:
            while True:
                now, wall = self._monotonic(), self._wall()
                self._check_the_day(priority, wall)
                wait_s = self._pace.wait_s(now)
                if priority == "background" and self._users_waiting:
                    wait_s = None if wait_s == 0 else wait_s
                if wait_s is None:
                    self._wait_for_release(give_up - now)
                    continue
                if wait_s > 0:
                    if now + wait_s > give_up:
                        raise _limited(self._closed_by, wait_s)
                    return wait_s
                self._pace.start()
                self._turn_the_page(wall)
                self._calls_today += 1
                self._closed_by = "minute"
                return 0.0

    def _wait_for_release(self, at_most_s: float) -> None:
        if at_most_s <= 0 or not self._changed.wait(at_most_s):
            raise _limited("concurrent", 2.0)

    def _check_the_day(self, priority: Priority, wall: float) -> None:
        if self._day_closed_until > wall:
            raise _limited("day", self._day_closed_until - wall)
        if self._day_left is None or self._day_left_seen_at is None:
            return
        reserve = self._day_reserve if priority == "background" else 0
        age_s = wall - self._day_left_seen_at
        if self._day_left <= reserve and 0 <= age_s < _DAY_FIGURE_LASTS_S:
            raise _limited("day", _DAY_FIGURE_LASTS_S - age_s)

    def _obey(self, headers: Mapping[str, str], now: float) -> None:
        """Stop for as long as a 429 asks, or, where it does not say, as long as its kind of limit lasts."""
        wall = self._wall()
        asked = retry_after(headers, wall)
        kind = limit_kind(headers, asked)
        if kind == "day":
            self._day_closed_until = wall + (_DAY_FIGURE_LASTS_S if asked is None else asked)
        elif kind == "concurrent":
            # The limit tells no time (xero-facts §2.1); spread, so that several processes do not return together.
            self._close(kind, now + (1.0 + self._jitter() if asked is None else asked))
        elif kind == "minute" and asked is not None:
            self._closed_by = kind
            self._pace.window_ends(now + asked + MARGIN_S)
        else:
            self._close(kind, now + (WINDOW_S if asked is None else asked))

    def _close(self, kind: LimitKind, moment: float) -> None:
        self._closed_by = kind
        self._pace.close_until(moment)

    def _turn_the_page(self, wall: float) -> None:
        today = int(wall // _DAY_S)
        if today != self._today:
            self._today, self._calls_today = today, 0


def _figure(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _limited(kind: LimitKind, wait_s: float) -> RateLimited:
    return RateLimited(
        f"Calls to Xero are held back ({kind} limit).", kind=kind, retry_after_s=max(wait_s, 0.0)
    )
