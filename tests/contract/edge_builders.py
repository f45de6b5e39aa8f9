"""A small organisation, apps and a client for the tests of the stand-in's edges."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.server import SandboxServer
from counterfoil.sandbox.world import World

TENANT = "11111111-1111-4111-8111-111111111111"
SISTER = "22222222-2222-4222-8222-222222222222"
REDIRECT = "http://localhost:8000/integration/xero/callback"
SCOPES = "openid profile email offline_access accounting.contacts accounting.invoices accounting.settings"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def user(name: str = "Ada", *, user_id: str = "") -> dict[str, Any]:
    """A login, by default of its own in each organisation."""
    return {
        "UserID": user_id or f"user-{name.lower()}",
        "GlobalUserID": user_id or f"user-{name.lower()}",
        "EmailAddress": f"{name.lower()}@example.org",
        "FirstName": name,
        "LastName": "Example",
        "OrganisationRole": "STANDARD",
    }


def contact(number: int) -> dict[str, Any]:
    """A contact with a name and an id."""
    return {
        "ContactID": f"aaaaaaaa-0000-4000-8000-{number:012d}",
        "Name": f"Customer {number}",
        "ContactStatus": "ACTIVE",
        "UpdatedDateUTC": NOON,
    }


def organisation(
    tenant_id: str = TENANT, *, name: str = "Paper & Co", users: tuple[str, ...] = ("Ada",), contacts: int = 3
) -> SeedData:
    """An organisation with a few contacts and nothing else."""
    return SeedData(
        organisation={
            "OrganisationID": tenant_id,
            "Name": name,
            "BaseCurrency": "GBP",
            "CountryCode": "GB",
            "Timezone": "GMTSTANDARDTIME",
            "IsDemoCompany": True,
        },
        actions=[],
        accounts=[],
        tax_rates=[],
        currencies=[{"Code": "GBP", "Description": "British Pound"}],
        branding_themes=[],
        tracking_categories=[],
        contact_groups=[],
        contacts=[contact(number) for number in range(1, contacts + 1)],
        items=[],
        invoices=[],
        credit_notes=[],
        purchase_orders=[],
        payments=[],
        allocations=[],
        tenant_id=tenant_id,
        users=[user(person) for person in users],
    )


def web_app(**changes: Any) -> RegisteredApp:
    """A web app with one redirect address."""
    given = {"client_id": "shop", "secret": "word", "name": "Shop", "redirect_uris": (REDIRECT,)} | changes
    return RegisteredApp(**given)


def server(*seeds: SeedData, apps: tuple[RegisteredApp, ...] = (), **options: Any) -> SandboxServer:
    """A stand-in whose clock stands at noon."""
    return SandboxServer(
        seeds or (organisation(),), apps=apps or (web_app(),), world=World(clock=Clock(NOON)), **options
    )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def basic(app: RegisteredApp) -> dict[str, str]:
    """The header by which a confidential app proves itself."""
    return {"authorization": "Basic " + base64.b64encode(f"{app.client_id}:{app.secret}".encode()).decode()}


class Caller:
    """One HTTP client, without any cleverness of its own. ``token`` and ``tenant`` go along when set."""

    def __init__(self, running: SandboxServer, *, app: RegisteredApp | None = None) -> None:
        self.running = running
        self.app = app or web_app()
        self.token = ""
        self.tenant = ""

    def call(
        self, method: str, path: str, *, body: bytes = b"", timeout_s: float = 30.0, **headers: Any
    ) -> Answer:
        """One request on its own connection. ``_`` in a header name means ``-``."""
        with closing(self.ask(method, path, body=body, timeout_s=timeout_s, **headers)) as link:
            got = link.getresponse()
            return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())

    def ask(
        self, method: str, path: str, *, body: bytes = b"", timeout_s: float = 30.0, **headers: Any
    ) -> HTTPConnection:
        """The same without waiting for its answer. Whoever asked closes the connection."""
        given: dict[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
        given.setdefault("accept", "application/json")
        if self.token:
            given.setdefault("authorization", f"Bearer {self.token}")
        if self.tenant:
            given.setdefault("xero-tenant-id", self.tenant)
        parts = urlsplit(self.running.url)
        link = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
        try:
            link.request(method, path, body=body or None, headers=given)
        except OSError:
            link.close()
            raise
        return link

    def get(self, resource: str, **headers: str) -> Answer:
        """A read below /api.xro/2.0."""
        return self.call("GET", f"/api.xro/2.0/{resource}", **headers)

    def put(self, resource: str, value: Any, *, method: str = "PUT", **headers: str) -> Answer:
        """A write below /api.xro/2.0."""
        body = json.dumps(value).encode()
        return self.call(
            method, f"/api.xro/2.0/{resource}", body=body, content_type="application/json", **headers
        )

    def control(self, path: str, value: Any = None, *, method: str = "") -> Answer:
        """A control call: GET without a value, POST with one."""
        body = b"" if value is None else json.dumps(value).encode()
        return self.call(method or ("POST" if body else "GET"), f"/control/{path}", body=body)

    def authorise_path(self, **changes: str | None) -> str:
        """The address of the consent page; None takes a parameter away."""
        given: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": "s1",
        }
        given |= changes
        chosen = {name: value for name, value in given.items() if value is not None}
        return "/identity/connect/authorize?" + urlencode(chosen)

    def press(
        self, action: str = "allow", *, who: str = "Ada", tenant: str = TENANT, **changes: Any
    ) -> Answer:
        """Press a button of the consent page."""
        form = urlencode({"action": action, "user": f"user-{who.lower()}", "tenant": tenant}).encode()
        return self.call("POST", self.authorise_path(**changes), body=form)

    def code(self, **given: Any) -> str:
        """Allow, and take the code out of the redirect."""
        return came_back(self.press(**given))["code"]

    def exchange(self, code: str, **changes: str) -> Answer:
        """Exchange a code."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT} | changes
        return self.identity("token", form)

    def refresh(self, token: str) -> Answer:
        """Use a refresh token."""
        return self.identity("token", {"grant_type": "refresh_token", "refresh_token": token})

    def identity(self, endpoint: str, form: dict[str, str]) -> Answer:
        """A form to /connect/…, with the app's Basic header if it has a secret."""
        headers = basic(self.app) if self.app.kind != "pkce" else {"authorization": ""}
        if self.app.kind == "pkce":
            form = {"client_id": self.app.client_id} | form
        kind = {"content_type": "application/x-www-form-urlencoded"}
        return self.call("POST", f"/connect/{endpoint}", body=urlencode(form).encode(), **headers, **kind)

    def connect(self, *, who: str = "Ada", tenant: str = TENANT, **changes: str | None) -> dict[str, Any]:
        """The whole flow; the token and the tenant are used from here on."""
        tokens: dict[str, Any] = self.exchange(self.code(who=who, tenant=tenant, **changes)).json
        self.token, self.tenant = tokens["access_token"], tenant
        return tokens


def came_back(answer: Answer) -> dict[str, str]:
    """The parameters of a redirect to the app."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
