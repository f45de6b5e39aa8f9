"""The token endpoint: exchange, rotation, grace, life times, and its errors."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.tokens import challenge_of
from tests.contract.edge_builders import REDIRECT, TENANT, Caller, server, web_app

VERIFIER = "v" * 64


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server() as running:
        yield Caller(running)


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_answer_holds_what_xero_sends(caller: Caller) -> None:
    tokens = caller.connect()
    assert tokens["expires_in"] == 1800
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"].split()[:2] == ["openid", "profile"]
    claim = claims(tokens["access_token"])
    connection = caller.call("GET", "/connections").json[0]
    assert claim["authentication_event_id"] == connection["authEventId"]
    assert claim["exp"] - claim["nbf"] == 1800
    assert claim["iss"] == "https://identity.xero.com"
    assert claim["xero_userid"] == "user-ada"
    assert "accounting.contacts" in claim["scope"]
    assert claims(tokens["id_token"])["email"] == "ada@example.org"


def test_no_refresh_token_without_offline_access_and_no_id_token_without_openid(caller: Caller) -> None:
    tokens = caller.connect(scope="accounting.contacts")
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


def test_code_works_once(caller: Caller) -> None:
    code = caller.code()
    assert caller.exchange(code).status == 200
    again = caller.exchange(code)
    assert (again.status, again.json) == (400, {"error": "invalid_grant"})


def test_code_dies_after_five_minutes(caller: Caller) -> None:
    code = caller.code()
    caller.running.world.clock.advance(301)
    assert caller.exchange(code).json["error"] == "invalid_grant"


def test_code_needs_the_address_it_was_made_for(caller: Caller) -> None:
    assert (
        caller.exchange(caller.code(), redirect_uri="https://example.org/").json["error"] == "invalid_grant"
    )


@pytest.mark.parametrize(
    ("sent", "status"), [(VERIFIER, 200), ("w" * 64, 400), ("", 400)], ids=["right", "wrong", "none"]
)
def test_verifier_is_checked_when_a_challenge_was_sent(caller: Caller, sent: str, status: int) -> None:
    code = caller.code(code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
    changes = {"code_verifier": sent} if sent else {}
    assert caller.exchange(code, **changes).status == status


def test_pkce_app_proves_itself_by_verifier_alone() -> None:
    app = RegisteredApp("phone", "", kind="pkce", redirect_uris=(REDIRECT,))
    with server(apps=(app,)) as running:
        caller = Caller(running, app=app)
        code = caller.code(code_challenge=challenge_of(VERIFIER), code_challenge_method="S256")
        tokens = caller.exchange(code, code_verifier=VERIFIER).json
        assert caller.refresh(tokens["refresh_token"]).status == 200


def test_client_may_prove_itself_in_the_body(caller: Caller) -> None:
    form = {"grant_type": "authorization_code", "code": caller.code(), "redirect_uri": REDIRECT}
    caller.app = RegisteredApp("phone", "", kind="pkce")  # makes the caller send no Basic header
    answer = caller.identity("token", form | {"client_id": "shop", "client_secret": "word"})
    assert answer.status == 200


@pytest.mark.parametrize("secret", ["", "other"])
def test_wrong_secret_is_invalid_client(caller: Caller, secret: str) -> None:
    code = caller.code()
    caller.app = web_app(secret=secret)
    answer = caller.exchange(code)
    assert (answer.status, answer.json) == (400, {"error": "invalid_client"})


def test_unknown_grant_type_is_refused(caller: Caller) -> None:
    assert caller.identity("token", {"grant_type": "password"}).json["error"] == "unsupported_grant_type"


def test_refresh_gives_a_new_pair(caller: Caller) -> None:
    first = caller.connect()
    second = caller.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert "id_token" not in second


def test_previous_refresh_token_works_for_thirty_minutes(caller: Caller) -> None:
    first = caller.connect()["refresh_token"]
    lost = caller.refresh(first).json["refresh_token"]
    caller.running.world.clock.advance(29 * 60)
    kept = caller.refresh(first).json["refresh_token"]
    assert kept not in (first, lost)
    assert caller.refresh(lost).json["error"] == "invalid_grant"
    assert caller.refresh(kept).status == 200
    caller.running.world.clock.advance(2 * 60)
    assert caller.refresh(first).json["error"] == "invalid_grant"


def test_grace_may_return_the_same_pair(caller: Caller) -> None:
    caller.control("switches", {"refresh_grace_same_pair": True})
    first = caller.connect()["refresh_token"]
    assert caller.refresh(first).json == caller.refresh(first).json


def test_grace_may_be_taken_away(caller: Caller) -> None:
    caller.control("switches", {"grace_minutes": 0})
    first = caller.connect()["refresh_token"]
    caller.refresh(first)
    caller.running.world.clock.advance(1)
    assert caller.refresh(first).json["error"] == "invalid_grant"


def test_refresh_token_lives_sixty_days_from_its_last_use(caller: Caller) -> None:
    token = caller.connect()["refresh_token"]
    for _ in range(2):
        caller.running.world.clock.advance(59 * 86_400)
        token = caller.refresh(token).json["refresh_token"]
    caller.running.world.clock.advance(61 * 86_400)
    assert caller.refresh(token).json["error"] == "invalid_grant"


def test_scopes_add_up_but_an_old_token_stays_narrow(caller: Caller) -> None:
    narrow = caller.connect(scope="accounting.contacts.read offline_access")
    wide = caller.connect(scope="accounting.settings.read")
    assert set(wide["scope"].split()) == {
        "accounting.contacts.read",
        "offline_access",
        "accounting.settings.read",
    }
    assert "settings" not in caller.refresh(narrow["refresh_token"]).json["scope"]


def test_revocation_kills_the_refresh_token_and_every_connection(caller: Caller) -> None:
    tokens = caller.connect()
    answer = caller.identity("revocation", {"token": tokens["refresh_token"]})
    assert (answer.status, answer.body) == (200, b"")
    assert caller.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert caller.control("connections").json == []
    assert caller.get("Contacts").status == 403


def test_custom_connection_needs_no_page_and_no_tenant_header() -> None:
    app = RegisteredApp("machine", "word", kind="custom", tenant_id=TENANT)
    with server(apps=(app,)) as running:
        caller = Caller(running, app=app)
        tokens = caller.identity(
            "token", {"grant_type": "client_credentials", "scope": "accounting.contacts"}
        ).json
        assert tokens.keys() == {"access_token", "expires_in", "token_type", "scope"}
        caller.token = tokens["access_token"]
        assert caller.get("Contacts").status == 200
        assert [link["tenantId"] for link in caller.call("GET", "/connections").json] == [TENANT]
        assert (
            caller.identity("token", {"grant_type": "refresh_token"}).json["error"] == "unauthorized_client"
        )


def test_custom_connection_that_was_cut_gets_no_token() -> None:
    app = RegisteredApp("machine", "word", kind="custom", tenant_id=TENANT)
    ask = {"grant_type": "client_credentials", "scope": "accounting.contacts"}
    with server(apps=(app,)) as running:
        caller = Caller(running, app=app)
        caller.token = caller.identity("token", ask).json["access_token"]
        caller.control("disconnect", {"tenant": TENANT})
        assert caller.get("Contacts").status == 403
        assert caller.identity("token", ask).json == {"error": "unauthorized_client"}


def test_same_seed_gives_the_same_tokens() -> None:
    seen = []
    for _ in range(2):
        with server() as running:
            seen.append(Caller(running).connect()["refresh_token"])
    assert seen[0] == seen[1]
