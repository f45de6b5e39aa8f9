"""The clock that engine and stand-in share moves on for whoever waits, however shortly."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sandbox.clock import Clock
from counterfoil.xero.governor import Governor
from tests.soak.one_clock import one_clock

START = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize("seconds", [4e-7, 1e-6, 0.25, 90])
def test_a_wait_ends_after_it_and_never_before(seconds: float) -> None:
    with one_clock(Clock(START)) as clock:
        Governor()._sleep(seconds)
        assert clock.now() - START >= dt.timedelta(seconds=seconds)
        assert clock.now() > START
