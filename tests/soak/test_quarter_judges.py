"""The simulated quarter fails when an alarm is late, missing or without a reason, and when nobody says that it is over."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.soak.quarter_troubles import ALARM_WITHIN, CLEAR_WITHIN, Trouble

BEGAN = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
OVER = BEGAN + dt.timedelta(hours=5)
MINUTE = dt.timedelta(minutes=1)


def outage(**given: dt.datetime | None) -> Trouble:
    """An outage that was told and ended as it should."""
    times = {"began": BEGAN, "over": OVER, "told": BEGAN + 15 * MINUTE, "cleared": OVER + MINUTE} | given
    return Trouble("outage", 0.2, 5, "no good sync", "cannot be reached", lambda: None, lambda: None, **times)


def test_an_outage_told_in_time_and_over_in_time_is_no_problem() -> None:
    assert outage().problems() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"began": None}, "never planted"),
        ({"told": None}, "was told at None"),
        ({"told": BEGAN + ALARM_WITHIN + MINUTE}, "was told at"),
        ({"cleared": None}, "the all-clear came at None"),
        ({"cleared": OVER + CLEAR_WITHIN + MINUTE}, "the all-clear came at"),
    ],
    ids=["not planted", "nobody told", "told late", "no all-clear", "late all-clear"],
)
def test_an_alarm_that_is_missing_or_late_is_a_problem(
    given: dict[str, dt.datetime | None], said: str
) -> None:
    [problem] = outage(**given).problems()
    assert said in problem


@pytest.mark.parametrize(
    ("kind", "body", "at"),
    [
        ("reconnect needed", "Xero cannot be reached.", BEGAN + MINUTE),
        ("no good sync", "Nobody knows why.", BEGAN + MINUTE),
        ("no good sync", "Xero cannot be reached.", BEGAN - MINUTE),
        ("no good sync", "Xero cannot be reached.", OVER + MINUTE),
    ],
    ids=["another kind", "without the reason", "before it began", "after it was over"],
)
def test_an_alarm_about_something_else_is_not_taken_for_that_of_the_outage(
    kind: str, body: str, at: dt.datetime
) -> None:
    assert outage(told=None).explains("no good sync", "Xero cannot be reached.", BEGAN + MINUTE)
    assert not outage(told=None).explains(kind, body, at)
