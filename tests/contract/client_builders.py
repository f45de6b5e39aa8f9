"""A running stand-in, and a client connected to it the way a person connects one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from counterfoil.sandbox.apps import DEMO_CLIENT_ID, DEMO_REDIRECT, DEMO_SECRET
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.server import SandboxServer
from counterfoil.xero import auth, client, scopes
from counterfoil.xero.auth import App, TokenPair
from counterfoil.xero.governor import Governor
from counterfoil.xero.transport import Hosts, Transport

APP = App(DEMO_CLIENT_ID, DEMO_SECRET)


def small() -> list[SeedData]:
    """An organisation with a handful of everything; fresh each time, since a seed is used up by loading it."""
    return load("global", invoices=3, contacts=5, items=3, credit_notes=1, purchase_orders=1)


class Tokens:
    """Refreshes one at a time, as whoever uses the client must."""

    def __init__(self, transport: Transport, hosts: Hosts, pair: TokenPair) -> None:
        self._transport, self._hosts, self._pair = transport, hosts, pair
        self._lock = threading.Lock()
        self.refreshes = 0

    def access_token(self) -> str:
        with self._lock:
            return self._pair.access

    def refreshed_after(self, rejected: str) -> str:
        with self._lock:
            if self._pair.access == rejected:
                assert self._pair.refresh
                self._pair = client.token_refresh(self._transport, self._hosts, APP, self._pair.refresh)
                self.refreshes += 1
            return self._pair.access


@dataclass
class Connected:
    """Everything about one connection. `pauses` are the client's own waits, which take no time here."""

    server: SandboxServer
    transport: Transport
    hosts: Hosts
    tokens: Tokens
    pair: TokenPair
    tenant_id: str
    governor: Governor
    pauses: list[float] = field(default_factory=list)

    def client(self, **options: Any) -> client.XeroClient:
        settings: dict[str, Any] = {
            "sleep": self.pauses.append,
            "jitter": lambda: 1.0,
            "max_wait_s": 0.0,
        } | options
        return client.XeroClient(
            self.transport, self.hosts, self.tenant_id, self.tokens, self.governor, **settings
        )

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Give up early: for answers that would never end, so that no test waits for them."""
        patient = self.transport
        try:
            with Transport(self.hosts, read_s=0.5, deadline_s=1.0) as self.transport:
                yield
        finally:
            self.transport = patient

    def arm(self, fault: str, **match: Any) -> Any:
        return self.server.edge.faults.arm(fault, **match)

    def calls(self, path: str = "/api.xro/") -> list[dict[str, Any]]:
        """What the server saw of the accounting API."""
        return [entry for entry in self.server.edge.journal.entries(limit=5000) if path in entry["path"]]


def consent(
    server: SandboxServer, transport: Transport, hosts: Hosts, *, wanted: Any = scopes.GRANULAR
) -> TokenPair:
    proof, state = auth.pkce(), auth.new_state()
    page = auth.authorise_url(
        hosts.authorize,
        client_id=APP.client_id,
        redirect_uri=DEMO_REDIRECT,
        scopes=wanted,
        state=state,
        challenge=proof.challenge,
    )
    came_back = parse_qs(urlsplit(server.consent(page)).query)
    assert came_back["state"] == [state]
    return client.token_exchange(
        transport, hosts, APP, code=came_back["code"][0], redirect_uri=DEMO_REDIRECT, verifier=proof.verifier
    )


@contextmanager
def connected(
    seeds: list[SeedData] | None = None, *, wanted: Any = scopes.GRANULAR, limits: bool = True, **times: float
) -> Iterator[Connected]:
    """`times` are the transport's: connect_s, read_s, deadline_s."""
    with SandboxServer(seeds or load("uk"), limits=limits) as server:
        hosts = Hosts.sandbox(server.url)
        with Transport(hosts, **{"read_s": 20.0, "deadline_s": 30.0, **times}) as transport:
            pair = consent(server, transport, hosts, wanted=wanted)
            (connection, *_) = client.connections(transport, hosts, pair.access, pair.authentication_event_id)
            yield Connected(
                server=server,
                transport=transport,
                hosts=hosts,
                tokens=Tokens(transport, hosts, pair),
                pair=pair,
                tenant_id=connection.tenant_id,
                governor=Governor(),
            )
