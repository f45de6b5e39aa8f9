"""Calls of a day are counted by passes and pushes at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from counterfoil.sync.models import CallDay
from counterfoil.sync.progress import calls_count
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db(transaction=True)

DAYS, WORKERS = 20, 3


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        yield running


@pytest.mark.rule("ST-1")
def test_whoever_counts_the_first_call_of_a_day_at_the_same_moment_counts_too(here: World) -> None:
    connection, together = here.connection, Barrier(WORKERS)
    days = [dt.date(2030, 1, 1) + dt.timedelta(days=number) for number in range(DAYS)]

    def count() -> None:
        try:
            for day in days:
                together.wait(60)
                calls_count(connection, 1, 10, on=day)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        for ended in [pool.submit(count) for _ in range(WORKERS)]:
            ended.result()
    rows = CallDay.objects.filter(on__in=days).values_list("calls", "wire_bytes")
    assert list(rows) == [(WORKERS, 10 * WORKERS)] * DAYS
