"""The developer apps that the stand-in knows, as a developer would register them with Xero.

Values only: who an app is, which addresses it may be sent back to, which family of scopes it may ask for,
and what its pricing tier allows (xero-facts 1.2, 1.3, 1.11, 2.1, 2.2).
"""

import hmac
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

Kind = Literal["web", "pkce", "custom"]
ScopeStyle = Literal["granular", "broad", "both"]
Tier = Literal["starter", "core", "plus", "advanced"]

CALLS_A_DAY: dict[Tier, int] = {"starter": 1000, "core": 5000, "plus": 5000, "advanced": 5000}
CONNECTIONS: dict[Tier, int] = {"starter": 5, "core": 50, "plus": 1000, "advanced": 10000}
REDIRECTS_MAX = 50

DEMO_CLIENT_ID = "counterfoil-demo"
DEMO_SECRET = "counterfoil-demo-secret"  # noqa: S105 - the stand-in's published demo secret
DEMO_REDIRECT = "http://localhost:8000/integration/xero/callback"


@dataclass(slots=True)
class RegisteredApp:
    """One app. ``tenant_id`` is set for a custom connection only: the one organisation it belongs to."""

    client_id: str
    secret: str
    name: str = "Counterfoil"
    redirect_uris: tuple[str, ...] = ()
    kind: Kind = "web"
    scope_style: ScopeStyle = "granular"
    tier: Tier = "starter"
    tenant_id: str | None = None

    def __post_init__(self) -> None:
        for value, known in ((self.kind, Kind), (self.scope_style, ScopeStyle), (self.tier, Tier)):
            if value not in get_args(known):
                raise ValueError(f"{value!r} is not one of {', '.join(get_args(known))}.")
        if len(self.redirect_uris) > REDIRECTS_MAX:
            raise ValueError(f"An app may have {REDIRECTS_MAX} redirect URIs, not {len(self.redirect_uris)}.")
        for uri in self.redirect_uris:
            if reason := redirect_refused(uri):
                raise ValueError(f"Redirect URI {uri!r} cannot be registered: {reason}")

    def secret_fits(self, secret: str | None) -> bool:
        """Whether ``secret`` proves this app; a PKCE app has none to prove."""
        if self.kind == "pkce":
            return not secret
        return secret is not None and hmac.compare_digest(secret.encode(), self.secret.encode())


def redirect_refused(uri: str) -> str | None:
    """Why Xero would not register this address, or None if it would (xero-facts 1.3)."""
    parts = urlsplit(uri)
    if "*" in uri or parts.fragment:
        return "wildcards and fragments are not allowed."
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.hostname == "localhost":
        return None
    if parts.scheme == "http":
        return "http is allowed for localhost only (127.0.0.1 is refused too); use https."
    return "only https, and http://localhost, are allowed."


def demo_app(*redirect_uris: str) -> RegisteredApp:
    """The app that is there when nobody registered another."""
    return RegisteredApp(DEMO_CLIENT_ID, DEMO_SECRET, redirect_uris=redirect_uris or (DEMO_REDIRECT,))
