"""One settable clock for the engine and the stand-in Xero in the same process, so that a quarter passes in minutes.

The engine takes its clock as an argument, but for what no caller may choose: the life of tokens and the keeper of
limits read the machine's. Those few places are told the simulated time while this lasts. Nothing sleeps: whoever would
wait moves the clock on. Only the network keeps real time.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from counterfoil.sandbox.clock import Clock
from counterfoil.sync import tokens, wiring, work
from counterfoil.xero import identity
from counterfoil.xero.client import XeroClient
from counterfoil.xero.governor import Governor
from counterfoil.xero.writing import Writer

TIMED: tuple[Any, ...] = (
    Governor.__init__,
    XeroClient.__init__,
    Writer.__init__,
    identity.token_exchange,
    identity.token_refresh,
    identity.connections,
)


@contextmanager
def one_clock(clock: Clock) -> Iterator[Clock]:
    """While this lasts, tokens, limits and "now" go by `clock`, which must be frozen."""

    def sleep(seconds: float) -> None:
        # Whole microseconds, as the clock counts, and never none: whoever waits for less would wait for ever.
        until = clock.now() + dt.timedelta(microseconds=math.ceil(seconds * 1e6))
        if clock.now() < until:  # another thread may have slept meanwhile
            clock.set(until)

    def seconds() -> float:
        return clock.now().timestamp()

    # Without chance, so that a seed tells the same story again.
    other = {
        time.time: seconds,
        time.monotonic: seconds,
        time.sleep: sleep,
        random.random: lambda: 0.5,
    }
    before = [(one, one.__defaults__, one.__kwdefaults__) for one in TIMED]
    kept_tokens, kept_now = tokens.dt, work.now
    for one in TIMED:
        one.__defaults__ = tuple(other.get(value, value) for value in one.__defaults__ or ()) or None
        one.__kwdefaults__ = {
            name: _other(value, other) for name, value in (one.__kwdefaults__ or {}).items()
        }
    tokens.dt = _datetime_by(clock)  # type: ignore[attr-defined]
    work.now = clock.now
    wiring.forget()
    try:
        yield clock
    finally:
        for one, defaults, by_keyword in before:
            one.__defaults__, one.__kwdefaults__ = defaults, by_keyword
        tokens.dt, work.now = kept_tokens, kept_now  # type: ignore[attr-defined]
        wiring.forget()


def _other(value: Any, other: dict[Callable[..., Any], Callable[..., Any]]) -> Any:
    return other.get(value, value) if callable(value) else value


def _datetime_by(clock: Clock) -> types.SimpleNamespace:
    """The module `datetime`, in which it is the simulated moment."""

    class Now(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return clock.now().astimezone(tz)

    return types.SimpleNamespace(**{**vars(dt), "datetime": Now})
