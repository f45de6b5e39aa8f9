import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from counterfoil.xero import auth, scopes
from counterfoil.xero.errors import (
    BadAnswer,
    Misconfigured,
    RateLimited,
    RefreshRejected,
    TemporarilyUnavailable,
)

NOW = 1_777_000_000.0
JSON = {"content-type": "application/json"}


def jwt(**claims) -> str:
    return ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "none"}, claims, "s")
    )


def tokens(**changes):
    answer = {
        "access_token": "opaque-access",
        "refresh_token": "opaque-refresh",
        "expires_in": 1800,
        "token_type": "Bearer",
    } | changes
    return auth.parse_token_answer(
        200, JSON, json.dumps({k: v for k, v in answer.items() if v is not ...}).encode(), NOW
    )


@pytest.mark.parametrize(
    ("expires_in", "lives_s"),
    [
        (1800, 1800),
        ("1800", 1800),
        (1799.5, 1799.5),
        (0, 60),
        (-1, 60),
        ("", 1800),
        (None, 1800),
        (..., 1800),
        ("soon", 1800),
        ([1], 1800),
        (True, 60),
        ("nan", 1800),
        (10**12, 86_400),
    ],
)
@pytest.mark.failure("A7")
def test_a_token_lives_as_long_as_said_or_as_usual(expires_in, lives_s):
    assert tokens(expires_in=expires_in).expires_at == NOW + lives_s


@pytest.mark.parametrize("missing", ["id_token", "scope", "token_type", "refresh_token", "expires_in"])
@pytest.mark.failure("A7")
def test_no_field_but_the_access_token_is_needed(missing):
    assert tokens(**{missing: ...}).access == "opaque-access"
    assert tokens(**{missing: None}, not_yet_known=[1]).access == "opaque-access"


def test_who_consented_to_what_is_read_where_it_is_told():
    pair = tokens(
        access_token=jwt(authentication_event_id="event", xero_userid="user", scope=["accounting.contacts"]),
        id_token=jwt(email="ada@example.org", given_name="Ada", family_name="Orr"),
    )

    assert (pair.authentication_event_id, pair.user_id) == ("event", "user")
    assert (pair.user_name, pair.user_email) == ("Ada Orr", "ada@example.org")
    assert pair.scopes == {"accounting.contacts"}
    assert tokens(scope="openid accounting.settings").scopes == {"openid", "accounting.settings"}


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.!!!.c", "..", jwt(scope=5, email=[1])])
def test_an_opaque_token_tells_nothing_and_breaks_nothing(token):
    pair = tokens(access_token=token, id_token=token)

    assert (pair.authentication_event_id, pair.user_email, pair.scopes) == (None, None, frozenset())


@pytest.mark.parametrize(
    ("status", "body", "headers", "error"),
    [
        (400, b'{"error":"invalid_grant"}', JSON, RefreshRejected),
        (400, b'{"error":"invalid_grant","error_description":"expired"}', {}, RefreshRejected),
        (401, b'{"error":"invalid_client"}', JSON, Misconfigured),
        (400, b'{"error":"unauthorized_client"}', JSON, Misconfigured),
        (400, b'{"error":"invalid_scope"}', JSON, Misconfigured),
        (400, b'{"error":"unsupported_grant_type"}', JSON, Misconfigured),
        (400, b'{"error":"brand_new"}', JSON, BadAnswer),
        (400, b"<html>Bad request</html>", {"content-type": "text/html"}, TemporarilyUnavailable),
        (401, b"", {}, TemporarilyUnavailable),
        (404, b"<html>", {"content-type": "text/html"}, TemporarilyUnavailable),
        (500, b'{"error":"invalid_grant"}', JSON, TemporarilyUnavailable),
        (503, b"offline", {"content-type": "text/plain"}, TemporarilyUnavailable),
        (429, b"", {"retry-after": "30"}, RateLimited),
        (200, b"<html>Welcome</html>", {"content-type": "text/html"}, TemporarilyUnavailable),
        (200, b"", JSON, TemporarilyUnavailable),
        (200, b'{"access_token":', JSON, TemporarilyUnavailable),
        (200, b'{"token_type":"Bearer"}', JSON, BadAnswer),
        (200, b'{"access_token":""}', JSON, BadAnswer),
    ],
)
def test_only_xeros_own_words_end_a_connection(status, body, headers, error):
    with pytest.raises(error) as raised:
        auth.parse_token_answer(status, headers, body, NOW)

    assert type(raised.value) is error


def test_tokens_and_secrets_are_not_shown():
    pair, app, proof = tokens(), auth.App("id", "word-of-mouth"), auth.pkce()

    shown = f"{pair!r} {app!r} {proof!r}"

    assert "opaque" not in shown
    assert "word-of-mouth" not in shown
    assert proof.verifier not in shown


def test_the_address_of_the_consent_page_holds_everything_once():
    proof = auth.pkce("v" * 43)

    url = auth.authorise_url(
        "https://login.xero.com/identity/connect/authorize",
        client_id="id & more",
        redirect_uri="http://localhost:8000/back?x=1",
        scopes=scopes.GRANULAR,
        state="s+t/a=",
        challenge=proof.challenge,
    )

    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    assert query == {
        "response_type": ["code"],
        "client_id": ["id & more"],
        "redirect_uri": ["http://localhost:8000/back?x=1"],
        "scope": [" ".join(scopes.GRANULAR)],
        "state": ["s+t/a="],
        "code_challenge": [digest],
        "code_challenge_method": ["S256"],
    }


def test_without_a_client_id_nobody_is_sent_to_xeros_error_page():
    with pytest.raises(Misconfigured):
        auth.authorise_url("https://login.xero.com/x", client_id="", redirect_uri="r", scopes=(), state="s")


def test_states_and_verifiers_are_fresh_and_long_enough():
    states = {auth.new_state() for _ in range(50)}
    verifiers = {auth.pkce().verifier for _ in range(50)}

    assert len(states) == len(verifiers) == 50
    assert min(map(len, states)) >= 43
    assert all(43 <= len(verifier) <= 128 for verifier in verifiers)


def test_a_web_app_proves_itself_in_the_header_and_a_pkce_app_in_the_form():
    web, pkce = auth.App("id", "secret"), auth.App("id")

    assert web.basic_header() == {"Authorization": "Basic " + base64.b64encode(b"id:secret").decode()}
    assert "client_id" not in auth.refresh_form(web, "r")
    assert pkce.basic_header() == {}
    assert auth.refresh_form(pkce, "r") == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "id",
    }
    assert auth.revoke_form(web, "r")["token"] == "r"


@pytest.mark.parametrize(
    ("granted", "needed", "missing"),
    [
        ({"accounting.contacts"}, {"accounting.contacts.read"}, set()),
        ({"accounting.contacts.read"}, {"accounting.contacts"}, {"accounting.contacts"}),
        ({"accounting.transactions"}, {"accounting.invoices", "accounting.payments.read"}, set()),
        ({"accounting.transactions.read"}, {"accounting.invoices.read", "accounting.payments.read"}, set()),
        ({"accounting.transactions.read"}, {"accounting.invoices"}, {"accounting.invoices"}),
        ({"accounting.reports.read"}, {"accounting.reports.aged.read"}, set()),
        ({"accounting.settings"}, {"accounting.reports.aged.read"}, {"accounting.reports.aged.read"}),
        ({"openid"}, {"accounting.contacts"}, {"accounting.contacts"}),
        (set(), {"accounting.contacts"}, set()),
        (set(scopes.BROAD), set(scopes.GRANULAR), set()),
        (set(scopes.GRANULAR), set(scopes.GRANULAR), set()),
    ],
)
def test_what_is_missing_allows_for_wider_permissions(granted, needed, missing):
    assert scopes.granted_missing(granted, needed) == missing


def test_every_permission_asked_for_can_be_said_in_plain_words():
    asked = [*scopes.GRANULAR, *scopes.BROAD]

    assert not set(scopes.plain_words(asked)) & set(asked)
    assert scopes.plain_words(["new.scope"]) == ["new.scope"]
