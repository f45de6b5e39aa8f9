"""Calls outside any organisation: tokens and the list of connections. No limits of an organisation apply to them.

None of these repeats itself: a refresh whose answer was lost may be sent again with the same token (xero-facts §1.4),
but only its caller knows whether somebody else has refreshed meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

import msgspec

from counterfoil.xero import auth
from counterfoil.xero.answers import classify, correlation_of
from counterfoil.xero.auth import App, TokenPair
from counterfoil.xero.errors import BadAnswer, NotFound, TemporarilyUnavailable
from counterfoil.xero.records import Connection
from counterfoil.xero.transport import Answer, Hosts, Transport


def token_exchange(
    transport: Transport,
    hosts: Hosts,
    app: App,
    *,
    code: str,
    redirect_uri: str,
    verifier: str | None = None,
    clock: Callable[[], float] = time.time,
) -> TokenPair:
    """The tokens for the code the consent page gave. RefreshRejected when the code is used, old or not ours."""
    form = auth.exchange_form(app, code=code, redirect_uri=redirect_uri, verifier=verifier)
    return _tokens(transport, hosts, app, form, clock)


def token_refresh(
    transport: Transport,
    hosts: Hosts,
    app: App,
    refresh_token: str,
    *,
    clock: Callable[[], float] = time.time,
) -> TokenPair:
    """The next pair. The old one is dead after a short grace: store the new one before using it."""
    return _tokens(transport, hosts, app, auth.refresh_form(app, refresh_token), clock)


def token_client_credentials(
    transport: Transport,
    hosts: Hosts,
    app: App,
    scopes: Iterable[str],
    *,
    clock: Callable[[], float] = time.time,
) -> TokenPair:
    """A custom connection's access token; there is no refresh token (xero-facts §1.10)."""
    return _tokens(transport, hosts, app, auth.client_credentials_form(scopes), clock)


def revoke(
    transport: Transport,
    hosts: Hosts,
    app: App,
    refresh_token: str,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """End this consent for every organisation it reaches (xero-facts §1.7)."""
    answer = _post(transport, hosts.revocation, app, auth.revoke_form(app, refresh_token))
    if answer.status not in {200, 204}:
        raise auth.token_error(answer.status, answer.headers, answer.body, clock())


def connections(
    transport: Transport,
    hosts: Hosts,
    access_token: str,
    auth_event_id: str | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> list[Connection]:
    """The organisations this token reaches, in Xero's order, which means nothing; with `auth_event_id` those of one
    consent. BadAnswer if any row is unreadable: a missing row would look like a disconnected organisation.
    """
    query = {} if auth_event_id is None else {"authEventId": auth_event_id}
    answer = transport.send("GET", hosts.connections, headers=_bearer(access_token), params=query)
    _check(answer, clock(), (access_token,))
    try:
        return msgspec.json.decode(answer.body.removeprefix(b"\xef\xbb\xbf"), type=list[Connection])
    except msgspec.ValidationError as error:
        reason = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise TemporarilyUnavailable(
            "Xero's list of connections broke off.", correlation_id=correlation_of(answer.headers), status=200
        ) from None
    raise BadAnswer(
        f"Xero's list of connections cannot be read: {reason}.",
        correlation_id=correlation_of(answer.headers),
        status=200,
    )


def connection_delete(
    transport: Transport,
    hosts: Hosts,
    access_token: str,
    connection: Connection,
    *,
    clock: Callable[[], float] = time.time,
) -> bool:
    """Disconnect one organisation; False if it was disconnected already. Takes the whole connection, because its id is
    not the organisation's, and mixing up the two is easy.
    """
    url = f"{hosts.connections}/{quote(connection.id, safe='')}"
    answer = transport.send("DELETE", url, headers=_bearer(access_token))
    if isinstance(classify(answer.status, answer.headers, answer.body, clock()), NotFound):
        return False
    if not 200 <= answer.status < 300:
        _check(answer, clock(), (access_token,))
    return True


def _tokens(
    transport: Transport, hosts: Hosts, app: App, form: Mapping[str, str], clock: Callable[[], float]
) -> TokenPair:
    answer = _post(transport, hosts.token, app, form)
    return auth.parse_token_answer(answer.status, answer.headers, answer.body, clock())


def _post(transport: Transport, url: str, app: App, form: Mapping[str, str]) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return transport.send(
        "POST", url, headers=headers | app.basic_header(), content=urlencode(form).encode("ascii")
    )


def _bearer(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}


def _check(answer: Answer, now: float, secrets: Sequence[str]) -> None:
    error = classify(answer.status, answer.headers, answer.body, now, secrets=secrets)
    if error is not None:
        raise error
