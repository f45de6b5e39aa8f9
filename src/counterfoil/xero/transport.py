"""Bytes to Xero and back: hosts, time-outs, limits of size. It knows no Xero semantics and never repeats a request.

A request may only go to one of the configured hosts, and those are Xero's own or a loopback stand-in: an address can
never come from data. Every request has a total deadline: the network stream itself counts it down, because a time-out
per read is no bound at all against a server that drips one byte a second. Not bounded here: name resolution, which the
operating system's resolver ends by itself. Redirects are not followed, the environment's proxy settings are not read.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from counterfoil.xero.errors import BadAnswer, TemporarilyUnavailable
from counterfoil.xero.wire import BROKEN, Line, TooLarge, TrustedServers, read_all

T = TypeVar("T")

# How long a connection may lie unused; Xero's side and whatever is between close them some time.
KEPT_S = 30.0


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where each of Xero's doors is (xero-facts §1.1). `api` is the base of the Accounting API, without a slash."""

    authorize: str
    token: str
    revocation: str
    connections: str
    api: str

    @classmethod
    def sandbox(cls, url: str) -> Hosts:
        """The same doors on a stand-in server. ValueError unless `url` is a plain loopback origin."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not _is_loopback(parts.hostname):
            raise ValueError(
                "A sandbox must be on this machine: use http://127.0.0.1:PORT or http://localhost:PORT."
            )
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("A sandbox address is only scheme, host and port.")
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(
            authorize=f"{origin}/identity/connect/authorize",
            token=f"{origin}/connect/token",
            revocation=f"{origin}/connect/revocation",
            connections=f"{origin}/connections",
            api=f"{origin}/api.xro/2.0",
        )

    def origins(self) -> frozenset[str]:
        """Scheme, host and port of the doors a server may call; the consent page is the browser's."""
        return frozenset(_origin(url) for url in (self.token, self.revocation, self.connections, self.api))


XERO = Hosts(
    authorize="https://login.xero.com/identity/connect/authorize",
    token="https://identity.xero.com/connect/token",  # noqa: S106  # an address
    revocation="https://identity.xero.com/connect/revocation",
    connections="https://api.xero.com/connections",
    api="https://api.xero.com/api.xro/2.0",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case; `wire_bytes` is the body's size before decompression."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int


class Transport:
    """A pool of connections to `hosts`. Thread-safe; close it, or use it as a context manager.

    `connect_s`, `read_s`: the longest silence while connecting and while waiting for bytes. `deadline_s`: the longest a
    whole request may take, whatever arrives. `trusted`: whose certificates are believed.
    """

    def __init__(
        self,
        hosts: Hosts = XERO,
        *,
        connect_s: float = 10.0,
        read_s: float = 60.0,
        deadline_s: float = 180.0,
        pool_size: int = 8,
        monotonic: Callable[[], float] = time.monotonic,
        trusted: TrustedServers | None = None,
    ) -> None:
        self.hosts = hosts
        self._origins = hosts.origins()
        self._connect_s, self._read_s, self._deadline_s = connect_s, read_s, deadline_s
        self._monotonic = monotonic
        self._trusted = trusted or TrustedServers()
        self._places = threading.BoundedSemaphore(pool_size)
        self._lock = threading.Lock()
        self._idle: dict[str, list[Line]] = {}
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection that is not in use; one that is closes when its request is over."""
        with self._lock:
            self._is_closed = True
            lines = [line for some in self._idle.values() for line in some]
            self._idle.clear()
        for line in lines:
            line.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One request, one answer. TemporarilyUnavailable if none came whole and in time, BadAnswer if it is too big.

        ValueError when `url` is not on one of the configured hosts.
        """
        with self.sending(method, url, headers=headers, params=params, content=content) as answer:
            return answer()

    @contextmanager
    def sending(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Iterator[Callable[[], Answer]]:
        """As `send`, in two steps: the request is on its way, and what this gives waits for the answer, once.

        So one thread may ask for several things at the same time. Without its answer the connection is closed.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._origins:
            raise ValueError("This address is not one of Xero's.")
        query = urlencode(params or {}, safe=",", quote_via=quote)
        target = f"{parts.path}?{query}" if query else parts.path
        if not self._places.acquire(timeout=self._read_s):
            raise _unavailable("PoolTimeout", sent=False)
        try:
            line = self._line(origin)
            line.begin(self._deadline_s)
            try:
                if line.sock is None:
                    _tried(line, line.connect, sent=False)
                ask = partial(line.request, method, target, content, {**_ALWAYS, **headers})
                _tried(line, ask, sent=True)
                yield lambda: _tried(line, partial(_answer, line), sent=True)
            finally:
                self._keep(origin, line)
        finally:
            self._places.release()

    def _line(self, origin: str) -> Line:
        """A connection that was used lately and is still open, or a new one that is to be opened."""
        while True:
            with self._lock:
                kept = self._idle.get(origin)
                line = kept.pop() if kept else None
            if line is None:
                parts = urlsplit(origin)
                tls = self._trusted if parts.scheme == "https" else None
                return Line(
                    parts.hostname or "",
                    parts.port,
                    tls,
                    connect_s=self._connect_s,
                    read_s=self._read_s,
                    monotonic=self._monotonic,
                )
            if line.idle_s() < KEPT_S and line.is_quiet():
                return line
            line.close()

    def _keep(self, origin: str, line: Line) -> None:
        """For the next request, if the server left it open and the last answer was read."""
        if line.is_asked:
            line.close()
        if line.sock is None:
            return
        line.rest()
        with self._lock:
            if not self._is_closed:
                self._idle.setdefault(origin, []).append(line)
                return
        line.close()


_ALWAYS = {"Accept-Encoding": "gzip", "User-Agent": "Counterfoil"}


def _tried(line: Line, do: Callable[[], T], *, sent: bool) -> T:
    """What `do` gives; if it fails, the line is closed and the failure one of ours."""
    try:
        return do()
    except TooLarge as error:
        line.close()
        raise BadAnswer("Xero's answer is larger than any page can be.", status=error.status) from None
    except BROKEN as error:
        line.close()
        failure = type(error).__name__
    except BaseException:
        line.close()
        raise
    # Raised outside the except block, so that no error that may hold a request, and with it the token, is chained.
    raise _unavailable(failure, sent=sent)


def _answer(line: Line) -> Answer:
    response = line.getresponse()
    body, wire_bytes = read_all(response)
    line.is_asked = False
    return Answer(response.status, _headers(response.getheaders()), body, wire_bytes)


def _headers(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _unavailable(failure: str, *, sent: bool) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(
        f"Xero could not be reached or did not answer in full ({failure}).", sent=sent
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
