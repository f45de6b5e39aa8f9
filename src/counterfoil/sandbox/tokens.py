"""Codes, tokens, consents and connections: what Xero's identity service remembers.

Life times (xero-facts 1.3, 1.4): a code works once within 5 minutes, an access token 30 minutes, a refresh
token 60 days unless it is used; after a refresh the previous token still works for 30 minutes. Nothing here
speaks HTTP: wrong requests raise ``GrantRefused`` with the OAuth error, ``oauth.py`` words it.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from counterfoil.sandbox.apps import CONNECTIONS, RegisteredApp
from counterfoil.sandbox.people import Person
from counterfoil.sandbox.seeded import Seeded
from counterfoil.sandbox.switches import EdgeSwitches
from counterfoil.sandbox.world import Switches

CODE_LIFE = timedelta(minutes=5)
ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)
ISSUER = "https://identity.xero.com"
_KEY = b"stand-in: signs nothing that is real"


class GrantRefused(Exception):
    """An OAuth error code of the token endpoint, with its optional description."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class TooManyConnections(Exception):
    """The app's pricing tier allows no further organisation (xero-facts 2.2)."""


@dataclass(slots=True)
class Grant:
    """What an access token stands for. ``user_id`` is None for a custom connection."""

    client_id: str
    user_id: str | None
    scopes: frozenset[str]
    expires_at: datetime
    auth_event_id: str


@dataclass(slots=True)
class Connection:
    """One person's link between an app and an organisation; ``id`` is not the tenant id (xero-facts 1.6)."""

    id: str
    client_id: str
    user_id: str | None
    tenant_id: str
    auth_event_id: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class _Code:
    app: RegisteredApp
    person: Person
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    expires_at: datetime
    auth_event_id: str
    authenticated_at: datetime
    used: bool = False


@dataclass(slots=True)
class _Family:
    """The refresh tokens that follow one another after one consent."""

    client_id: str
    person: Person
    scopes: tuple[str, ...]
    auth_event_id: str
    authenticated_at: datetime
    current: str = ""
    previous: dict[str, datetime] = field(default_factory=dict)
    used_at: datetime | None = None
    last_answer: dict[str, Any] = field(default_factory=dict)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _part(value: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=")


def signed(claims: dict[str, Any]) -> str:
    """A JWT-shaped token, signed HS256 with a key of the stand-in (Xero's are RS256)."""
    head = _part({"alg": "HS256", "kid": "stand-in", "typ": "JWT"}) + b"." + _part(claims)
    mark = hmac.new(_KEY, head, hashlib.sha256).digest()
    return (head + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


class Authority:
    """All consents of the stand-in. Every method is safe to call from several threads."""

    def __init__(
        self, *, now: Callable[[], datetime], ids: Seeded, switches: EdgeSwitches, unknowns: Switches
    ) -> None:
        self._now = now
        self._ids = ids
        self._switches = switches
        self._unknowns = unknowns
        self._lock = threading.RLock()
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, Grant] = {}
        self._families: dict[str, _Family] = {}
        self._scopes: dict[tuple[str, str], tuple[str, ...]] = {}
        self._connections: dict[str, Connection] = {}
        self._custom: set[str] = set()
        self.dead_refresh_uses = 0

    # Consent

    def consent(
        self,
        app: RegisteredApp,
        person: Person,
        *,
        tenant_id: str | None,
        scopes: list[str],
        redirect_uri: str,
        challenge: str | None,
    ) -> str:
        """Record that a person allowed this; return the code. ``tenant_id`` None is sign-in only.

        Raises TooManyConnections. Scopes add up over the consents of one person and app.
        """
        with self._lock:
            now, event = self._now(), self._ids.guid()
            if tenant_id is not None:
                self._connect(app, person.user_id, tenant_id, event)
            key = (person.user_id, app.client_id)
            self._scopes[key] = tuple(dict.fromkeys((*self._scopes.get(key, ()), *scopes)))
            code = self._ids.token()
            self._codes[code] = _Code(
                app, person, redirect_uri, self._scopes[key], challenge, now + CODE_LIFE, event, now
            )
            return code

    def granted(self, user_id: str, client_id: str) -> tuple[str, ...]:
        """Every scope this person has allowed this app so far."""
        return self._scopes.get((user_id, client_id), ())

    def _connect(self, app: RegisteredApp, user_id: str | None, tenant_id: str, event: str) -> Connection:
        now = self._now()
        for known in self.connections(app.client_id, user_id):
            if known.tenant_id == tenant_id:
                known.updated_at, known.auth_event_id = now, event
                return known
        tenants = {link.tenant_id for link in self._connections.values() if link.client_id == app.client_id}
        if tenant_id not in tenants and len(tenants) >= CONNECTIONS[app.tier]:
            raise TooManyConnections(app.tier)
        link = Connection(self._ids.guid(), app.client_id, user_id, tenant_id, event, now, now)
        self._connections[link.id] = link
        return link

    # Tokens

    def redeem(
        self, app: RegisteredApp, *, code: str, redirect_uri: str, verifier: str | None
    ) -> dict[str, Any]:
        """Exchange a code for tokens. Raises GrantRefused; a wrong attempt burns the code."""
        with self._lock:
            held = self._codes.get(code)
            if held is None or held.used or held.app.client_id != app.client_id:
                raise GrantRefused("invalid_grant")
            held.used = True
            if self._now() > held.expires_at or held.redirect_uri != redirect_uri:
                raise GrantRefused("invalid_grant")
            if held.challenge and (not verifier or challenge_of(verifier) != held.challenge):
                raise GrantRefused("invalid_grant")
            family = _Family(
                app.client_id, held.person, held.scopes, held.auth_event_id, held.authenticated_at
            )
            return self._answer(family, with_id_token=True)

    def refresh(self, app: RegisteredApp, token: str) -> dict[str, Any]:
        """Rotate a refresh token. Raises GrantRefused with ``invalid_grant`` for one that is dead."""
        with self._lock:
            family, now = self._families.get(token), self._now()
            if family is None or family.client_id != app.client_id or family.used_at is None:
                self.dead_refresh_uses += 1
                raise GrantRefused("invalid_grant")
            if token == family.current:
                if now - family.used_at > REFRESH_LIFE:
                    raise GrantRefused("invalid_grant", "refresh token has expired")
                family.previous[token] = now
                return self._answer(family)
            first_used = family.previous.get(token)
            if first_used is None or now - first_used > timedelta(minutes=self._switches.grace_minutes):
                self.dead_refresh_uses += 1
                raise GrantRefused("invalid_grant")
            return family.last_answer if self._unknowns.refresh_grace_same_pair else self._answer(family)

    def client_credentials(self, app: RegisteredApp, scopes: list[str]) -> dict[str, Any]:
        """A token of a custom connection: 30 minutes, no refresh token (xero-facts 1.10).

        The organisation counts as having authorised the app until it disconnects it; after that
        GrantRefused (which error Xero gives then is not known).
        """
        with self._lock:
            event = self._ids.guid()
            if app.tenant_id and app.client_id not in self._custom:
                self._custom.add(app.client_id)
                self._connect(app, None, app.tenant_id, event)
            if not self.connections(app.client_id, None):
                raise GrantRefused("unauthorized_client")
            access = self._issue(app.client_id, None, tuple(scopes), event, self._now())
            return {
                "access_token": access,
                "expires_in": 1800,
                "token_type": "Bearer",
                "scope": " ".join(scopes),
            }

    def _answer(self, family: _Family, *, with_id_token: bool = False) -> dict[str, Any]:
        now = self._now()
        access = self._issue(
            family.client_id, family.person, family.scopes, family.auth_event_id, family.authenticated_at
        )
        answer: dict[str, Any] = {"access_token": access, "expires_in": 1800, "token_type": "Bearer"}
        if with_id_token and "openid" in family.scopes:
            answer = {"id_token": self._id_token(family, access)} | answer
        if "offline_access" in family.scopes:
            family.current, family.used_at = self._ids.token(), now
            self._families[family.current] = family
            answer["refresh_token"] = family.current
        answer["scope"] = " ".join(family.scopes)
        family.last_answer = answer
        return answer

    def _issue(
        self, client_id: str, person: Person | None, scopes: tuple[str, ...], event: str, since: datetime
    ) -> str:
        now = self._now()
        claims = self._common_claims(client_id, person, now, ACCESS_LIFE, since)
        claims |= {"aud": f"{ISSUER}/resources", "client_id": client_id, "scope": list(scopes)}
        claims |= {"jti": self._ids.token(32), "authentication_event_id": event}
        token = signed(claims)
        user_id = person.user_id if person else None
        self._access[token] = Grant(client_id, user_id, frozenset(scopes), now + ACCESS_LIFE, event)
        return token

    def _common_claims(
        self, client_id: str, person: Person | None, now: datetime, life: timedelta, since: datetime
    ) -> dict[str, Any]:
        claims: dict[str, Any] = {"nbf": int(now.timestamp()), "exp": int((now + life).timestamp())}
        claims |= {"iss": ISSUER}
        if person is None:
            return claims
        return claims | {
            "sub": hashlib.md5(f"{client_id}:{person.user_id}".encode(), usedforsecurity=False).hexdigest(),
            "auth_time": int(since.timestamp()),
            "idp": "local",
            "xero_userid": person.user_id,
            "global_session_id": self._ids.token(32),
            "amr": ["pwd"],
        }

    def _id_token(self, family: _Family, access: str) -> str:
        now, person = self._now(), family.person
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = self._common_claims(family.client_id, person, now, CODE_LIFE, family.authenticated_at)
        claims |= {"aud": family.client_id, "iat": int(now.timestamp()), "sid": claims["global_session_id"]}
        claims["at_hash"] = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        if "email" in family.scopes:
            claims["email"] = person.email
        if "profile" in family.scopes:
            claims |= {"preferred_username": person.email}
            claims |= {"given_name": person.first_name, "family_name": person.last_name}
        return signed(claims)

    def grant_of(self, access_token: str) -> Grant | None:
        """What this token stands for, also when it has expired; None for a token never issued."""
        return self._access.get(access_token)

    # Connections

    def connections(self, client_id: str, user_id: str | None) -> list[Connection]:
        """The connections one person has made for one app, oldest first."""
        held = list(self._connections.values())
        return [link for link in held if link.client_id == client_id and link.user_id == user_id]

    def connections_all(self) -> list[Connection]:
        """Every connection there is."""
        return list(self._connections.values())

    def connected(self, grant: Grant, tenant_id: str) -> bool:
        """Whether this token may be used with this organisation, as far as connections go."""
        return any(link.tenant_id == tenant_id for link in self.connections(grant.client_id, grant.user_id))

    def app_connected(self, client_id: str, tenant_id: str) -> bool:
        """Whether anybody has connected this app to this organisation."""
        return any(
            (link.client_id, link.tenant_id) == (client_id, tenant_id) for link in self.connections_all()
        )

    def disconnect(self, connection_id: str, *, grant: Grant | None = None) -> bool:
        """Remove one connection; with a grant only one of its own. False when there is none such."""
        with self._lock:
            link = self._connections.get(connection_id)
            if link is None or (grant and (link.client_id, link.user_id) != (grant.client_id, grant.user_id)):
                return False
            del self._connections[connection_id]
            return True

    def disconnect_tenant(self, tenant_id: str, *, client_id: str | None = None) -> int:
        """Remove every connection of an organisation, as its owner can on the connected apps page."""
        with self._lock:
            doomed = [
                link.id
                for link in self._connections.values()
                if link.tenant_id == tenant_id and client_id in (None, link.client_id)
            ]
            return sum(self.disconnect(link_id) for link_id in doomed)

    def revoke(self, app: RegisteredApp, token: str) -> bool:
        """Kill a refresh token's family and all of that person's connections for the app (xero-facts 1.7)."""
        with self._lock:
            family = self._families.get(token)
            if family is None or family.client_id != app.client_id:
                return False
            self.forget(family.person.user_id, app.client_id)
            return True

    def forget(self, user_id: str, client_id: str) -> None:
        """Take back everything a person allowed an app: scopes, refresh tokens, connections."""
        with self._lock:
            self._scopes.pop((user_id, client_id), None)
            self._families = {
                token: family
                for token, family in self._families.items()
                if (family.person.user_id, family.client_id) != (user_id, client_id)
            }
            for link in self.connections(client_id, user_id):
                self.disconnect(link.id)
