"""Bytes to Xero and back: hosts, time-outs, limits of size. It knows no Xero semantics and never repeats a request.

A request may only go to one of the configured hosts, and those are Xero's own or a loopback stand-in: an address can
never come from data. Every request has a total deadline: the network stream itself counts it down, because a time-out
per read is no bound at all against a server that drips one byte a second. Not bounded here: name resolution, which the
operating system's resolver ends by itself. Redirects are not followed, the environment's proxy settings are not read.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore2
import httpx2

from counterfoil.xero.errors import BadAnswer, TemporarilyUnavailable

# A page of 1,000 documents is about 4 MB; 60 MB has been seen to be possible. Beyond this it is a bomb, not a page.
LARGEST_BODY = 256 * 1024 * 1024

_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


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
    whole request may take, whatever arrives.
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
    ) -> None:
        self.hosts = hosts
        self._origins = hosts.origins()
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._http = httpx2.Client(
            transport=_DeadlineTransport(pool_size, monotonic),
            timeout=httpx2.Timeout(read_s, connect=connect_s, pool=read_s),
            headers={"Accept-Encoding": "gzip", "User-Agent": "Counterfoil"},
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; a request under way fails."""
        self._http.close()

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
        if _origin(url) not in self._origins:
            raise ValueError("This address is not one of Xero's.")
        failure: str
        sent = True
        deadline = _deadline.set(self._monotonic() + self._deadline_s)
        try:
            return self._exchange(method, url, headers=headers, params=params, content=content)
        except _NOT_SENT as error:
            failure, sent = type(error).__name__, False
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            failure = type(error).__name__
        finally:
            _deadline.reset(deadline)
        # Raised outside the except block: httpx2's error holds the request, and with it the token, and would be chained.
        raise TemporarilyUnavailable(
            f"Xero could not be reached or did not answer in full ({failure}).", sent=sent
        )

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        with self._http.stream(method, url, headers=headers, params=params, content=content) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise BadAnswer(
                        "Xero's answer is larger than any page can be.", status=response.status_code
                    )
            return Answer(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=bytes(body),
                wire_bytes=response.num_bytes_downloaded,
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


# ------------------------------------------------------------------ the total deadline

# The monotonic second at which the request of this thread must be over.
_deadline: ContextVar[float | None] = ContextVar("xero_request_deadline", default=None)


class _DeadlineTransport(httpx2.HTTPTransport):
    """httpx2's transport on a pool whose sockets count down the deadline.

    httpx2 has no parameter for a network backend, so its pool is exchanged here; tests/contract/test_client_network.py
    would notice if an update of httpx2 stopped honouring this.
    """

    def __init__(self, pool_size: int, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=pool_size,
            max_keepalive_connections=pool_size,
            keepalive_expiry=30.0,
            retries=0,
            network_backend=_DeadlineBackend(monotonic),
        )


class _DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._real = httpcore2.SyncBackend()
        self._monotonic = monotonic

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _time_left(timeout, self._monotonic, httpcore2.ConnectTimeout)
        stream = self._real.connect_tcp(host, port, left, local_address, socket_options)
        return _DeadlineStream(stream, self._monotonic)


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, real: httpcore2.NetworkStream, monotonic: Callable[[], float]) -> None:
        self._real = real
        self._monotonic = monotonic

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._real.read(max_bytes, _time_left(timeout, self._monotonic, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._real.write(buffer, _time_left(timeout, self._monotonic, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._real.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _time_left(timeout, self._monotonic, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._real.start_tls(ssl_context, server_hostname, left), self._monotonic)

    def get_extra_info(self, info: str) -> Any:
        return self._real.get_extra_info(info)


def _time_left(
    timeout: float | None, monotonic: Callable[[], float], expired: type[httpcore2.TimeoutException]
) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - monotonic()
    if left <= 0:
        raise expired("The request took longer than its deadline.")
    return left if timeout is None else min(left, timeout)
