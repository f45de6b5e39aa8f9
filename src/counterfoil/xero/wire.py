"""One connection that counts down a deadline, and the whole body of an answer: http.client with two things added.

http.client is a quarter of the work of a fuller client (docs/decisions/later-passes-speed.md), but its time-out is one
per read: no bound at all against a server that drips. So every wait here ends with the request's deadline, whatever
arrives (tests/contract/test_client_network.py).
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import zlib
from collections.abc import Callable
from functools import cached_property
from typing import Any

import httpx2

# A page of 1,000 documents is about 4 MB; 60 MB has been seen to be possible. Beyond this it is a bomb, not a page.
LARGEST_BODY = 256 * 1024 * 1024
# What may go wrong on the way; a bug of ours is none of these.
BROKEN = (OSError, http.client.HTTPException, zlib.error)
_CHUNK = 64 * 1024


class TooLarge(Exception):
    """The body is larger than any page can be."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class TrustedServers:
    """Which certificates are believed; read from disk when first needed, since a stand-in has none."""

    @cached_property
    def context(self) -> ssl.SSLContext:
        context = httpx2.create_ssl_context(trust_env=False)
        context.set_alpn_protocols(["http/1.1"])
        return context


class Line(http.client.HTTPConnection):
    """A connection to one host, for one thread at a time. Call `begin` before each request.

    `is_asked`: an answer is still to come; whoever has read it says otherwise.
    """

    sock: Any  # http.client's own; None while there is no connection

    def __init__(
        self,
        host: str,
        port: int | None,
        tls: TrustedServers | None,
        *,
        connect_s: float,
        read_s: float,
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(host, port or (443 if tls else 80))
        self._tls = tls
        self._connect_s, self._read_s = connect_s, read_s
        self._monotonic = monotonic
        self._deadline = self._rested = 0.0
        self.is_asked = False

    # HTTPConnection writes the port into the Host header unless it is this one.
    @property
    def default_port(self) -> int:  # type: ignore[override]
        return 443 if self._tls else 80

    def begin(self, deadline_s: float) -> None:
        """A request begins: it must be over in so many seconds."""
        self._deadline = self._monotonic() + deadline_s
        self.is_asked = True

    def connect(self) -> None:
        link = socket.create_connection((self.host, self.port), self.left_s(self._connect_s))
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                link.settimeout(self.left_s(self._connect_s))
                link = self._tls.context.wrap_socket(link, server_hostname=self.host)
        except BaseException:
            link.close()
            raise
        self.sock = _Socket(link, lambda: self.left_s(self._read_s))

    def left_s(self, silence_s: float) -> float:
        """How long the next wait may last. Raises TimeoutError once the deadline has passed."""
        left = self._deadline - self._monotonic()
        if left <= 0:
            raise TimeoutError("The request took longer than its deadline.")
        return min(left, silence_s)

    def rest(self) -> None:
        """The request is over and the connection stays open."""
        self._rested = self._monotonic()

    def idle_s(self) -> float:
        return self._monotonic() - self._rested

    def is_quiet(self) -> bool:
        """Whether nothing has come while nothing was asked: it would be the end of the connection, or no answer of ours."""
        watched = select.poll()
        watched.register(self.sock.link, select.POLLIN)
        return not watched.poll(0)


class _Socket:
    """What http.client asks of a socket, with a time limit of its own before each wait."""

    def __init__(self, link: socket.socket, left_s: Callable[[], float]) -> None:
        self.link = link
        self.left_s = left_s
        self.is_over = self.is_read = False

    def sendall(self, data: bytes) -> None:
        self.link.settimeout(self.left_s())
        self.link.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        self.is_read = True
        return io.BufferedReader(_Incoming(self), _CHUNK)

    def close(self) -> None:
        """At once, or when the answer has been read: http.client closes before that where nothing may follow it."""
        self.is_over = True
        if not self.is_read:
            self.link.close()


class _Incoming(io.RawIOBase):
    """One answer as it comes in."""

    def __init__(self, socket: _Socket) -> None:
        self._socket = socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.link.settimeout(self._socket.left_s())
        return self._socket.link.recv_into(buffer)

    def close(self) -> None:
        super().close()
        self._socket.is_read = False
        if self._socket.is_over:
            self._socket.link.close()


def read_all(response: http.client.HTTPResponse) -> tuple[bytes, int]:
    """The body, and its size on the wire. Raises TooLarge, or one of BROKEN when it did not come whole."""
    wire = _wire(response)
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if not wire or encoding == "identity":
        return wire, len(wire)
    if encoding != "gzip":
        raise http.client.HTTPException(f"nobody asked for the encoding {encoding[:20]}")
    engine = zlib.decompressobj(wbits=31)
    body = engine.decompress(wire, LARGEST_BODY)
    if engine.unconsumed_tail:
        raise TooLarge(response.status)
    if not engine.eof:
        raise zlib.error("the compressed body is cut")
    return body, len(wire)


def _wire(response: http.client.HTTPResponse) -> bytes:
    if response.length is not None:
        if response.length > LARGEST_BODY:
            raise TooLarge(response.status)
        return response.read()
    parts, size = [], 0
    while part := response.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge(response.status)
    return b"".join(parts)
