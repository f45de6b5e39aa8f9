"""The stand-in as a running server: in a thread for tests, in the foreground for ``counterfoil sandbox``."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

import uvicorn

from counterfoil.sandbox.app import SandboxApp
from counterfoil.sandbox.apps import RegisteredApp, demo_app
from counterfoil.sandbox.call import Call, Refusal
from counterfoil.sandbox.edge import Edge
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.world import World

_START_S = 10.0


class CannotStart(RuntimeError):
    """The server did not come up; the message says why and what to do."""


def loopback_socket(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1. With protocol 0 asyncio leaves Nagle on, 44 ms a call (stack.md 5)."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise CannotStart(f"Port {port} is taken ({error.strerror}). Choose another with --port.") from error
    return listener


class SandboxServer:
    """A stand-in Xero on a loopback port, for ``with``.

    ``seeds`` are loaded before the first call. ``limits`` False lifts all call limits. ``latency_s`` delays
    each data answer. Port 0 picks a free one; ``url`` says which.
    """

    def __init__(
        self,
        seeds: Iterable[SeedData] = (),
        *,
        apps: Iterable[RegisteredApp] = (),
        world: World | None = None,
        seed: int = 1,
        port: int = 0,
        limits: bool = True,
        latency_s: float = 0.0,
    ) -> None:
        self.world = world or World(seed=seed)
        self.edge = Edge(
            self.world, apps=tuple(apps) or (demo_app(),), seed=seed, limits=limits, latency_s=latency_s
        )
        for data in seeds:
            self.edge.organisation_add(data)
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> Self:
        """Listen; returns when the first call can be made. Raises CannotStart."""
        listener = loopback_socket(self._port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._app = SandboxApp(self.edge, base_url=self.url)
        config = uvicorn.Config(
            self._app,
            log_level="critical",
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox-server", daemon=True
        )
        self._thread.start()
        self._await_start()
        return self

    def _await_start(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        end = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise CannotStart("The stand-in did not start; nothing is listening.")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop listening; calls in flight get a second."""
        if self._server is None or self._thread is None:
            return
        self._app.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def consent(
        self,
        authorise_url: str,
        *,
        user: str | None = None,
        organisation: str | None = None,
        allow: bool = True,
    ) -> str:
        """Do what a person does on the consent page; return the address the browser is sent to.

        ``user`` is an email address or user id, ``organisation`` a tenant id or name; by default the first
        person and the first of their organisations. Raises ValueError with the page when it does not redirect.
        """
        people, names = list(self.edge.people), self.edge.organisation_names()
        person = self.edge.people.find(user) if user else people[0]
        if person is None:
            raise ValueError(f"Nobody called {user!r} may sign in here.")
        tenants = [
            tenant for tenant in person.organisations if organisation in (None, tenant, names.get(tenant))
        ]
        form = {"action": "allow" if allow else "cancel", "user": person.user_id}
        form["tenant"] = tenants[0] if tenants else ""
        parts = urlsplit(authorise_url)
        call = Call("POST", parts.path, parts.query, {}, urlencode(form).encode())
        try:
            reply = self.edge.identity.authorise_answer(call)
        except Refusal as refusal:
            reply = refusal.reply
        if "location" not in reply.headers:
            raise ValueError(reply.body.decode())
        return reply.headers["location"]
