"""A custom connection: the app's own id and secret, one organisation, no browser, no refresh token (CN-8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from counterfoil.changes.models import AuditEntry
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sync import causes, connections, work
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


def barred(here: World) -> None:
    """The organisation withdrew it, until it authorises it again."""
    here.arm("403_tenant", path="api.xro", count=0)
    here.arm("custom", path="^/connections", count=0, params={"body": []})
    here.sync_all()
    assert here.connection.state == "reconnect"
    assert "authorise the custom connection again" in causes.next_step(here.connection)
    here.forget_calls()


def press_again(here: World, client: Client) -> str:
    """The button Connect to Xero again; where it leads, and what is said there."""
    client.force_login(here.user)
    page = client.get("/settings/integration/xero/").content.decode()
    assert 'name="again"' in page
    answer = client.post("/settings/integration/xero/connect", {"again": "1"})
    return str(answer["Location"])


@pytest.mark.rule("CN-8", "CN-6", "TK-5")
def test_connecting_again_uses_the_stored_secret_and_no_browser(here: World, client: Client) -> None:
    connect(here)
    here.sync()
    family, app = TokenFamily.objects.get(), XeroApp.objects.get()
    barred(here)
    here.server.edge.faults.clear()
    assert press_again(here, client) == "/settings/integration/xero/"
    assert (here.connection.state, here.connection.way) == ("connected", "custom")
    assert here.calls("authorize") == []
    assert len(here.calls("/connect/token")) == 1
    assert TokenFamily.objects.get().pk == family.pk
    assert XeroApp.objects.get().pk == app.pk
    assert here.sync().state == "done"


@pytest.mark.rule("CN-8", "CN-9")
def test_connecting_again_in_vain_leads_to_its_form_and_changes_nothing(here: World, client: Client) -> None:
    connect(here)
    here.sync()
    barred(here)
    here.server.edge.apps[CLIENT_ID] = replace(here.server.edge.apps[CLIENT_ID], secret="renewed")
    leads = press_again(here, client)
    assert leads == "/settings/integration/xero/connect/?way=custom&role=primary"
    page = client.get(leads).content.decode()
    assert "works once the organisation has authorised it" in page
    assert here.connection.state == "reconnect"
    here.server.edge.faults.clear()
    answer = client.post(
        leads,
        {
            "way": "custom",
            "role": "primary",
            "client_id": CLIENT_ID,
            "client_secret": "renewed",
            "scopes": "granular",
        },
    )
    assert answer["Location"] == "/settings/integration/xero/"
    assert here.connection.state == "connected"
    # The secret that does not fit any more is erased with its tokens.
    assert unseal(XeroApp.objects.get().secret_sealed) == "renewed"
    assert TokenFamily.objects.count() == 1


@pytest.mark.rule("CN-8", "CN-3")
def test_allowing_more_asks_again_in_the_same_way_and_after_disconnecting_the_form_is_offered(
    here: World, client: Client
) -> None:
    connect(here)
    before = TokenFamily.objects.get()
    client.force_login(here.user)
    answer = client.post("/settings/integration/xero/connect", {"renew": "1"})
    assert answer["Location"] == "/settings/integration/xero/"
    after = TokenFamily.objects.get()
    assert (after.pk, after.version, here.connection.state) == (before.pk, before.version + 1, "connected")
    assert here.calls("authorize") == []
    here.disconnect()
    page = client.get("/settings/integration/xero/").content.decode()
    assert "/settings/integration/xero/connect/?way=custom" in page


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
