"""Alerts to an address that somebody entered: signed, to checked addresses only, no redirect, kept until they arrive."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from counterfoil.sync import alert_settings, posting, telling, wiring
from counterfoil.sync.alert_models import AlertDelivery
from counterfoil.sync.models import Connection
from tests.builders import operating_company
from tests.sync.test_alerts import NOON, connected, look, lost
from tests.web.world import person

pytestmark = pytest.mark.django_db


@dataclass
class Listener:
    """A server of one's own: what came, and how it answers."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    kept = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((dict(self.headers), body))
            self.send_response(kept.status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/hook?team=1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _inside() -> Iterator[None]:
    before = settings.CONFIGURATION
    settings.CONFIGURATION = replace(before, alerts_inside=True)
    yield
    settings.CONFIGURATION = before


@pytest.fixture
def connection() -> Connection:
    return connected(operating_company("Northwind"))


@pytest.mark.rule("TK-2")
def test_an_alert_is_posted_signed_with_what_is_the_matter(
    connection: Connection, listener: Listener
) -> None:
    company = connection.operating_company
    secret = alert_settings.alert_settings_save(
        company, {"webhook_url": listener.url}, actor=person(), at=NOON
    )
    lost(connection)
    look(NOON)
    look(NOON + dt.timedelta(minutes=1))
    ((headers, body),) = listener.got
    moment, _, digest = headers["Counterfoil-Signature"].partition(",v1=")
    expected = hmac.new(secret.encode(), f"{moment[2:]}.".encode() + body, hashlib.sha256).hexdigest()
    assert digest == expected
    told = json.loads(body)
    assert (told["occasion"], told["kind"], told["company"]) == ("opened", "reconnect", "Northwind")
    assert told["id"] == str(AlertDelivery.objects.get().uuid)
    Connection.objects.update(state="connected")
    look(NOON + dt.timedelta(minutes=2))
    assert json.loads(listener.got[1][1])["occasion"] == "closed"


@pytest.mark.rule("TK-2")
@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_success_is_tried_again_and_no_redirect_is_followed(
    connection: Connection, listener: Listener, status: int
) -> None:
    company = connection.operating_company
    alert_settings.alert_settings_save(company, {"webhook_url": listener.url}, actor=person(), at=NOON)
    listener.status, listener.headers = status, {"Location": listener.url}
    lost(connection)
    look(NOON)
    row = AlertDelivery.objects.get()
    assert (row.sent_at, row.attempts, len(listener.got)) == (None, 1, 1)
    assert f"status {status}" in row.problem
    listener.status = 200
    look(NOON + dt.timedelta(minutes=1))
    assert AlertDelivery.objects.get().sent_at == NOON + dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("url", "inside", "fits"),
    [
        ("https://alerts.example.com/x", False, True),
        ("http://alerts.example.com/x", False, False),
        ("http://alerts.example.com/x", True, False),
        ("http://127.0.0.1:9000/x", False, False),
        ("http://localhost:9000/x", True, True),
        ("https://127.0.0.1/x", False, False),
        ("https://localhost/x", False, False),
        ("https://10.0.0.7/x", False, False),
        ("https://10.0.0.7/x", True, True),
        ("https://169.254.169.254/latest/meta-data", False, False),
        ("https://[::1]/x", False, False),
        ("https://[::ffff:10.0.0.1]/x", False, False),
        ("https://[fd00::1]/x", False, False),
        ("https://printer.local/x", False, False),
        ("https://user:word@alerts.example.com/", False, False),
        ("ftp://alerts.example.com/", True, False),
        ("file:///etc/passwd", True, False),
        ("https://", True, False),
        ("https://a b/", True, False),
        ("https://[broken/", True, False),
        ("https://alerts.example.com:0/", True, False),
        ("https://alerts.example.com:99999/", True, False),
    ],
)
def test_only_addresses_that_cannot_reach_inside_are_taken(url: str, inside: bool, fits: bool) -> None:
    assert (posting.address_problem(url, inside=inside) == "") is fits


def test_a_name_that_stands_for_this_machine_is_not_connected_to(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kinds: found)
    with pytest.raises(posting.NotPosted, match="own network"):
        posting.post("https://rebound.example.com/", b"{}", {}, inside=False)


def test_a_refused_address_changes_nothing(connection: Connection) -> None:
    settings.CONFIGURATION = replace(settings.CONFIGURATION, alerts_inside=False)
    company = connection.operating_company
    with pytest.raises(alert_settings.AlertsRefused, match="Nothing was changed"):
        alert_settings.alert_settings_save(
            company, {"webhook_url": "https://10.0.0.1/"}, actor=person(), at=NOON
        )
    assert alert_settings.test_send(company, actor=person("ben@example.com"), at=NOON) == []


def test_messages_lead_to_the_page_of_the_connection() -> None:
    assert reverse("xero") == wiring.XERO_PAGE_PATH
    assert telling.signature_of(b"{}", "s", NOON).startswith(f"t={int(NOON.timestamp())},v1=")


def test_an_answer_that_drips_for_ever_is_cut_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL_S", 0.3)
    over = threading.Event()

    def drip(taken: socket.socket) -> None:
        with taken, suppress(OSError):  # it is cut off
            while not over.wait(0.02):
                taken.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True)
        thread.start()
        with pytest.raises(posting.NotPosted, match="did not answer"):
            posting.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, inside=True)
        over.set()
        thread.join(5)


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1"]
)
def test_an_address_that_carries_an_inner_one_is_not_public(address: str) -> None:
    assert "public addresses only" in posting.address_problem(f"https://[{address}]/hook", inside=False)
