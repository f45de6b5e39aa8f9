"""OAuth with Xero, as rules without I/O: what to ask for, what to send, what the answer means.

Sending is in :mod:`counterfoil.xero.identity`, what the
permissions are called in :mod:`counterfoil.xero.scopes`; storing tokens and refreshing them one at a time is the caller's. No
signature is checked here: tokens come straight from Xero over TLS and are only read for names, never for rights.
"""

from __future__ import annotations

import base64
import hashlib
import math
import secrets as random_source
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from counterfoil.xero import answers
from counterfoil.xero.errors import (
    BadAnswer,
    Misconfigured,
    RefreshRejected,
    TemporarilyUnavailable,
    XeroError,
)

# ------------------------------------------------------------------ the consent page (xero-facts §1.3)


@dataclass(frozen=True, slots=True)
class Pkce:
    """A proof that whoever exchanges the code asked for it: keep `verifier`, send `challenge` (S256)."""

    verifier: str = field(repr=False)
    challenge: str


def pkce(verifier: str | None = None) -> Pkce:
    """A fresh pair, or the pair of a stored verifier (43 to 128 characters)."""
    verifier = verifier or random_source.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return Pkce(verifier=verifier, challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"))


def new_state() -> str:
    """A value nobody can guess, to bind the answer of the consent page to the session that asked."""
    return random_source.token_urlsafe(32)


def authorise_url(
    authorize: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
    challenge: str | None = None,
) -> str:
    """Where to send the browser. Misconfigured when there is no client id: Xero would show its own error page."""
    if not client_id:
        raise Misconfigured("No Xero client id is set.", code="unauthorized_client")
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    if challenge is not None:
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{authorize}?{urlencode(query)}"


# ------------------------------------------------------------------ forms for the token endpoint (xero-facts §1.4)


@dataclass(frozen=True, slots=True)
class App:
    """The registered app. Without a secret it is a PKCE app, which names itself in the form instead."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)

    def basic_header(self) -> dict[str, str]:
        """The Authorization header of a web app; nothing for a PKCE app."""
        if self.client_secret is None:
            return {}
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def named(self, form: dict[str, str]) -> dict[str, str]:
        """`form` with the client id where it must be in the form."""
        return form | {"client_id": self.client_id} if self.client_secret is None else form


def exchange_form(app: App, *, code: str, redirect_uri: str, verifier: str | None = None) -> dict[str, str]:
    """The form that turns the code of the consent page into tokens."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return app.named(form if verifier is None else form | {"code_verifier": verifier})


def refresh_form(app: App, refresh_token: str) -> dict[str, str]:
    """The form that turns a refresh token into the next pair."""
    return app.named({"grant_type": "refresh_token", "refresh_token": refresh_token})


def client_credentials_form(scopes: Iterable[str]) -> dict[str, str]:
    """The form of a custom connection (xero-facts §1.10)."""
    return {"grant_type": "client_credentials", "scope": " ".join(scopes)}


def revoke_form(app: App, refresh_token: str) -> dict[str, str]:
    """The form that ends everything. It takes the refresh token, never the access token (xero-facts §1.7)."""
    return app.named({"token": refresh_token, "token_type_hint": "refresh_token"})


# ------------------------------------------------------------------ the token endpoint's answer

# Xero's tokens live 30 minutes; assumed when the answer does not say. A lifetime of zero or less cannot be meant; the
# token is tried for a minute, and a 401 tells the rest.
_USUAL_LIFETIME_S = 1800.0
_SHORTEST_LIFETIME_S = 60.0
_LONGEST_LIFETIME_S = 86_400.0
_MISCONFIGURED = {
    "invalid_client": "Xero does not know this client id and secret; check them in the settings.",
    "unauthorized_client": "This Xero app may not do this; check its kind and its scopes at developer.xero.com.",
    "unsupported_grant_type": "This kind of Xero app cannot connect this way.",
    "invalid_scope": "This Xero app may not ask for one of the permissions; check the scopes in the settings.",
    "invalid_request": "Xero found the request for tokens incomplete; check the redirect address in the settings.",
}


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What the token endpoint gave. `refresh` is None without offline_access; `scopes` empty if it was not said.

    `expires_at` in seconds since 1970. `authentication_event_id` finds the connections of this consent.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: float
    scopes: frozenset[str] = frozenset()
    authentication_event_id: str | None = None
    user_id: str | None = None
    user_name: str | None = None
    user_email: str | None = None


def parse_token_answer(status: int, headers: Mapping[str, str], body: bytes, now: float) -> TokenPair:
    """The tokens in this answer, or the error it means.

    RefreshRejected for `invalid_grant`, Misconfigured for what only the settings can mend, TemporarilyUnavailable for
    anything that is not Xero's JSON: then the same refresh token may be sent again (xero-facts §1.4, grace).
    """
    correlation_id = answers.correlation_of(headers)
    answer = _json_object(body)
    if status != 200:
        raise token_error(status, headers, body, now)
    access = answer.get("access_token")
    if answer and not (isinstance(access, str) and access):
        raise BadAnswer("Xero's answer holds no access token.", correlation_id=correlation_id, status=status)
    if not isinstance(access, str):
        raise TemporarilyUnavailable(
            "Xero's sign-in service answered with something other than tokens.",
            correlation_id=correlation_id,
            status=status,
        )
    refresh = answer.get("refresh_token")
    claims, identity = _claims(access), _claims(answer.get("id_token"))
    return TokenPair(
        access=access,
        refresh=refresh if isinstance(refresh, str) and refresh else None,
        expires_at=now + _lifetime_s(answer.get("expires_in")),
        scopes=_scopes(answer.get("scope")) or _scopes(claims.get("scope")),
        authentication_event_id=_text(claims.get("authentication_event_id")),
        user_id=_text(claims.get("xero_userid")) or _text(identity.get("xero_userid")),
        user_name=_full_name(identity),
        user_email=_text(identity.get("email")),
    )


def token_error(status: int, headers: Mapping[str, str], body: bytes, now: float) -> XeroError:
    """What an answer of the token or revocation endpoint that is no success means (xero-facts §1.8)."""
    correlation_id = answers.correlation_of(headers)
    answer = _json_object(body)
    code = answer.get("error")
    if status in {400, 401, 403} and code == "invalid_grant":
        return RefreshRejected(
            "Xero no longer accepts this connection's token; connect again.",
            correlation_id=correlation_id,
            status=status,
        )
    if status in {400, 401, 403} and isinstance(code, str) and code in _MISCONFIGURED:
        return Misconfigured(_MISCONFIGURED[code], code=code, correlation_id=correlation_id, status=status)
    found = answers.classify(status, headers, body, now)
    if found is not None and not isinstance(found, answers.ABOUT_THE_API):
        return found
    kind = BadAnswer if answer else TemporarilyUnavailable
    return kind(
        "Xero's sign-in service answered in a way it does not document.",
        correlation_id=correlation_id,
        status=status,
    )


def _lifetime_s(value: object) -> float:
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if math.isnan(seconds):
        return _USUAL_LIFETIME_S
    return min(max(seconds, _SHORTEST_LIFETIME_S), _LONGEST_LIFETIME_S)


def _scopes(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list):
        return frozenset(scope for scope in value if isinstance(scope, str))
    return frozenset()


def _full_name(identity: Mapping[str, Any]) -> str | None:
    names = [name for key in ("given_name", "family_name") if (name := _text(identity.get(key)))]
    return " ".join(names) or None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _claims(token: object) -> dict[str, Any]:
    """What a JWT says about itself, unverified; empty for anything else: the access token is opaque by right."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return {}
    try:
        return _json_object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
