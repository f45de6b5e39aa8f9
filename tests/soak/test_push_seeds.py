"""20,000 histories of one company's pushes, in worlds that differ in everything nobody has verified about Xero."""

from collections import Counter

import pytest

from tests.soak import push_seeds
from tests.soak.__main__ import rare

SEEDS = 20_000


@pytest.fixture(scope="module")
def tallied():
    return push_seeds.tally(range(SEEDS))


@pytest.mark.rule("PU-7")
def test_every_order_ends_as_one_invoice_or_with_a_reason(tallied):
    sums, _, failed = tallied
    assert not failed, push_seeds.told(*failed[0])
    assert sums["seeds"] == SEEDS


def test_every_coin_every_fault_and_every_crash_point_had_its_turn(tallied):
    _, fired, _ = tallied
    assert rare(fired) == []


def test_a_seed_tells_the_same_story_each_time():
    first, second = push_seeds.run_seed(4428), push_seeds.run_seed(4428)
    assert list(first.world.events) == list(second.world.events)
    assert first.world.counts == second.world.counts


def test_orders_do_get_to_xero_where_nothing_goes_wrong():
    class Calm(push_seeds.SeededWorld):
        moods = (push_seeds.Rates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),)

        def refuse(self, request):
            return ""

    states = Counter()
    for seed in range(300):
        world = push_seeds.run_seed(seed, Calm).world
        states.update(row.state for row in world.rows.values())
    assert states["sent"] == states.total()
