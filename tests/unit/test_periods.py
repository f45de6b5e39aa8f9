import datetime as dt

import pytest

from counterfoil.core.periods import Period, months_on, period_of

TODAY = dt.date(2026, 11, 22)


def days(since: str, until: str) -> Period:
    return Period(dt.date.fromisoformat(since), dt.date.fromisoformat(until))


@pytest.mark.rule("RP-1")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("12-months", days("2025-12-01", "2026-11-30")),
        ("month", days("2026-11-01", "2026-11-30")),
        ("last-month", days("2026-10-01", "2026-10-31")),
        ("quarter", days("2026-10-01", "2026-12-31")),
        ("last-quarter", days("2026-07-01", "2026-09-30")),
        ("year", days("2026-04-01", "2027-03-31")),
        ("last-year", days("2025-04-01", "2026-03-31")),
    ],
)
def test_a_period_is_whole_months_or_a_financial_year(name, found):
    assert period_of(name, today=TODAY, year_end=(3, 31)) == found


@pytest.mark.parametrize(
    ("today", "name", "found"),
    [
        ("2026-01-31", "last-month", days("2025-12-01", "2025-12-31")),
        ("2026-01-01", "last-quarter", days("2025-10-01", "2025-12-31")),
        ("2026-03-31", "year", days("2025-04-01", "2026-03-31")),
        ("2026-04-01", "year", days("2026-04-01", "2027-03-31")),
    ],
)
def test_a_period_goes_over_the_turn_of_a_year(today, name, found):
    assert period_of(name, today=dt.date.fromisoformat(today), year_end=(3, 31)) == found


def test_a_financial_year_may_end_on_the_last_day_of_february():
    leap = period_of("year", today=dt.date(2028, 2, 29), year_end=(2, 29))
    assert leap == days("2027-03-01", "2028-02-29")
    assert period_of("year", today=dt.date(2027, 2, 28), year_end=(2, 29)) == days("2026-03-01", "2027-02-28")


@pytest.mark.parametrize("name", ["year", "last-year", "", "no such period"])
def test_a_name_that_means_nothing_is_no_period(name):
    assert period_of(name, today=TODAY) is None


def test_months_are_counted_both_ways():
    assert months_on(dt.date(2026, 1, 1), -1) == dt.date(2025, 12, 1)
    assert months_on(dt.date(2026, 12, 1), 2) == dt.date(2027, 2, 1)
