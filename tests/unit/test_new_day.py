"""A day begins by the organisation's own clock, once, whatever summer time does."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sync.zones import day_begun

LONDON, SYDNEY = "Europe/London", "Australia/Sydney"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.rule("SY-6")
@pytest.mark.parametrize(
    ("zone", "since", "at", "begun"),
    [
        (LONDON, "2027-01-10 09:00", "2027-01-10 23:55", False),
        (LONDON, "2027-01-10 09:00", "2027-01-11 00:09", False),
        (LONDON, "2027-01-10 09:00", "2027-01-11 00:10", True),
        (SYDNEY, "2027-01-10 02:00", "2027-01-10 13:05", False),
        (SYDNEY, "2027-01-10 02:00", "2027-01-10 13:15", True),
        ("", "2027-01-10 09:00", "2027-01-11 00:15", True),
        (LONDON, "2027-01-10 23:00", "2027-01-11 00:15", False),
        (LONDON, "2027-01-10 23:00", "2027-01-11 05:00", True),
    ],
    ids=[
        "same day",
        "clocks differ",
        "new day",
        "evening there",
        "midnight there",
        "unknown zone",
        "read in the evening",
        "and at daybreak",
    ],
)
def test_a_day_begins_a_little_after_midnight_there(zone: str, since: str, at: str, begun: bool) -> None:
    assert day_begun(zone, utc(since), utc(at)) is begun


@pytest.mark.rule("SY-6")
@pytest.mark.failure("O7")
@pytest.mark.parametrize(
    ("zone", "first"),
    [(LONDON, "2027-03-26"), (LONDON, "2027-10-29"), (SYDNEY, "2027-04-02"), (SYDNEY, "2027-10-01")],
    ids=["London spring", "London autumn", "Sydney autumn", "Sydney spring"],
)
def test_each_day_begins_once_while_the_clocks_change(zone: str, first: str) -> None:
    since = at = utc(f"{first} 12:00")
    begun = []
    while at < utc(f"{first} 12:00") + dt.timedelta(days=5):
        at += dt.timedelta(minutes=5)
        if day_begun(zone, since, at):
            begun.append(at)
            since = at
    assert len(begun) == 5
