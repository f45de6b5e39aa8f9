"""The stand-in as a running server: in a thread for tests, in the foreground for ``counterfoil sandbox``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

import uvicorn

from counterfoil.sandbox.app import SandboxApp
from counterfoil.sandbox.apps import (
    CALLS_A_DAY,
    DEMO_CLIENT_ID,
    DEMO_REDIRECT,
    DEMO_SECRET,
    RegisteredApp,
    demo_app,
)
from counterfoil.sandbox.call import Call, Refusal
from counterfoil.sandbox.edge import Edge, Seeds
from counterfoil.sandbox.seeds import NAMES, load
from counterfoil.sandbox.world import World

_START_S = 10.0
_PUMP_S = 0.1


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


class _Server(uvicorn.Server):
    """uvicorn looks every 0.1 s whether it should end; tests start hundreds, so this one is told."""

    loop: asyncio.AbstractEventLoop | None = None
    leaving: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self.loop, self.leaving = asyncio.get_running_loop(), asyncio.Event()
        if not self.should_exit:
            await self.leaving.wait()

    def leave(self) -> None:
        """End soon; callable from any thread."""
        self.should_exit = True
        if self.loop is not None and self.leaving is not None:
            self.loop.call_soon_threadsafe(self.leaving.set)


class SandboxServer:
    """A stand-in Xero on a loopback port, for ``with``.

    ``seeds`` (or a function that makes them, which a reset can call again) are loaded at once.
    ``limits`` False lifts all call limits. ``latency_s`` delays each data answer. Port 0 picks a free one; ``url`` says which.
    """

    def __init__(
        self,
        seeds: Seeds = (),
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
            self.world,
            apps=tuple(apps) or (demo_app(),),
            seeds=seeds,
            seed=seed,
            limits=limits,
            latency_s=latency_s,
        )
        self._stopping = threading.Event()
        self._port = port
        self._server: _Server | None = None
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
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox-server", daemon=True
        )
        self._thread.start()
        self._await_start()
        threading.Thread(target=self._pump, name="sandbox-pump", daemon=True).start()
        return self

    def _await_start(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        end = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise CannotStart("The stand-in did not start; nothing is listening.")
            time.sleep(0.005)

    def _pump(self) -> None:
        """Do in time what nobody's call sets off: late work and webhooks."""
        while not self._stopping.wait(_PUMP_S):
            self.edge.tick()
            if not self.edge.switches.webhooks_on_request:
                self.edge.webhooks.deliver()

    def stop(self) -> None:
        """Stop listening; calls in flight get a second."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        self._app.close()
        self._server.leave()
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
        person and the first of their organisations. Raises ValueError with the page when it does not
        redirect.
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


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; one is from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of records")
    return int(text)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="counterfoil sandbox",
        description="Run a stand-in for Xero on this machine, with invented books.",
    )
    parser.add_argument(
        "--port", type=_port, default=9800, help="port on 127.0.0.1 (default 9800, 0 for any)"
    )
    parser.add_argument(
        "--seed", choices=NAMES, help="which books (default uk, or sized when contacts or items are counted)"
    )
    parser.add_argument("--invoices", type=_count, help="how many invoices to invent")
    parser.add_argument("--contacts", type=_count, help="how many contacts to invent")
    for stream in ("items", "credit-notes", "purchase-orders"):
        parser.add_argument(f"--{stream}", type=_count, help=f"how many {stream.replace('-', ' ')} to invent")
    parser.add_argument(
        "--recorded", type=Path, metavar="DIR", help="serve the recorded answers in this folder"
    )
    parser.add_argument("--no-limits", action="store_true", help="lift all call limits")
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="S", help="seconds added to each answer"
    )
    parser.add_argument("--tier", choices=list(CALLS_A_DAY), default="starter", help="the app's pricing tier")
    parser.add_argument("--redirect-uri", action="append", help=f"may be repeated (default {DEMO_REDIRECT})")
    parser.add_argument("--client-id", default=DEMO_CLIENT_ID)
    parser.add_argument("--client-secret", default=DEMO_SECRET)
    parser.add_argument(
        "--while-input-is-open", action="store_true", help="end when standard input ends, not by Ctrl+C"
    )
    return parser.parse_args(argv)


def _wait_for_end_of_input(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()


def from_arguments(argv: Sequence[str] | None = None) -> SandboxServer:
    """A server, not yet started, as the command line asks for it. Raises ValueError for what cannot be."""
    given = _arguments(argv)
    app = RegisteredApp(
        given.client_id,
        given.client_secret,
        redirect_uris=tuple(given.redirect_uri or (DEMO_REDIRECT,)),
        tier=given.tier,
    )
    sizes = ("invoices", "contacts", "items", "credit_notes", "purchase_orders", "recorded")
    chosen = {name: getattr(given, name) for name in sizes if getattr(given, name) is not None}
    if given.recorded:
        seed = "recorded"
    else:
        seed = given.seed or ("sized" if {"contacts", "items"} & chosen.keys() else "uk")
    return SandboxServer(
        lambda: load(seed, **chosen),
        apps=(app,),
        port=given.port,
        limits=not given.no_limits,
        latency_s=given.latency,
    )


def _where_things_are(server: SandboxServer) -> Iterator[str]:
    yield f"Stand-in Xero   {server.url}   (invented books; this machine only; stop with Ctrl+C)"
    for tenant, organisation in server.world.organisations.items():
        yield f"  organisation  {organisation.name}   {tenant}   {len(organisation.store.invoices)} invoices"
    for person in server.edge.people:
        yield f"  may sign in   {person.name} <{person.email}>   {len(person.organisations)} organisation(s)"
    for app in server.edge.apps.values():
        yield f"  client id     {app.client_id}   secret {app.secret}   {app.tier}"
        for uri in app.redirect_uris:
            yield f"  redirect to   {uri}"
    yield f"  authorise     {server.url}/identity/connect/authorize"
    yield f"  token         {server.url}/connect/token"
    yield f"  API           {server.url}/api.xro/2.0"
    yield f"  its screens   {server.url}/face"
    yield f"  control       {server.url}/control"


def main(argv: Sequence[str] | None = None) -> int:
    """``counterfoil sandbox``: run until interrupted; 2 when it cannot start."""
    stop = threading.Event()
    is_leashed = _arguments(argv).while_input_is_open
    if is_leashed:
        # Ctrl+C reaches all programs of a terminal; who started this one may still want its answers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), name="leash", daemon=True).start()
    try:
        with from_arguments(argv) as server:
            for name in (signal.SIGTERM,) if is_leashed else (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, lambda *_: stop.set())
            print(*_where_things_are(server), sep="\n", flush=True)  # noqa: T201 - the command's own output
            stop.wait()
    except (CannotStart, ValueError) as error:
        print(f"The stand-in cannot start: {error}", file=sys.stderr)  # noqa: T201 - the command's own output
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
