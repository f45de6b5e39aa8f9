"""Xero's identity endpoints over ``tokens.Authority``: authorise, token, revocation, connections.

Words and status codes are those of xero-facts 1.3 to 1.10. Wrong client ids and wrong addresses get a page
and never a redirect; everything the app may know goes back to it as ``?error=``.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlencode

from counterfoil.sandbox import scopes as scope_rules
from counterfoil.sandbox.apps import RegisteredApp, redirect_refused
from counterfoil.sandbox.call import HTML, Call, Reply, json_reply, problem, refuse
from counterfoil.sandbox.consent_page import consent_page, error_page
from counterfoil.sandbox.people import People, Person
from counterfoil.sandbox.tokens import Authority, Connection, Grant, GrantRefused, TooManyConnections

_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}
_NO_STORE = {"cache-control": "no-store, no-cache, max-age=0", "pragma": "no-cache"}
_SIGN_IN = frozenset({"openid", "profile", "email", "offline_access"})


@dataclass(slots=True)
class _Asked:
    """A valid authorise request."""

    app: RegisteredApp
    redirect_uri: str
    scopes: list[str]
    state: str | None
    challenge: str | None

    def back(self, **answer: str) -> Reply:
        """The redirect to the app with this answer and its own ``state``."""
        if self.state is not None:
            answer["state"] = self.state
        joint = "&" if "?" in self.redirect_uri else "?"
        return Reply(302, headers={"location": f"{self.redirect_uri}{joint}{urlencode(answer)}"} | _NO_STORE)


def _page(body: bytes, status: int = 200) -> Reply:
    return Reply(status, body, HTML, dict(_PAGE_HEADERS))


def _stop(what: str, why: str) -> Reply:
    return _page(error_page(what, why), 400)


def stamp(when: datetime) -> str:
    """Seven fractional digits and no zone, as /connections writes its times (xero-facts 1.6)."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06d}0"


class Identity:
    """The endpoints. ``organisation_names`` gives the present tenants and their names."""

    def __init__(
        self,
        *,
        apps: dict[str, RegisteredApp],
        people: People,
        authority: Authority,
        organisation_names: Callable[[], dict[str, str]],
        now: Callable[[], datetime],
    ) -> None:
        self.apps = apps
        self.people = people
        self.authority = authority
        self._names = organisation_names
        self._now = now

    # Authorise

    def _asked(self, call: Call) -> _Asked:
        given = call.parameters()
        app = self.apps.get(given.get("client_id", ""))
        if app is None:
            refuse(_stop("unauthorized_client", "No app is registered with this client id."))
        if app.kind == "custom":
            refuse(_stop("unauthorized_client", "A custom connection has no consent page."))
        redirect_uri = given.get("redirect_uri", "")
        if redirect_uri not in app.redirect_uris:
            why = (
                redirect_refused(redirect_uri) or "It is not, letter for letter, one that the app registered."
            )
            refuse(_stop("Invalid redirect_uri", f"{redirect_uri or 'No address'} was given. {why}"))
        asked = _Asked(
            app, redirect_uri, given.get("scope", "").split(), given.get("state"), given.get("code_challenge")
        )
        if given.get("response_type") != "code":
            refuse(asked.back(error="unsupported_response_type"))
        if asked.challenge and given.get("code_challenge_method") != "S256":
            refuse(asked.back(error="invalid_request", error_description="Transform algorithm not supported"))
        if app.kind == "pkce" and not asked.challenge:
            refuse(asked.back(error="invalid_request", error_description="code challenge required"))
        if wrong := scope_rules.asked_wrongly(asked.scopes, style=app.scope_style):
            refuse(asked.back(error=wrong[0], error_description=wrong[1]))
        return asked

    def authorise_page(self, call: Call, *, chosen: Person | None = None, complaint: str = "") -> Reply:
        """GET /identity/connect/authorize."""
        asked = self._asked(call)
        people = sorted(self.people, key=lambda person: -len(person.organisations))
        if not people:
            return _stop("Nobody can sign in", "The stand-in has no organisation yet; load a seed first.")
        chosen = chosen or people[0]
        body = consent_page(
            asked.app,
            query=call.query,
            people=people,
            chosen=chosen,
            organisations=None if _SIGN_IN.issuperset(asked.scopes) else self._choices(asked.app, chosen),
            scopes=asked.scopes,
            complaint=complaint,
        )
        return _page(body)

    def _choices(self, app: RegisteredApp, person: Person) -> list[tuple[str, str, bool]]:
        names = self._names()
        known = {link.tenant_id for link in self.authority.connections(app.client_id, person.user_id)}
        return [
            (tenant, names[tenant], tenant in known) for tenant in person.organisations if tenant in names
        ]

    def authorise_answer(self, call: Call) -> Reply:
        """POST /identity/connect/authorize: a button was pressed."""
        asked, form = self._asked(call), call.form()
        person = self.people.find(form.get("user", ""))
        action = form.get("action")
        if action == "cancel":
            return asked.back(error="access_denied", error_description="The user cancelled the request")
        if action != "allow" or person is None:
            return self.authorise_page(call, chosen=person, complaint="" if person else "Choose who you are.")
        tenant = None if _SIGN_IN.issuperset(asked.scopes) else form.get("tenant", "")
        if tenant is not None and tenant not in {choice[0] for choice in self._choices(asked.app, person)}:
            return self.authorise_page(
                call, chosen=person, complaint=f"Choose one of the organisations of {person.name}."
            )
        return self._allow(asked, person, tenant)

    def _allow(self, asked: _Asked, person: Person, tenant: str | None) -> Reply:
        try:
            code = self.authority.consent(
                asked.app,
                person,
                tenant_id=tenant,
                scopes=asked.scopes,
                redirect_uri=asked.redirect_uri,
                challenge=asked.challenge,
            )
        except TooManyConnections as full:
            return _stop(
                "This app has reached its limit of connected organisations",
                f"Its pricing tier ({full}) allows no further one. Disconnect one first.",
            )
        return asked.back(code=code, scope=" ".join(asked.scopes))

    # Token and revocation

    def _client(self, call: Call, form: dict[str, str]) -> RegisteredApp:
        """Who calls: Basic header or form fields (xero-facts 1.2). Raises GrantRefused."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        kind, _, packed = call.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, word = base64.b64decode(packed, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise GrantRefused("invalid_client") from None
            client_id, secret = unquote(user), unquote(word)
        app = self.apps.get(client_id)
        if app is None or not app.secret_fits(secret):
            raise GrantRefused("invalid_client")
        return app

    def token(self, call: Call) -> Reply:
        """POST /connect/token; errors are 400 JSON (xero-facts 1.8)."""
        form = call.form()
        try:
            app = self._client(call, form)
            answer = self._grant(app, form)
        except GrantRefused as refused:
            words = {"error": refused.error}
            if refused.description:
                words["error_description"] = refused.description
            return json_reply(words, status=400, headers=dict(_NO_STORE))
        return json_reply(answer, headers=dict(_NO_STORE))

    def _grant(self, app: RegisteredApp, form: dict[str, str]) -> dict[str, object]:
        kind = form.get("grant_type")
        if kind not in ("authorization_code", "refresh_token", "client_credentials"):
            raise GrantRefused("unsupported_grant_type")
        if (kind == "client_credentials") != (app.kind == "custom"):
            raise GrantRefused("unauthorized_client")
        if kind == "authorization_code":
            return self.authority.redeem(
                app,
                code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
            )
        if kind == "refresh_token":
            return self.authority.refresh(app, form.get("refresh_token", ""))
        wanted = form.get("scope", "").split()
        if scope_rules.asked_wrongly(wanted, style=app.scope_style):
            raise GrantRefused("invalid_scope")
        return self.authority.client_credentials(app, wanted)

    def revocation(self, call: Call) -> Reply:
        """POST /connect/revocation: 200 and empty, also for a token nobody knows (RFC 7009 section 2.2)."""
        form = call.form()
        try:
            app = self._client(call, form)
        except GrantRefused as refused:
            return json_reply({"error": refused.error}, status=400)
        self.authority.revoke(app, form.get("token", ""))
        return Reply(200)

    # Access tokens and connections

    def grant(self, call: Call, correlation_id: str) -> Grant:
        """The valid grant of a call. Refuses with the two 401 bodies of xero-facts 1.9."""
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self.authority.grant_of(token.strip()) if kind.lower() == "bearer" else None
        if grant is None:
            refuse(problem(401, "Unauthorized", "AuthenticationUnsuccessful", correlation_id))
        if self._now() >= grant.expires_at:
            detail = f"TokenExpired: token expired at {grant.expires_at:%m/%d/%Y %H:%M:%S}"
            bearer = "Bearer error=invalid_token"
            refuse(problem(401, "Unauthorized", detail, correlation_id, www_authenticate=bearer))
        return grant

    def connections(self, call: Call, correlation_id: str) -> Reply:
        """GET /connections, with ``authEventId`` those of one consent (xero-facts 1.6)."""
        grant = self.grant(call, correlation_id)
        event = call.parameters().get("authEventId")
        held = self.authority.connections(grant.client_id, grant.user_id)
        return json_reply([self._shown(link) for link in held if event in (None, link.auth_event_id)])

    def _shown(self, link: Connection) -> dict[str, str]:
        return {
            "id": link.id,
            "authEventId": link.auth_event_id,
            "tenantId": link.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self._names().get(link.tenant_id, ""),
            "createdDateUtc": stamp(link.created_at),
            "updatedDateUtc": stamp(link.updated_at),
        }

    def disconnect(self, call: Call, correlation_id: str) -> Reply:
        """DELETE /connections/{id}: 204, or 404 when it is not one of this person and app."""
        grant = self.grant(call, correlation_id)
        connection_id = call.path.rstrip("/").rpartition("/")[2].lower()
        if self.authority.disconnect(connection_id, grant=grant):
            return Reply(204)
        return problem(404, "Not Found", "Connection not found", correlation_id)


def discovery(base_url: str) -> Reply:
    """The OpenID discovery document, with this server's addresses and Xero's issuer."""
    return json_reply(
        {
            "issuer": "https://identity.xero.com",
            "authorization_endpoint": f"{base_url}/identity/connect/authorize",
            "token_endpoint": f"{base_url}/connect/token",
            "revocation_endpoint": f"{base_url}/connect/revocation",
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": sorted(scope_rules.SHARED | scope_rules.GRANULAR | scope_rules.BROAD),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )
