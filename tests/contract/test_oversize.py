"""A request that is larger than anything Counterfoil accepts is refused before it is read, in words."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.project.oversize import BODY_BYTES

# In a process of its own: a server collects its styles where it starts, as in production.
SERVE = """
import sys
from counterfoil.project.start import django_start
django_start()
from counterfoil.project.serving import WebServer
with WebServer(host=sys.argv[1], port=0) as web:
    print(web.port, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("installation")


@pytest.fixture(scope="module", params=["127.0.0.1", "localhost"])
def port(request: pytest.FixtureRequest, home: Path) -> Iterator[int]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    source = Path(__file__).parents[2] / "src"
    clean |= {"COUNTERFOIL_HOME": str(home), "COUNTERFOIL_RATES_URL": "", "PYTHONPATH": str(source)}
    command = [sys.executable, "-c", SERVE, request.param]
    with subprocess.Popen(
        command, env=clean, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        yield int(server.stdout.readline())
        server.communicate("")
    assert server.returncode == 0


def answered(port: int, **headers: str) -> tuple[int, str]:
    """To the head of a request whose body has not been sent."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.putrequest("POST", "/sign-in")
    for name, value in headers.items():
        link.putheader(name.replace("_", "-"), value)
    link.endheaders()
    answer = link.getresponse()
    return answer.status, answer.read().decode()


def test_a_body_that_is_announced_too_large_is_answered_at_once(port: int) -> None:
    status, words = answered(port, Content_Length=str(10 * BODY_BYTES))
    assert status == 413
    assert "more than Counterfoil accepts at once (20 MB). Nothing of it was kept." in words
    assert "max_body" not in words


def test_a_body_of_unknown_length_is_cut_where_it_becomes_too_large(port: int) -> None:
    chunk = b"%x\r\n%b\r\n" % (2**20, b"x" * 2**20)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        link.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(BODY_BYTES // 2**20 + 1):
            link.sendall(chunk)
        assert link.recv(64).startswith(b"HTTP/1.1 413 ")


def test_what_a_form_may_carry_passes(port: int) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    link.request("POST", "/sign-in", body=b"x" * (BODY_BYTES // 2), headers={"Content-Type": "text/plain"})
    assert link.getresponse().status != 413
