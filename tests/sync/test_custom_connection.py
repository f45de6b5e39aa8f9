"""A custom connection: the app's own id and secret, one organisation, no browser, no refresh token (CN-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sync import connections, work
from counterfoil.sync.models import Connection, TokenFamily, XeroApp
from counterfoil.sync.sealing import unseal
from counterfoil.sync.xero_apps import AppRefused
from tests.sync.push.orders import Shop
from tests.sync.world import SESSION, World, world

pytestmark = pytest.mark.django_db

CLIENT_ID, SECRET = "one-organisation", "the-secret-of-one"


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        app = RegisteredApp(
            CLIENT_ID, SECRET, kind="custom", tenant_id=next(iter(running.server.world.organisations))
        )
        running.server.edge.apps[CLIENT_ID] = app
        yield running


def connect(here: World, **changes: Any) -> connections.ConnectOutcome:
    given = {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "scopes": "granular",
        "at": work.now(),
    } | changes
    return connections.custom_connect(here.company, here.user, session_key=SESSION, **given)


def nothing_stored() -> bool:
    return not (Connection.objects.exists() or TokenFamily.objects.exists() or XeroApp.objects.exists())


@pytest.mark.rule("CN-8")
def test_it_connects_reads_and_takes_orders_without_a_browser(here: World) -> None:
    connection = connect(here).connection
    assert connection is not None
    assert (connection.state, connection.way) == ("connected", "custom")
    assert connection.organisation_name == here.store.organisation["Name"]
    assert all(row["ok"] for row in connection.prerequisites)
    assert here.calls("authorize") == []
    assert here.sync().state == "done"
    assert here.invoices_stored() == here.invoices_there()
    here.company.refresh_from_db()
    shop = Shop(here)
    quote = shop.order()
    shop.push()
    assert shop.state(quote) == "sent"


@pytest.mark.rule("CN-8", "TK-1")
def test_a_token_that_ends_is_asked_for_again_with_the_apps_own_secret(here: World) -> None:
    connect(here)
    family = TokenFamily.objects.get()
    assert unseal(family.refresh_sealed) == ""
    here.forget_calls()
    here.server.world.clock.advance(31 * 60)
    TokenFamily.objects.update(expires_at=work.now() - dt.timedelta(minutes=1))
    assert here.sync().state == "done"
    assert len(here.calls("/connect/token")) == 1
    assert TokenFamily.objects.get().version == family.version + 1


@pytest.mark.rule("CN-8", "CN-9")
@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"client_secret": "another"}])
def test_what_xero_does_not_know_is_one_sentence_and_nothing_is_stored(
    here: World, wrong: dict[str, str]
) -> None:
    outcome = connect(here, **wrong)
    assert outcome.connection is None
    assert "Nothing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-8", "CN-7")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "a b"}, "client_id"),
        ({"client_id": "https://developer.xero.com"}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"client_secret": CLIENT_ID}, "client_secret"),
    ],
)
def test_what_cannot_be_an_id_or_a_secret_is_refused_before_xero_is_asked(
    here: World, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(AppRefused) as refused:
        connect(here, **wrong)
    assert refused.value.field == field
    assert here.calls("/connect/token") == []
    assert nothing_stored()


@pytest.mark.rule("CN-8")
def test_an_app_of_another_kind_is_no_custom_connection(here: World) -> None:
    outcome = connect(here, client_id="tests", client_secret="tests-secret")  # the stand-in's
    assert "Nothing was stored" in outcome.problem
    assert nothing_stored()


@pytest.mark.rule("CN-8", "TK-4")
def test_disconnecting_erases_the_secret_too(here: World) -> None:
    connect(here)
    assert here.disconnect() == []
    assert not TokenFamily.objects.exists()
    assert not XeroApp.objects.exists()
    assert here.server.edge.authority.connections_all() == []
    assert here.calls("/connect/revocation") == []


@pytest.mark.rule("CN-8", "TK-7")
def test_its_secret_is_sealed_and_in_no_trail(here: World) -> None:
    connect(here)
    row = XeroApp.objects.get()
    assert SECRET.encode() not in bytes(row.secret_sealed)
    assert unseal(row.secret_sealed) == SECRET
    assert all(SECRET not in f"{entry.summary}{entry.detail}" for entry in AuditEntry.objects.all())
