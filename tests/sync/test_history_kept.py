"""How long the passes there were are kept (ST-2)."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sync.models import Connection, Pass
from counterfoil.sync.work import now
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db


def passed(here: World, days: int, **given: bool) -> int:
    """A pass so many days ago, by its key."""
    at = now() - dt.timedelta(days=days)
    times = {"started_at": at, "ended_at": at, "beat_at": at}
    return Pass.objects.create(connection=here.connection, state="done", **times, **given).pk


@pytest.mark.rule("ST-2")
def test_passes_are_kept_for_a_year_and_a_first_sync_for_good() -> None:
    with world(limits=False) as here:
        here.connect()
        first = here.sync().pk
        Pass.objects.filter(pk=first).update(started_at=now() - dt.timedelta(days=900))
        old, young = passed(here, 367), passed(here, 364)
        elsewhere = Connection.objects.get()
        elsewhere.pk, elsewhere.state, elsewhere.tenant_id = None, "disconnected", "former"
        elsewhere.connected_at -= dt.timedelta(days=400)
        elsewhere.save()
        others = passed(here, 400)
        Pass.objects.filter(pk=others).update(connection=elsewhere)
        here.sync(clock=lambda: later(minutes=10))
        assert set(Pass.objects.values_list("pk", flat=True)) >= {first, old, young, others}
        here.sync_all()
        kept = set(Pass.objects.values_list("pk", flat=True))
        assert old not in kept
        assert kept >= {first, young, others}
