"""Connections are used again, given up when the other side did, and encrypted to nobody that is not vouched for."""

from __future__ import annotations

import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from counterfoil.xero.errors import BadAnswer, TemporarilyUnavailable
from counterfoil.xero.transport import Answer, Hosts, Transport
from counterfoil.xero.wire import LARGEST_BODY, TrustedServers

KEEP = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


class Server:
    """Answers each request on a connection with the next of `answers`, then closes that connection."""

    def __init__(self, listener: socket.socket, answers: list[bytes], tls: ssl.SSLContext | None) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self.hung_up = threading.Semaphore(0)
        self._listener, self._answers, self._tls = listener, answers, tls

    def run(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                with self._tls.wrap_socket(link, server_side=True) if self._tls else link as talk:
                    self._talk(talk)
            except OSError:
                continue
            finally:
                link.close()
                self.hung_up.release()

    def _talk(self, link: socket.socket) -> None:
        for answer in self._answers:
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                if not (part := link.recv(65536)):
                    return
                request += part
            self.requests.append(request)
            link.sendall(answer)


@contextmanager
def serving(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[Server, Hosts]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener, list(answers), tls)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        scheme = "https" if tls else "http"
        yield server, Hosts.sandbox(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


def ask(transport: Transport) -> Answer:
    return transport.send("GET", transport.hosts.connections, headers={"Accept": "application/json"})


def test_requests_one_after_the_other_share_a_connection() -> None:
    with serving(KEEP, KEEP, KEEP) as (server, hosts), Transport(hosts, read_s=5) as transport:
        assert [ask(transport).body for _ in range(3)] == [b"[]"] * 3
        assert server.connections == 1
        assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0]
        assert server.requests[0].count(b"\r\nHost: 127.0.0.1:") == 1


def test_a_connection_that_the_server_has_closed_meanwhile_is_not_used_again() -> None:
    with serving(KEEP) as (server, hosts), Transport(hosts, read_s=5) as transport:
        for _ in range(3):
            assert ask(transport).body == b"[]"
            assert server.hung_up.acquire(timeout=10)
        assert server.connections == 3


def test_a_connection_that_lay_unused_for_long_is_not_used_again() -> None:
    now = [0.0]
    with serving(KEEP, KEEP) as (server, hosts):
        with Transport(hosts, read_s=5, monotonic=lambda: now[0]) as transport:
            ask(transport)
            now[0] += 31.0
            ask(transport)
        assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\n[1, 2]",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1, 2]",
        b"HTTP/1.0 200 OK\r\n\r\n[1, 2]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n3\r\n 2]\r\n0\r\n\r\n",
    ],
    ids=["close", "until closed", "1.0", "chunked"],
)
def test_a_body_is_read_whole_however_its_end_is_told(answer: bytes) -> None:
    with serving(answer) as (server, hosts), Transport(hosts, read_s=5) as transport:
        assert ask(transport).body == b"[1, 2]"
        assert server.hung_up.acquire(timeout=10)
        assert ask(transport).body == b"[1, 2]"


def _packed(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_a_compressed_body_says_what_it_took_on_the_wire() -> None:
    packed = gzip.compress(b"[" + b" " * 5000 + b"]")
    with serving(_packed(packed)) as (_, hosts), Transport(hosts, read_s=5) as transport:
        answer = ask(transport)
    assert (len(answer.body), answer.wire_bytes) == (5002, len(packed))


@pytest.mark.parametrize(
    "answer",
    [
        _packed(gzip.compress(b"x" * 5000)[:-9]),
        _packed(b"this is not compressed"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n[1, 2]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n[]",
        b"",
    ],
    ids=["cut gzip", "not gzip", "short", "cut chunk", "other encoding", "nothing"],
)
def test_a_body_that_is_not_whole_is_never_taken_for_an_answer(answer: bytes) -> None:
    with serving(answer) as (_, hosts), Transport(hosts, read_s=5) as transport:
        with pytest.raises(TemporarilyUnavailable) as raised:
            ask(transport)
        assert raised.value.sent is True


def test_a_body_larger_than_any_page_is_refused_before_it_fills_the_memory() -> None:
    told = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n".encode()
    with (
        serving(told) as (_, hosts),
        Transport(hosts, read_s=5) as transport,
        pytest.raises(BadAnswer, match="larger than any page"),
    ):
        ask(transport)


# ------------------------------------------------------------------ certificates


def certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by nobody but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    own = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file.write_bytes(own.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return file


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return certificate(tmp_path)


def server_side(own: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context


def vouched(own: Path) -> TrustedServers:
    class Vouched(TrustedServers):
        @cached_property
        def context(self) -> ssl.SSLContext:
            return ssl.create_default_context(cafile=own)

    return Vouched()


def test_an_encrypted_connection_is_used_again(own: Path) -> None:
    with serving(KEEP, KEEP, tls=server_side(own)) as (server, hosts):
        with Transport(hosts, read_s=5, trusted=vouched(own)) as transport:
            assert [ask(transport).body for _ in range(2)] == [b"[]"] * 2
        assert server.connections == 1


def test_nothing_is_sent_to_a_server_that_nobody_vouches_for(own: Path) -> None:
    with serving(KEEP, tls=server_side(own)) as (server, hosts), Transport(hosts, read_s=5) as transport:
        with pytest.raises(TemporarilyUnavailable, match="SSLCertVerificationError") as raised:
            ask(transport)
        assert raised.value.sent is False
        assert server.requests == []
