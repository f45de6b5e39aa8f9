"""Sets the stage for other people's clients: a running stand-in, an app of their own, and a tap on its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from counterfoil.sandbox import gateway
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.resources import Request, Response
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.server import SandboxServer
from counterfoil.sandbox.world import Organisation, World
from tests.contract.openapi import DESCRIPTION, assert_answer_fits

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


@dataclass
class Heard:
    """One answer of the books to a client that asked for JSON."""

    method: str
    path: str
    status: int
    body: bytes


def foreign_app() -> RegisteredApp:
    return RegisteredApp("foreign", "foreign-secret", name="Foreign client", redirect_uris=(REDIRECT,))


@contextmanager
def stand_in(heard: list[Heard], monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """The UK books on a port. Every answer is written to ``heard`` on its way out and held against the description."""

    def tapped(world: World, organisation: Organisation, request: Request) -> Response:
        response = real(world, organisation, request)
        if "json" in request.headers.get("accept", ""):
            heard.append(Heard(request.method, request.path, response.status, response.body))
        return response

    real = gateway.answer
    monkeypatch.setattr(gateway, "answer", tapped)
    with SandboxServer(load("uk", today=TODAY), apps=(foreign_app(),), limits=False) as server:
        yield server
    assert heard, "nothing went through the tap"
    if DESCRIPTION.exists():
        for answer in heard:
            assert_answer_fits(answer.method, answer.path, answer.status, answer.body)


def code_in(address: str) -> str:
    """The authorisation code in the address that consent sends the browser to."""
    return parse_qs(urlsplit(address).query)["code"][0]
