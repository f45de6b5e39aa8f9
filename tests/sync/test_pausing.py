"""A paused connection neither reads nor sends on its own, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.project.terminal import sync_in_terminal
from counterfoil.sync import pausing, tokens, watching, work
from counterfoil.sync.incidents import incidents_open
from counterfoil.sync.models import Connection, TokenFamily
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


@pytest.mark.rule("TK-1")
@pytest.mark.failure("A1")
def test_a_connection_that_is_paused_for_months_still_has_its_permission(here: World) -> None:
    here.connect()
    here.sync()
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    here.forget_calls()
    assert tokens.unused_renew(later(days=19)) == 0
    for days in (21, 42, 63):
        here.server.world.clock.advance(21 * 24 * 3600)
        TokenFamily.objects.update(refreshed_at=later(days=-21))
        assert tokens.unused_renew(work.now()) == 1, days
        assert tokens.unused_renew(work.now()) == 0
    assert len(here.calls("/connect/token")) == 3
    assert here.calls() == []  # nothing is read for it
    pausing.connection_resume(here.connection, actor=here.user, at=work.now())
    assert here.sync().state == "done"


@pytest.mark.rule("TK-1", "TK-2")
@pytest.mark.parametrize(("fault", "ends"), [("refresh_rejected", True), ("token_html", False)])
def test_what_goes_wrong_with_it_while_paused_is_found_out_when_it_is_resumed(
    here: World, fault: str, ends: bool
) -> None:
    here.connect()
    here.sync()
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    here.arm(fault, path="connect/token", count=0 if ends else 1)
    TokenFamily.objects.update(refreshed_at=later(days=-21))
    assert tokens.unused_renew(work.now()) == 0
    assert here.connection.state == "paused"
    pausing.connection_resume(here.connection, actor=here.user, at=work.now())
    assert here.sync().state == ("failed" if ends else "done")
    assert here.connection.state == ("reconnect" if ends else "connected")
