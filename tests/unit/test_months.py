import datetime as dt

import pytest

from counterfoil.core.months import day_in, month_after, months_until


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (dt.date(2026, 11, 20), [(2026, 9), (2026, 10), (2026, 11)]),
        (dt.date(2026, 1, 31), [(2025, 11), (2025, 12), (2026, 1)]),
        (dt.date(2026, 12, 1), [(2026, 10), (2026, 11), (2026, 12)]),
    ],
)
def test_months_end_with_that_of_the_day(day, found):
    assert months_until(day, 3) == [dt.date(year, month, 1) for year, month in found]


def test_each_month_is_followed_by_the_next():
    months = months_until(dt.date(2026, 12, 31), 40)
    assert [month_after(one) for one in months[:-1]] == months[1:]


@pytest.mark.parametrize(
    ("first", "day", "found"),
    [
        (dt.date(2026, 10, 1), dt.date(2026, 11, 20), dt.date(2026, 10, 20)),
        (dt.date(2026, 9, 1), dt.date(2026, 10, 31), dt.date(2026, 9, 30)),
        (dt.date(2028, 2, 1), dt.date(2028, 3, 30), dt.date(2028, 2, 29)),
        (dt.date(2027, 2, 1), dt.date(2028, 2, 29), dt.date(2027, 2, 28)),
    ],
)
def test_the_same_day_of_a_shorter_month_is_its_last(first, day, found):
    assert day_in(first, day) == found
