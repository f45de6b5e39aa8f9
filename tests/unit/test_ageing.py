import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.core.ageing import Ageing, ageing_of, group_of

TODAY = dt.date(2026, 11, 20)


@pytest.mark.rule("CU-12", "IN-5")
@pytest.mark.parametrize(
    ("days_overdue", "group"),
    [(-30, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (3650, 4)],
)
def test_groups_begin_the_day_after_the_due_date(days_overdue, group):
    assert group_of(TODAY - dt.timedelta(days=days_overdue), TODAY) == group


@pytest.mark.rule("CU-12")
def test_what_has_no_due_date_is_not_overdue():
    assert group_of(None, TODAY) == 0


@pytest.mark.rule("CU-12")
def test_amounts_add_up_in_their_groups_and_credits_stay_apart():
    old, due = TODAY - dt.timedelta(days=100), TODAY
    aged = ageing_of([(old, Decimal(5)), (due, Decimal(7)), (old, Decimal(1))], Decimal(-4), today=TODAY)
    assert aged == Ageing(current=Decimal(7), days_91=Decimal(6), credits=Decimal(-4))
    assert (aged.overdue, aged.owed) == (Decimal(6), Decimal(9))
