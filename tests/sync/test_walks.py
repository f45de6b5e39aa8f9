"""Random walks over the real engine (reliability 3.4, layer L2): 300 on PostgreSQL, fewer on SQLite.

Each walk is one worker within one transaction, which is thrown away at its end: it proves what happens in whatever order,
by the rules of either database, and nothing of locks and isolation. The walks of two workers prove that, as do
test_workers, test_tokens_at_once, test_killed and push/test_at_once.

`./go soak walks` takes more of them. In several classes, because the workers of a run share out whole classes.
"""

from __future__ import annotations

import pytest
from django.db import connection

from tests.soak.walks import walk
from tests.soak.walks_at_once import WalkAtOnce

SEEDS = 300 if connection.vendor == "postgresql" else 40
SEEDS_AT_ONCE = range(1000, 1020 if connection.vendor == "postgresql" else 1004)
LANES = 4


def every_fourth(first: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("seed", range(first, SEEDS, LANES))


@pytest.mark.django_db
class Walks:
    @pytest.mark.rule("SY-4", "SY-6", "SY-12", "TK-5", "WH-2")
    @pytest.mark.failure("P2", "P18")
    def test_whatever_happens_in_whatever_order_crm_and_xero_agree_at_the_end(self, seed: int) -> None:
        assert walk(seed).wrong == []


@every_fourth(0)
class TestWalks(Walks):
    pass


@every_fourth(1)
class TestMoreWalks(Walks):
    pass


@every_fourth(2)
class TestStillMoreWalks(Walks):
    pass


@every_fourth(3)
class TestTheLastWalks(Walks):
    pass


@pytest.mark.django_db(transaction=True)
class TestWalksOfTwoWorkers:
    @pytest.mark.rule("SY-4", "SY-6", "SY-12", "TK-1", "TK-5", "WH-2")
    @pytest.mark.failure("O6")
    @pytest.mark.parametrize("seed", SEEDS_AT_ONCE)
    def test_two_workers_and_one_that_wakes_up_late_leave_crm_and_xero_in_step(self, seed: int) -> None:
        assert walk(seed, kind=WalkAtOnce).wrong == []
