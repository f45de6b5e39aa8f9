"""A day on which nothing happens in Xero: what it costs, and that nothing is written (reliability P10, R9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.world import World as Books
from counterfoil.sync import hearing, webhooks, work
from counterfoil.sync.models import Pass
from counterfoil.sync.settings import reserve_of
from counterfoil.sync.webhook_models import HeardStream, Hearing
from tests.soak.one_clock import one_clock
from tests.sync.picture import picture
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db

START = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
SMALLEST_PLAN = 1000
# Reliability's own figure (P10).
MOST_WITH_WEBHOOKS = 400


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def here(clock: Clock) -> Iterator[World]:
    """In step on the smallest plan, and two passes later."""
    books = Books(seed=1, clock=clock)
    seeds = load("global", invoices=9, contacts=7, items=5, today=START.date(), seed=1)
    with world(seeds, world=books, limits=False) as running, one_clock(clock):
        settings.CONFIGURATION = replace(settings.CONFIGURATION, max_calls_a_day=SMALLEST_PLAN)
        running.connect()
        for _ in range(3):
            running.sync(clock=clock.now)
            clock.advance(600)
        yield running


def a_day(here: World, clock: Clock) -> int:
    """What the runner does in 24 hours; returns the calls of it."""
    here.forget_calls()
    until = clock.now() + dt.timedelta(days=1)
    while clock.now() < until:
        for key in work.connections_due(clock.now()):
            work.pass_run(key, clock=clock.now)
        assert hearing.connections_told(clock.now()) == []
        assert work.pushes_due(clock.now()) == []
        clock.advance(300)
    return len(here.calls())


@pytest.mark.rule("SY-7", "SY-5")
@pytest.mark.failure("R9")
def test_without_webhooks_it_stays_within_what_passes_may_use_and_writes_nothing(
    here: World, clock: Clock
) -> None:
    before = picture()
    assert a_day(here, clock) <= SMALLEST_PLAN - reserve_of(here.company)
    assert picture() == before
    assert not Pass.objects.exclude(state="done").exists()


@pytest.mark.rule("SY-7", "WH-2")
@pytest.mark.failure("R9")
def test_with_webhooks_it_costs_400_calls_at_most_and_writes_nothing(here: World, clock: Clock) -> None:
    settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key="a-webhook-key")
    Hearing.objects.create(connection=here.connection)
    for stream in webhooks.CATEGORY_OF:
        HeardStream.objects.create(connection=here.connection, stream=stream, last_event_at=clock.now())
    before = picture()
    assert a_day(here, clock) <= MOST_WITH_WEBHOOKS
    assert picture() == before
