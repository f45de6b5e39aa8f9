"""The wire breaks, stalls and lies: what the client does, how often it asks again, and that it always ends."""

import socket
import threading
from contextlib import contextmanager

import pytest

from counterfoil.xero import client as xero
from counterfoil.xero import endpoints
from counterfoil.xero.errors import BadAnswer, RateLimited, TemporarilyUnavailable
from counterfoil.xero.transport import XERO, Hosts, Transport
from tests.contract.client_builders import APP, connected, small


@pytest.fixture(scope="module")
def running():
    with connected(small(), limits=False) as connection:
        yield connection


@pytest.fixture
def books(running):
    yield running
    running.server.edge.faults.clear()
    running.server.edge.journal.clear()
    running.pauses.clear()


BREAKS = (
    "reset_before",
    "reset_midway",
    "cut_body",
    "answer_lost",
    "html_502",
    "html_504",
    "500_before_commit",
    "html_200",
    "xml_answer",
)


@pytest.mark.parametrize("fault", BREAKS)
def test_a_read_that_breaks_once_is_repeated_and_nobody_notices(books, fault):
    books.arm(fault, path="/Contacts")

    assert books.client().page(endpoints.CONTACTS).records
    assert books.pauses == [0.5]


@pytest.mark.parametrize("fault", BREAKS)
def test_a_read_that_keeps_breaking_ends_after_three_tries(books, fault):
    armed = books.arm(fault, path="/Currencies", count=0)

    with pytest.raises(TemporarilyUnavailable):
        books.client().page(endpoints.CURRENCIES)

    assert armed.fired == 3
    assert books.pauses == [0.5, 1.0]


@pytest.mark.parametrize("fault", ["never_arrives", "drip"])
def test_a_read_whose_answer_never_ends_is_given_up_after_three_tries(books, fault):
    armed = books.arm(fault, path="/Currencies", count=0)

    with books.hurried(), pytest.raises(TemporarilyUnavailable):
        books.client().page(endpoints.CURRENCIES)

    assert armed.fired == 3
    assert books.pauses == [0.5, 1.0]


@pytest.mark.parametrize("fault", ["503_offline", "503_maintenance"])
@pytest.mark.failure("R8")
def test_maintenance_is_left_alone_for_as_long_as_it_takes(books, fault):
    armed = books.arm(fault, path="/Contacts", count=0)

    with pytest.raises(TemporarilyUnavailable) as raised:
        books.client().page(endpoints.CONTACTS)

    assert armed.fired == 1
    assert raised.value.retry_after_s == 300


def test_a_used_up_day_is_reported_at_once(books):
    with connected(small(), limits=False) as other:
        armed = other.arm("429_day", path="/Contacts", count=0)
        with pytest.raises(RateLimited) as raised:
            other.client(max_wait_s=90.0).page(endpoints.CONTACTS)

    assert (raised.value.kind, raised.value.retry_after_s, armed.fired) == ("day", 40_000, 1)
    assert other.pauses == []


def test_an_unknown_answer_is_not_asked_for_again(books):
    armed = books.arm("custom", path="/Contacts", count=0, params={"status": 418, "body": {}})

    with pytest.raises(BadAnswer):
        books.client().page(endpoints.CONTACTS)

    assert armed.fired == 1


def test_a_server_that_is_not_there_is_told_from_one_that_went_silent(books):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        hosts = Hosts.sandbox(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with Transport(hosts, connect_s=1.0) as transport, pytest.raises(TemporarilyUnavailable) as raised:
            xero.connections(transport, hosts, "token")
    assert raised.value.sent is False

    books.arm("never_arrives", path="/Currencies", count=0)
    with books.hurried(), pytest.raises(TemporarilyUnavailable) as raised:
        books.client().page(endpoints.CURRENCIES)
    assert raised.value.sent is True


@contextmanager
def talker(say, pause_s=0.05):
    """A server that says one thing, a byte at a time, for ever, to everybody."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def talk():
            while not stop.is_set():
                try:
                    link, _ = listener.accept()
                except TimeoutError:
                    continue
                with link:
                    link.settimeout(1)
                    try:
                        for part in say():
                            link.sendall(part)
                            if stop.wait(pause_s):
                                break
                    except OSError:
                        continue

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        try:
            yield Hosts.sandbox(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            stop.set()
            thread.join(timeout=10)


def endless_headers():
    yield b"HTTP/1.1 200 OK\r\n"
    yield from iter(lambda: b"X-Pad: y\r\n", None)


def endless_status_line():
    yield from iter(lambda: b"H", None)


def endless_body():
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from iter(lambda: b"1\r\n[\r\n", None)


@pytest.mark.parametrize("say", [endless_headers, endless_status_line, endless_body])
@pytest.mark.failure("O9")
def test_no_server_however_slow_or_talkative_holds_a_request_past_its_deadline(say):
    # The read time-out cannot fire, since something always comes; without the deadline this would never end.
    with (
        talker(say) as hosts,
        Transport(hosts, read_s=5.0, deadline_s=0.6) as transport,
        pytest.raises(TemporarilyUnavailable, match="Timeout"),
    ):
        xero.connections(transport, hosts, "token")


def test_a_redirect_is_not_followed(books):
    books.arm(
        "custom",
        path="/Contacts",
        count=0,
        params={"status": 302, "headers": {"location": f"{books.server.url}/api.xro/2.0/Items"}},
    )

    with pytest.raises(TemporarilyUnavailable):
        books.client().page(endpoints.CONTACTS)

    assert not any("/Items" in call["path"] for call in books.calls())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.xero.com",
        "http://192.168.1.5:8000",
        "http://127.0.0.1.example.org:80",
        "http://127.0.0.1:80@example.org",
        "http://user:pass@127.0.0.1:80",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?x=1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "",
        "http://0.0.0.0:80",
        "http://169.254.169.254",
    ],
)
def test_a_stand_in_may_only_be_on_this_machine(url):
    with pytest.raises(ValueError):
        Hosts.sandbox(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://127.9.9.9:1/", "http://localhost:8000", "http://[::1]:8000"]
)
def test_loopback_in_any_spelling_is_this_machine(url):
    assert Hosts.sandbox(url).api == f"{url.rstrip('/')}/api.xro/2.0"


def test_nothing_but_the_configured_hosts_can_be_called(books):
    with pytest.raises(ValueError):
        books.transport.send("GET", "http://127.0.0.1:1/api.xro/2.0/Contacts", headers={})
    with Transport(XERO) as real, pytest.raises(ValueError):
        real.send("GET", "https://api.xero.com.example.org/connections", headers={})


def test_a_lost_refresh_answer_is_not_repeated_behind_the_callers_back(books):
    armed = books.arm("answer_lost", path="/connect/token", count=0)

    with pytest.raises(TemporarilyUnavailable):
        xero.token_refresh(books.transport, books.hosts, APP, books.pair.refresh)

    assert armed.fired == 1
