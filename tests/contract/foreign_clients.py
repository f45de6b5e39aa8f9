"""Sets the stage for other people's clients: a running stand-in and an app of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import parse_qs, urlsplit

from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.server import SandboxServer

TODAY = date(2026, 11, 21)
REDIRECT = "https://app.example/callback"
SCOPES = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.payments",
    "accounting.settings",
    "accounting.attachments",
]


def foreign_app() -> RegisteredApp:
    return RegisteredApp("foreign", "foreign-secret", name="Foreign client", redirect_uris=(REDIRECT,))


@contextmanager
def stand_in() -> Iterator[SandboxServer]:
    """The UK books on a port. That the client asked it for JSON or XML at all is seen when it ends."""
    with SandboxServer(load("uk", today=TODAY), apps=(foreign_app(),), limits=False) as server:
        yield server
        asked = [entry["path"] for entry in server.edge.journal.entries(limit=5000)]
    assert any(path.startswith("/api.xro/") for path in asked), "nothing was asked of the books"


def code_in(address: str) -> str:
    """The authorisation code in the address that consent sends the browser to."""
    return parse_qs(urlsplit(address).query)["code"][0]
