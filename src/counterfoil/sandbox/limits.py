"""Xero's call limits, per app and organisation and per app (xero-facts 2.1).

Five calls in flight, 60 a minute, 1,000 or 5,000 a day, 10,000 a minute over all organisations of an app.
Windows are fixed and start with the first call in them. Refused calls cost no quota unless told otherwise.
"""

import math
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
IN_FLIGHT = 5
CALLS_A_MINUTE = 60
CALLS_A_MINUTE_APP = 10_000


@dataclass(slots=True)
class _Window:
    """A counter that starts again when its time is over."""

    length: timedelta
    began_at: datetime | None = None
    used: int = 0

    def roll(self, now: datetime) -> None:
        if self.began_at is None or not self.began_at <= now < self.began_at + self.length:
            self.began_at, self.used = now, 0

    def wait_s(self, now: datetime) -> int:
        began_at = self.began_at or now
        return max(1, math.ceil((began_at + self.length - now).total_seconds()))


@dataclass(slots=True)
class _Counters:
    minute: _Window = field(default_factory=lambda: _Window(MINUTE))
    day: _Window = field(default_factory=lambda: _Window(DAY))
    in_flight: int = 0
    in_flight_max: int = 0


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict: headers for the answer, and the problem's name when the call is refused."""

    headers: dict[str, str]
    problem: str | None = None
    in_flight: int = 0


class Limits:
    """All counters. ``enabled`` False lets everything through and still counts and still sends headers."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._lock = threading.Lock()
        self._tenants: defaultdict[tuple[str, str], _Counters] = defaultdict(_Counters)
        self._apps: defaultdict[str, _Window] = defaultdict(lambda: _Window(MINUTE))
        self._blocked_until: dict[tuple[str, str], datetime] = {}

    def enter(
        self, app: str, tenant: str, *, a_day: int, now: datetime, refused_count: bool = False
    ) -> Admission:
        """Count a call in; each admitted one must be followed by ``leave``.

        ``refused_count`` makes refused calls cost quota too, which nobody knows (xero-facts 8.20).
        """
        with self._lock:
            counters, whole = self._tenants[app, tenant], self._apps[app]
            for window in (counters.minute, counters.day, whole):
                window.roll(now)
            problem, wait_s = self._exceeded(counters, whole, a_day, now)
            if problem is None or refused_count:
                counters.minute.used += 1
                counters.day.used += 1
                whole.used += 1
            headers = _remaining(counters, whole, a_day)
            if not self.enabled:
                headers["x-minlimit-remaining"] = str(CALLS_A_MINUTE)  # else a client would wait for nothing
            if problem is None:
                counters.in_flight += 1
                counters.in_flight_max = max(counters.in_flight_max, counters.in_flight)
                return Admission(headers, in_flight=counters.in_flight)
            headers["x-rate-limit-problem"] = problem
            if wait_s is not None:
                headers["retry-after"] = str(wait_s)
                self._blocked_until[app, tenant] = now + timedelta(seconds=wait_s)
            return Admission(headers, problem)

    def _exceeded(
        self, counters: _Counters, whole: _Window, a_day: int, now: datetime
    ) -> tuple[str | None, int | None]:
        if not self.enabled:
            return None, None
        if counters.in_flight >= IN_FLIGHT:
            return "concurrent", None
        if whole.used >= CALLS_A_MINUTE_APP:
            return "appminute", whole.wait_s(now)
        if counters.day.used >= a_day:
            return "day", counters.day.wait_s(now)
        if counters.minute.used >= CALLS_A_MINUTE:
            return "minute", counters.minute.wait_s(now)
        return None, None

    def leave(self, app: str, tenant: str) -> None:
        """An admitted call is over."""
        with self._lock:
            self._tenants[app, tenant].in_flight -= 1

    def app_remaining(self, app: str, *, now: datetime) -> int:
        """What is left of the app's minute, for answers given before a tenant is known."""
        with self._lock:
            self._apps[app].roll(now)
            return max(0, CALLS_A_MINUTE_APP - self._apps[app].used)

    def early_by_s(self, app: str, tenant: str, *, now: datetime) -> float:
        """How many seconds too early a call comes after a refusal with Retry-After; 0 when it is in time."""
        until = self._blocked_until.get((app, tenant))
        return max(0.0, (until - now).total_seconds()) if until else 0.0

    def use_up(self, app: str, tenant: str, *, minute: int = 0, day: int = 0, now: datetime) -> None:
        """Spend quota as if calls had been made, so that a limit can be reached without making them."""
        with self._lock:
            counters = self._tenants[app, tenant]
            counters.minute.roll(now)
            counters.day.roll(now)
            counters.minute.used += minute
            counters.day.used += day

    def reset(self) -> None:
        """Forget all windows; calls in flight stay counted."""
        with self._lock:
            for counters in self._tenants.values():
                counters.minute, counters.day = _Window(MINUTE), _Window(DAY)
            self._apps.clear()
            self._blocked_until.clear()

    def shown(self) -> Iterator[dict[str, object]]:
        """The counters as they stand, for the control plane."""
        for (app, tenant), counters in list(self._tenants.items()):
            yield {
                "app": app,
                "tenant": tenant,
                "minute_used": counters.minute.used,
                "day_used": counters.day.used,
                "in_flight": counters.in_flight,
                "in_flight_max": counters.in_flight_max,
            }


def _remaining(counters: _Counters, whole: _Window, a_day: int) -> dict[str, str]:
    return {
        "x-daylimit-remaining": str(max(0, a_day - counters.day.used)),
        "x-minlimit-remaining": str(max(0, CALLS_A_MINUTE - counters.minute.used)),
        "x-appminlimit-remaining": str(max(0, CALLS_A_MINUTE_APP - whole.used)),
    }
