"""The net is tested with what it should catch: every planted bug fails within some hundred seeds (reliability 3.8)."""

import pytest

from tests.soak.push_mutants import MUTANTS, Hostile, planted
from tests.soak.push_seeds import run_seed, told

ENOUGH = 4000


def first_failing_seed(world) -> int | None:
    return next((seed for seed in range(ENOUGH) if run_seed(seed, world).problems), None)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_bug_is_caught(name):
    with planted(name) as world:
        assert first_failing_seed(world) is not None


def test_the_same_hostile_seeds_pass_without_a_bug():
    for seed in range(1000):
        outcome = run_seed(seed, Hostile)
        assert not outcome.problems, told(seed, outcome)
