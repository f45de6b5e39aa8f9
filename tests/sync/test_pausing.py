"""A paused connection neither reads nor sends on its own, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.project.terminal import sync_in_terminal
from counterfoil.sync import pausing, watching, work
from counterfoil.sync.incidents import incidents_open
from counterfoil.sync.models import Connection
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


@pytest.mark.rule("ST-1")
def test_a_pass_stops_where_it_is_and_goes_on_after(here: World) -> None:
    here.connect()
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    assert work.connections_due(work.now()) == []
    assert work.pushes_due(work.now()) == []
    pausing.connection_resume(here.connection, actor=here.user, at=work.now())
    assert work.connections_due(work.now()) == [here.connection.pk]
    assert here.sync().state == "done"


@pytest.mark.rule("ST-1")
def test_whoever_reads_at_that_moment_loses_the_connection(here: World) -> None:
    here.connect()
    before = Connection.objects.get().lease_token
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    assert Connection.objects.get().lease_token == before + 1


@pytest.mark.rule("ST-1")
def test_the_terminal_says_that_it_is_paused(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.connect()
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    assert sync_in_terminal(watch=False) == 2
    assert "is paused" in capsys.readouterr().out


@pytest.mark.rule("ST-1", "TK-6")
def test_a_paused_connection_raises_no_alarm_however_long(here: World) -> None:
    here.connect()
    here.sync()
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    watching.watch(later(days=3))
    assert incidents_open(here.company) == []
