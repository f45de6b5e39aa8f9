"""Operating companies whose organisations one Xero user connected share that user's tokens (xero-facts 1.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from counterfoil.accounts.models import OperatingCompany
from counterfoil.sandbox.seeds import load
from counterfoil.sync import disconnecting, work
from counterfoil.sync.models import Connection, Pass, TokenFamily
from counterfoil.sync.sealing import unseal
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Iterator[World]:
    """Two operating companies, each with an organisation of its own that the same person connected."""
    seeds = [*load("global", invoices=2, contacts=3, items=1), *load("uk", invoices=2)[:1]]
    with world(seeds, limits=False) as running:
        running.admit_everywhere()
        yield running


@pytest.fixture
def both(here: World) -> tuple[Connection, Connection]:
    first, second = list(here.server.world.organisations)[:2]
    sister = OperatingCompany.objects.create(name="Sister", slug="sister")
    return here.connect(tenant=first), here.connect(tenant=second, company=sister)


def sync(connection: Connection) -> Pass:
    """A pass over every stream."""
    Connection.objects.filter(pk=connection.pk).update(pass_wanted_at=work.now())
    run = work.pass_run(connection.pk)
    assert run is not None
    return run


def expire() -> None:
    TokenFamily.objects.update(expires_at=work.now() - dt.timedelta(seconds=1))


@pytest.mark.rule("TK-1", "CN-4")
def test_both_use_one_row_of_tokens_and_refresh_it_once(
    here: World, both: tuple[Connection, Connection]
) -> None:
    assert TokenFamily.objects.count() == 1
    here.forget_calls()
    expire()
    assert [sync(one).state for one in both] == ["done", "done"]
    assert len(here.calls("/connect/token")) == 1


@pytest.mark.rule("TK-1")
def test_neither_kills_the_others_tokens_however_often_they_rotate(
    here: World, both: tuple[Connection, Connection]
) -> None:
    seen = set()
    for _ in range(3):
        for one in both:
            # Long past the grace in which Xero still takes the refresh token before.
            here.server.world.clock.advance(2 * 3600)
            expire()
            assert sync(one).state == "done"
            seen.add(unseal(TokenFamily.objects.get().refresh_sealed))
    assert len(seen) == 6
    assert here.server.edge.authority.dead_refresh_uses == 0


@pytest.mark.rule("TK-4")
def test_disconnecting_one_leaves_the_other_and_the_last_one_ends_everything(
    here: World, both: tuple[Connection, Connection]
) -> None:
    first, second = both
    assert disconnecting.disconnect(first, actor=here.user, at=work.now()) == []
    assert here.calls("/connect/revocation") == []
    here.server.world.clock.advance(2 * 3600)
    expire()
    assert sync(second).state == "done"
    assert disconnecting.disconnect(second, actor=here.user, at=work.now()) == []
    assert len(here.calls("/connect/revocation")) == 1
    assert not TokenFamily.objects.exists()
    assert here.server.edge.authority.connections_all() == []


@pytest.mark.rule("TK-2", "TK-3")
def test_connecting_one_again_lets_the_other_go_on_too(
    here: World, both: tuple[Connection, Connection]
) -> None:
    first, second = both
    person = next(iter(here.server.edge.people))
    here.server.edge.authority.forget(person.user_id, "tests")
    for one in both:
        expire()
        assert sync(one).state == "failed"
    # The person allows both again in Xero; here only one of them is connected again.
    here.finish(here.consent(here.begin(company=second.operating_company), tenant=first.tenant_id))
    back = here.connect(tenant=second.tenant_id, company=second.operating_company)
    assert back.pk == second.pk
    first.refresh_from_db()
    assert first.state == "waiting"
    assert set(work.connections_due(work.now())) == {first.pk, second.pk}
    assert sync(first).state == "done"
