"""Consent, tokens, connections: the client against the stand-in's identity service."""

import logging
import traceback

import pytest

from counterfoil.xero import client as xero
from counterfoil.xero import endpoints, scopes
from counterfoil.xero.auth import App
from counterfoil.xero.errors import (
    Forbidden,
    Misconfigured,
    ReconnectNeeded,
    RefreshRejected,
    ScopeMissing,
    TemporarilyUnavailable,
    XeroError,
)
from tests.contract.client_builders import APP, connected, small


@pytest.fixture
def books():
    with connected(small(), limits=False) as running:
        yield running


def test_a_consent_gives_both_tokens_and_says_what_was_granted(books):
    pair = books.pair

    assert pair.access
    assert pair.refresh
    assert scopes.granted_missing(pair.scopes, scopes.GRANULAR) == set()
    assert pair.authentication_event_id
    assert pair.user_email


def test_a_refresh_gives_another_pair_and_the_new_one_works(books):
    renewed = xero.token_refresh(books.transport, books.hosts, APP, books.pair.refresh)

    assert renewed.refresh != books.pair.refresh
    assert renewed.access != books.pair.access
    assert xero.connections(books.transport, books.hosts, renewed.access)


def test_an_expired_token_is_renewed_once_and_the_read_goes_on(books):
    books.arm("401_expired", path="/Contacts")

    assert books.client().page(endpoints.CONTACTS).records
    assert books.tokens.refreshes == 1


def test_a_token_that_runs_out_between_two_reads_is_renewed(books):
    client = books.client()
    client.page(endpoints.CURRENCIES)
    books.server.world.clock.advance(31 * 60)

    assert client.page(endpoints.CURRENCIES).records
    assert books.tokens.refreshes == 1


def test_a_missing_scope_is_never_mended_by_refreshing():
    narrow = ("offline_access", "accounting.settings.read")
    with connected(small(), limits=False, wanted=narrow) as books, pytest.raises(ScopeMissing):
        books.client().page(endpoints.CONTACTS)

    assert books.tokens.refreshes == 0
    assert len(books.calls()) == 1


def test_fresh_tokens_that_xero_does_not_know_either_need_a_person(books):
    books.arm("401_unknown", path="/Contacts", count=0)

    with pytest.raises(ReconnectNeeded):
        books.client().page(endpoints.CONTACTS)

    assert books.tokens.refreshes == 1


def test_a_disconnected_organisation_is_forbidden_and_missing_from_the_list(books):
    books.server.edge.authority.disconnect_tenant(books.tenant_id)

    with pytest.raises(Forbidden):
        books.client().page(endpoints.CONTACTS)

    listed = xero.connections(books.transport, books.hosts, books.tokens.access_token())
    assert books.tenant_id not in {connection.tenant_id for connection in listed}


def test_disconnecting_twice_is_no_error(books):
    (connection,) = xero.connections(books.transport, books.hosts, books.pair.access)

    first = xero.connection_delete(books.transport, books.hosts, books.pair.access, connection)
    second = xero.connection_delete(books.transport, books.hosts, books.pair.access, connection)

    assert (first, second) == (True, False)
    assert xero.connections(books.transport, books.hosts, books.pair.access) == []


def test_after_a_revocation_the_refresh_token_is_dead(books):
    xero.revoke(books.transport, books.hosts, APP, books.pair.refresh)

    with pytest.raises(RefreshRejected):
        xero.token_refresh(books.transport, books.hosts, APP, books.pair.refresh)


def test_a_code_cannot_be_exchanged_twice_or_made_up(books):
    with pytest.raises(RefreshRejected):
        xero.token_exchange(
            books.transport,
            books.hosts,
            APP,
            code="made-up",
            redirect_uri="http://localhost:8000/integration/xero/callback",
        )


def test_a_wrong_secret_is_a_matter_of_settings(books):
    with pytest.raises(Misconfigured) as raised:
        xero.token_refresh(books.transport, books.hosts, App(APP.client_id, "wrong"), books.pair.refresh)

    assert raised.value.code == "invalid_client"


@pytest.mark.parametrize("fault", ["token_html", "token_500", "html_200", "html_502", "503_offline"])
def test_a_stumbling_identity_service_ends_no_connection(books, fault):
    books.arm(fault, path="/connect/token")

    with pytest.raises(TemporarilyUnavailable):
        xero.token_refresh(books.transport, books.hosts, APP, books.pair.refresh)

    assert xero.token_refresh(books.transport, books.hosts, APP, books.pair.refresh).access


@pytest.mark.parametrize("body", ["[{}]", '[{"id":"x"}]', '{"connections":[]}', "[null]", "[{", "null"])
def test_an_unreadable_list_of_connections_is_never_an_empty_one(books, body):
    books.arm("custom", path="/connections", params={"body": body})

    with pytest.raises(XeroError):
        xero.connections(books.transport, books.hosts, books.pair.access)


FAULTS = (
    "reset_before",
    "cut_body",
    "html_200",
    "html_502",
    "429_day",
    "503_offline",
    "404_text",
    "xml_answer",
    "problem_lower_case",
    "401_expired",
    "401_unknown",
    "401_scope",
    "403_tenant",
)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_shows_a_token_in_its_text_its_parts_or_the_log(books, fault, caplog):
    caplog.set_level(logging.DEBUG)
    books.arm(fault, path="/Contacts", count=0)

    with pytest.raises(XeroError) as raised:
        books.client().page(endpoints.CONTACTS)

    shown = "".join(traceback.format_exception(raised.value))
    error: BaseException | None = raised.value
    while error is not None:
        shown += f"{error!r} {error} {error.args} {vars(error)}"
        error = error.__cause__ or error.__context__
    shown += caplog.text
    for secret in (books.pair.access, books.pair.refresh, books.tokens.access_token(), APP.client_secret):
        assert secret not in shown


def test_xeros_echo_of_our_own_token_is_hidden(books):
    echo = {
        "ErrorNumber": 10,
        "Elements": [{"ValidationErrors": [{"Message": f"no {books.pair.access} here"}]}],
    }
    books.arm("custom", path="/Contacts", params={"status": 400, "body": echo})

    with pytest.raises(XeroError) as raised:
        books.client().page(endpoints.CONTACTS)

    assert books.pair.access not in f"{raised.value} {vars(raised.value)}"
    assert "[hidden]" in str(raised.value)


def test_every_failure_carries_xeros_correlation_id(books):
    books.arm(
        "custom",
        path="/Contacts",
        params={"status": 418, "headers": {"Xero-Correlation-Id": "abcd-1234-efgh"}},
    )

    with pytest.raises(XeroError) as raised:
        books.client().page(endpoints.CONTACTS)

    assert raised.value.correlation_id == "abcd-1234-efgh"
    assert "abcd-1234-efgh" in str(raised.value)
