import zoneinfo
from datetime import UTC, date, datetime

import pytest

from counterfoil.xero.dates import document_date, modified_since, stamp_ms

APRIL_24 = date(2026, 4, 24)
TEN_SPELLINGS = (
    "/Date(1776988800000+0000)/",
    "/Date(1776988800000)/",
    "\\/Date(1776988800000+0000)\\/",
    "2026-04-24T00:00:00",
    "2026-04-24",
    "2026-04-24T00:00:00Z",
    "2026-04-24T00:00:00.0000000",
    "2026-04-24T00:00:00.000+00:00",
    "2026-04-24 00:00:00",
    "Fri, 24 Apr 2026 00:00:00 GMT",
)
NO_DATES = (
    None,
    "",
    "   ",
    "/Date(0)/",
    "/Date(0+0000)/",
    "/Date(-62135596800000)/",
    "0001-01-01T00:00:00",
    "/Date(99999999999999999)/",
    "/Date(1)",
    "/Date(x)/",
    "2019-29-39T00:00:00",
    "2026-02-30",
    "24/04/2026",
    "٢٠٢٦-٠٤-٢٤",
    "Fri, 99 Apr 2026 00:00:00 GMT",
    "9" * 400,
)


@pytest.mark.parametrize("text", TEN_SPELLINGS)
def test_a_date_is_the_same_in_ten_spellings(text):
    assert document_date(text) == APRIL_24
    assert stamp_ms(text) == 1776988800000


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_nothing_and_not_1970(text):
    assert document_date(text) is None
    assert stamp_ms(text) is None


def test_dates_before_1970_are_dates():
    assert document_date("/Date(-86400000+0000)/") == date(1969, 12, 31)
    assert stamp_ms("/Date(-1+0000)/") == -1


def test_a_stamp_keeps_its_milliseconds_and_connections_seven_digits_are_read():
    assert stamp_ms("/Date(1777031976473+0000)/") == 1777031976473
    assert stamp_ms("2022-08-26T07:51:30.7975760") == 1661500290797


def test_an_offset_moves_a_stamp_but_never_the_calendar_date():
    assert stamp_ms("2026-04-24T00:00:00+12:00") == 1776988800000 - 12 * 3600 * 1000
    assert document_date("2026-04-24T00:00:00+12:00") == APRIL_24
    assert stamp_ms("/Date(1776945600000+1200)/") == 1776945600000
    assert document_date("/Date(1776945600000+1200)/") == APRIL_24


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_no_time_zone_of_the_machine_moves_a_document_date(day, monkeypatch):
    import time

    ms = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    moved = []
    for zone in sorted(zoneinfo.available_timezones()):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        spellings = (f"/Date({ms}+0000)/", f"{day}T00:00:00", f"{day}")
        moved += [zone for text in spellings if document_date(text) != day]
    monkeypatch.undo()
    time.tzset()
    assert moved == []


def test_modified_since_is_utc_without_a_zone_rounded_down():
    assert modified_since(1777031976999) == "2026-04-24T11:59:36"
    assert modified_since(-1) == "1969-12-31T23:59:59"
