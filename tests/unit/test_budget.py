"""A day's calls suffice, and nothing is asked more rarely than it must be (SY-7)."""

import datetime as dt

import pytest

from counterfoil.core.budget import BURST, PATIENCE, calls_a_day, may_read, rhythm, spend


@pytest.mark.rule("SY-7")
def test_with_calls_to_spare_every_stream_takes_part_in_every_pass() -> None:
    assert rhythm(5, 4_000) == dict.fromkeys(PATIENCE, 1)


@pytest.mark.rule("SY-7")
@pytest.mark.parametrize("minutes", [1, 2, 5, 15, 60])
@pytest.mark.parametrize("budget", [200, 400, 810, 1_000, 4_500])
def test_idle_passes_fit_the_days_calls(minutes: int, budget: int) -> None:
    assert calls_a_day(rhythm(minutes, budget), minutes) <= budget


@pytest.mark.rule("SY-7")
def test_on_the_smallest_tier_contacts_and_invoices_still_take_part_in_every_pass() -> None:
    every = rhythm(5, 810)
    assert every["contacts"] == every["invoices"] == 1
    assert every["items"] > 1


@pytest.mark.rule("SY-7")
def test_a_larger_budget_never_makes_a_stream_rarer() -> None:
    for budget in range(50, 1_500, 50):
        poorer, richer = rhythm(5, budget), rhythm(5, budget + 50)
        assert all(richer[stream] <= poorer[stream] for stream in PATIENCE)


@pytest.mark.rule("SY-7")
def test_without_any_budget_streams_are_still_read_some_time() -> None:
    assert max(rhythm(5, 0).values()) < 24 * 60


TOLD = {"contacts", "invoices", "credit_notes"}
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.mark.rule("SY-7", "WH-2")
def test_what_webhooks_tell_of_is_asked_once_an_hour_and_the_rest_in_every_pass() -> None:
    every = rhythm(5, 4_000, TOLD)
    assert {every[stream] for stream in TOLD} == {12}
    assert every["items"] == every["purchase_orders"] == 1


@pytest.mark.rule("SY-7", "WH-2")
def test_on_the_smallest_tier_an_idle_day_with_webhooks_leaves_more_than_half_to_events() -> None:
    assert calls_a_day(rhythm(5, 810, TOLD), 5) <= 400


@pytest.mark.rule("SY-7", "WH-2")
@pytest.mark.parametrize("budget", [200, 810, 4_500])
def test_events_set_off_reads_at_once_until_a_burst_is_spent_and_then_at_the_pace_of_the_day(
    budget: int,
) -> None:
    spent, now, calls = None, NOON, 0
    while now < NOON + dt.timedelta(days=1):
        if may_read(spent, budget=budget, at=now):
            spent, calls = spend(spent, 1, budget=budget, at=now), calls + 1
            assert calls > BURST or now == NOON
        else:
            now += dt.timedelta(seconds=30)
    assert budget // 2 <= calls <= budget // 2 + BURST + 2


@pytest.mark.rule("SY-7", "WH-2")
def test_a_quiet_time_saves_up_no_more_than_one_burst() -> None:
    spent = spend(NOON - dt.timedelta(days=30), 1, budget=810, at=NOON)
    assert spent > NOON
