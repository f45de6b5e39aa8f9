"""The consent page and the way back to the app."""

from collections.abc import Iterator

import pytest

from counterfoil.sandbox.apps import RegisteredApp
from tests.contract.edge_builders import (
    REDIRECT,
    SISTER,
    TENANT,
    Caller,
    came_back,
    organisation,
    server,
    web_app,
)


@pytest.fixture
def caller() -> Iterator[Caller]:
    seeds = (organisation(users=("Ada", "Ben")), organisation(SISTER, name="Sister Ltd", users=("Ada",)))
    with server(*seeds) as running:
        yield Caller(running)


def test_page_names_the_app_the_people_the_organisations_and_the_permissions(caller: Caller) -> None:
    page = caller.call("GET", caller.authorise_path())
    words = page.body.decode()
    assert page.status == 200
    for expected in ("Shop wants access", "Ada Example", "Ben Example", "Paper &amp; Co", "Sister Ltd"):
        assert expected in words
    assert "View and manage contacts and contact groups" in words
    assert "stand-in" in words
    assert "<script" not in words
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_switching_person_shows_only_their_organisations(caller: Caller) -> None:
    page = caller.press("switch", who="Ben").body.decode()
    assert "Paper &amp; Co" in page
    assert "Sister Ltd" not in page


def test_allowing_returns_code_and_state_to_the_app(caller: Caller) -> None:
    answer = caller.press(state="a b&c")
    assert answer.status == 302
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert came_back(answer)["state"] == "a b&c"
    assert came_back(answer)["code"]


def test_state_that_was_not_sent_does_not_come_back(caller: Caller) -> None:
    assert "state" not in came_back(caller.press(state=None))


def test_cancel_returns_access_denied(caller: Caller) -> None:
    back = came_back(caller.press("cancel"))
    assert back["error"] == "access_denied"
    assert back["state"] == "s1"
    assert "code" not in back


def test_organisation_of_somebody_else_cannot_be_connected(caller: Caller) -> None:
    answer = caller.press(who="Ben", tenant=SISTER)
    assert answer.status == 200
    assert "Choose one of the organisations of Ben" in answer.body.decode()
    assert caller.control("connections").json == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": ""}, "unauthorized_client"),
        ({"client_id": "nobody"}, "No app is registered"),
        ({"redirect_uri": REDIRECT + "/"}, "letter for letter"),
        ({"redirect_uri": "http://127.0.0.1:8000/integration/xero/callback"}, "127.0.0.1 is refused"),
        ({"redirect_uri": None}, "No address was given"),
    ],
    ids=["no client", "unknown client", "one more slash", "numeric loopback", "no address"],
)
def test_wrong_client_or_address_shows_a_page_and_never_redirects(
    caller: Caller, changes: dict[str, str | None], words: str
) -> None:
    for answer in (caller.call("GET", caller.authorise_path(**changes)), caller.press(**changes)):
        assert answer.status == 400
        assert "location" not in answer.headers
        assert words in answer.body.decode()


@pytest.mark.parametrize(
    ("style", "scope", "error"),
    [
        ("granular", "accounting.invoices", None),
        ("granular", "accounting.transactions", "unauthorized_client"),
        ("broad", "accounting.transactions", None),
        ("broad", "accounting.invoices.read", "unauthorized_client"),
        ("both", "accounting.transactions accounting.invoices", None),
        ("both", "accounting.everything", "invalid_scope"),
        ("both", "", "invalid_scope"),
    ],
)
def test_scopes_are_those_of_the_apps_family(style: str, scope: str, error: str | None) -> None:
    with server(apps=(web_app(scope_style=style),)) as running:
        answer = Caller(running).call("GET", Caller(running).authorise_path(scope=scope))
    if error is None:
        assert answer.status == 200
    else:
        assert came_back(answer)["error"] == error


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8000/back",
        "http://192.168.1.5/back",
        "http://example.org/back",
        "myapp://back",
        "https://*.example.org/back",
    ],
)
def test_addresses_that_xero_refuses_cannot_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="cannot be registered"):
        web_app(redirect_uris=(uri,))


def test_sixth_organisation_of_a_starter_app_is_refused_on_the_page() -> None:
    seeds = [organisation(f"{n}0000000-0000-4000-8000-000000000000", name=f"No {n}") for n in range(1, 7)]
    with server(*seeds) as running:
        caller = Caller(running)
        for seed in seeds[:5]:
            caller.connect(tenant=str(seed.tenant_id))
        answer = caller.press(tenant=str(seeds[5].tenant_id))
    assert answer.status == 400
    assert "limit of connected organisations" in answer.body.decode()


def test_signing_in_without_accounting_scopes_connects_nothing(caller: Caller) -> None:
    page = caller.call("GET", caller.authorise_path(scope="openid profile email"))
    assert "Organisation to connect" not in page.body.decode()
    tokens = caller.connect(scope="openid profile email")
    assert tokens["id_token"]
    assert caller.call("GET", "/connections").json == []


def test_pkce_app_without_a_challenge_is_sent_back() -> None:
    app = RegisteredApp("phone", "", kind="pkce", redirect_uris=(REDIRECT,))
    with server(apps=(app,)) as running:
        caller = Caller(running, app=app)
        assert came_back(caller.press())["error"] == "invalid_request"
        assert came_back(caller.press(code_challenge="x", code_challenge_method="plain"))["error"]


def test_helper_does_what_the_page_does(caller: Caller) -> None:
    address = caller.running.url + caller.authorise_path()
    allowed = caller.running.consent(address, user="ada@example.org", organisation="Sister Ltd")
    assert allowed.startswith(REDIRECT + "?code=")
    assert [link["tenant_id"] for link in caller.control("connections").json] == [SISTER]
    assert "error=access_denied" in caller.running.consent(address, allow=False)
    assert TENANT not in allowed
