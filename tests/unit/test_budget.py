"""A day's calls suffice, and nothing is asked more rarely than it must be (SY-7)."""

import pytest

from counterfoil.core.budget import PATIENCE, calls_a_day, rhythm


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
