import datetime as dt

import pytest

from counterfoil.core.reordering import is_not_reordered, usual_days

FIRST = dt.date(2026, 1, 1)


def on(days: int) -> dt.date:
    return FIRST + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("times", "last", "usual"),
    [(1, 0, None), (3, 0, None), (2, 30, None), (3, 60, 30), (4, 100, 33), (0, 0, None)],
)
def test_a_habit_is_the_average_time_between_purchases(times, last, usual):
    assert usual_days(FIRST, on(last), times) == usual


@pytest.mark.parametrize(
    ("usual", "since", "is_lapsed"),
    [
        (20, 40, False),
        (20, 41, True),
        (7, 30, False),
        (7, 31, True),
        (None, 4000, False),
        (20, -5, False),
    ],
)
def test_twice_the_usual_time_and_a_month_have_to_go_by(usual, since, is_lapsed):
    assert is_not_reordered(FIRST, usual, today=on(since)) is is_lapsed
