"""Access tokens are refreshed once, ahead of time or at need, and survive a crash in between (TK-1)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import connections as databases

from counterfoil.sync import tokens, work
from counterfoil.sync.models import Connection, TokenFamily
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        yield running


def refreshes(here: World) -> int:
    return len(here.calls("/connect/token"))


@pytest.mark.rule("TK-1")
def test_a_token_about_to_end_is_refreshed_before_it_is_used(here: World) -> None:
    here.forget_calls()
    TokenFamily.objects.update(expires_at=work.now() + dt.timedelta(seconds=60))
    assert here.sync().state == "done"
    assert refreshes(here) == 1
    assert {entry["status"] for entry in here.calls()} == {200}


@pytest.mark.rule("TK-1")
@pytest.mark.failure("A4")
def test_a_token_that_xero_holds_for_expired_is_refreshed_at_need(here: World) -> None:
    here.forget_calls()
    here.server.world.clock.advance(31 * 60)
    assert here.sync().state == "done"
    assert refreshes(here) == 1
    assert here.connection.tokens is not None
    assert here.connection.tokens.version == 2


@pytest.mark.rule("TK-1")
@pytest.mark.failure("A1")
def test_eight_threads_that_need_a_token_refresh_it_once(here: World) -> None:
    here.forget_calls()
    family = TokenFamily.objects.get()
    TokenFamily.objects.update(expires_at=work.now())
    got: list[str] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        try:
            got.append(tokens.StoredTokens(family.pk).access_token())
        finally:
            databases.close_all()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert refreshes(here) == 1


@pytest.mark.rule("TK-1")
@pytest.mark.parametrize("same_pair", [True, False])
def test_a_crash_between_refresh_and_save_recovers_within_the_grace(here: World, same_pair: bool) -> None:
    here.server.world.switches.refresh_grace_same_pair = same_pair
    before = TokenFamily.objects.values().get()
    TokenFamily.objects.update(expires_at=work.now())
    tokens.StoredTokens(before["id"]).access_token()
    # As the row stands when the answer came but was never saved: the old pair, and a claim that ran out.
    TokenFamily.objects.update(**before | {"expires_at": work.now(), "refresh_claimed_until": work.now()})
    assert here.sync().state == "done"
    assert here.connection.state == "connected"


@pytest.mark.rule("TK-1", "TK-2")
@pytest.mark.parametrize("fault", ["token_html", "token_500", "answer_lost", "reset_before"])
def test_a_refresh_that_fails_on_the_way_is_retried_with_the_same_token(here: World, fault: str) -> None:
    TokenFamily.objects.update(expires_at=work.now())
    here.arm(fault, path="connect/token")
    run = here.sync()
    assert (run.state, here.connection.state) == ("waiting", "waiting")
    assert here.sync().state == "done"
    assert here.connection.state == "connected"


@pytest.mark.rule("TK-2")
def test_a_refresh_that_xero_rejects_is_never_tried_again(here: World) -> None:
    TokenFamily.objects.update(expires_at=work.now())
    here.arm("refresh_rejected", path="connect/token")
    assert here.sync().state == "failed"
    assert here.connection.state == "reconnect"
    here.forget_calls()
    Connection.objects.update(state="connected")  # as if a worker had not heard of it
    assert here.sync().state == "failed"
    assert refreshes(here) == 0
    assert here.calls() == []


@pytest.mark.rule("TK-4", "TK-5")
@pytest.mark.failure("A12")
def test_disconnecting_removes_the_connection_at_xero_and_the_tokens_here(here: World) -> None:
    here.sync()
    assert here.disconnect() == []
    assert here.connection.state == "disconnected"
    assert not TokenFamily.objects.exists()
    assert here.server.edge.authority.connections_all() == []
    assert here.invoices_stored() == here.invoices_there()
    assert work.connections_due(work.now()) == []


@pytest.mark.rule("TK-4")
@pytest.mark.parametrize("fault", ["503_offline", "reset_before"])
def test_what_xero_did_not_confirm_is_said_and_the_tokens_are_gone_all_the_same(
    here: World, fault: str
) -> None:
    here.arm(fault, path="/connections", method="DELETE")
    problems = here.disconnect()
    assert len(problems) == 1
    assert "Connected apps" in problems[0]
    assert not TokenFamily.objects.exists()


@pytest.mark.rule("TK-4")
def test_a_pass_under_way_leaves_nothing_behind_after_disconnecting(here: World) -> None:
    moments = iter(range(10**6))

    def clock() -> dt.datetime:
        if next(moments) == 4:
            here.disconnect()
        return work.now()

    assert work.pass_run(here.connection.pk, clock=clock) is None
    assert here.connection.state == "disconnected"
    assert here.connection.next_pass_at is None
