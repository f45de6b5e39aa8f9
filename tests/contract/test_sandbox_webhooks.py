"""Webhooks: signature, intent to receive, retries on the world's clock."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from counterfoil.sandbox.webhooks import refused_address, signature
from tests.contract.edge_builders import SISTER, TENANT, Caller, organisation, server

KEY = "webhook-key"


@dataclass
class Receiver:
    """What an app's webhook address does: it checks signatures unless it is told to misbehave."""

    url: str = ""
    status: int | None = None
    body: bytes = b""
    cookie: str = ""
    checks: bool = True
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, raw: bytes, mark: str) -> int:
        genuine = mark == signature(KEY, raw)
        if genuine:
            self.bodies.append(json.loads(raw))
        if self.status is not None:
            return self.status
        return 200 if genuine or not self.checks else 401

    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["events"]]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(receiver.answer(raw, self.headers["x-xero-signature"]))
            if receiver.cookie:
                self.send_header("Set-Cookie", receiver.cookie)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        receiver.url = f"http://127.0.0.1:{http.server_address[1]}/hooks?x=1"
        try:
            yield receiver
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server(organisation(), organisation(SISTER, name="Sister Ltd")) as running:
        caller = Caller(running)
        caller.control("switches", {"webhooks_on_request": True})
        caller.connect()
        yield caller


def subscribe(caller: Caller, receiver: Receiver, **changes: Any) -> dict[str, Any]:
    given = {"client_id": "shop", "url": receiver.url, "key": KEY} | changes
    found: dict[str, Any] = caller.control("webhooks", given).json
    return found


def write(caller: Caller, name: str, **headers: str) -> None:
    assert caller.put("Contacts", {"Contacts": [{"Name": name}]}, **headers).status == 200


def deliver(caller: Caller) -> int:
    arrived: int = caller.control("webhooks/deliver", {}).json["events"]
    return arrived


def test_intent_to_receive_mixes_right_and_wrong_signatures(caller: Caller, receiver: Receiver) -> None:
    found = subscribe(caller, receiver)
    assert found["state"] == "active"
    assert sorted(attempt["status"] for attempt in found["log"]) == [200, 200, 401, 401, 401]
    assert receiver.bodies[0]["events"] == []
    assert (receiver.bodies[0]["firstEventSequence"], receiver.bodies[0]["lastEventSequence"]) == (0, 0)
    assert "key" not in found


@pytest.mark.parametrize(
    "fault",
    [{"checks": False}, {"status": 401}, {"body": b"ok"}, {"cookie": "a=b"}, {"status": 500}],
    ids=["believes all", "believes none", "has a body", "sets a cookie", "breaks"],
)
def test_receiver_that_answers_wrongly_does_not_become_active(
    caller: Caller, receiver: Receiver, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(receiver, name, value)
    assert subscribe(caller, receiver)["state"] == "intent"
    write(caller, "Zoe")
    assert deliver(caller) == 0


def test_event_tells_what_changed_where(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    write(caller, "Zoe")
    assert deliver(caller) == 1
    (event,) = receiver.events()
    contact = next(one for one in caller.get("Contacts").json["Contacts"] if one["Name"] == "Zoe")
    assert event == {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{contact['ContactID']}",
        "resourceId": contact["ContactID"],
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        "eventCategory": "CONTACT",
        "eventType": "CREATE",
        "eventDateUtc": "2026-11-21T12:00:00.000",
    }
    assert len(receiver.bodies[-1]["entropy"]) == 20


def test_events_of_all_organisations_come_mixed_and_uncoalesced(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    caller.connect(tenant=SISTER)
    write(caller, "Zoe", xero_tenant_id=SISTER)
    contact = "aaaaaaaa-0000-4000-8000-000000000001"
    for email in ("a@example.org", "b@example.org"):
        caller.put(f"Contacts/{contact}", {"EmailAddress": email}, method="POST", xero_tenant_id=TENANT)
    deliver(caller)
    body = receiver.bodies[-1]
    seen = [(event["tenantId"], event["eventType"]) for event in body["events"]]
    assert seen == [(SISTER, "CREATE"), (TENANT, "UPDATE"), (TENANT, "UPDATE")]
    assert (body["firstEventSequence"], body["lastEventSequence"]) == (1, 3)


def test_organisation_that_is_not_connected_sends_nothing(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    caller.control("disconnect", {"tenant": TENANT})
    caller.running.world.organisations[TENANT].tell("CONTACT", "x", "UPDATE", {})
    assert deliver(caller) == 0


def test_only_wanted_categories_come(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver, categories=["INVOICE"])
    write(caller, "Zoe")
    assert deliver(caller) == 0


def test_credit_notes_carry_type_and_status(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    record = {"Type": "ACCPAYCREDIT", "Status": "DRAFT", "Total": 1}
    caller.running.world.organisations[TENANT].tell("CREDITNOTE", "x", "CREATE", record)
    deliver(caller)
    assert receiver.events()[0]["data"] == {"Type": "ACCPAYCREDIT", "Status": "DRAFT"}


def test_failed_delivery_is_tried_again_at_once_and_every_quarter_hour(
    caller: Caller, receiver: Receiver
) -> None:
    subscribe(caller, receiver)
    receiver.status, receiver.bodies = 500, []
    write(caller, "Zoe")
    assert deliver(caller) == 0
    assert len(receiver.bodies) == 2
    assert deliver(caller) == 0
    assert len(receiver.bodies) == 2
    caller.control("clock", {"advance": 15 * 60})
    receiver.status = None
    assert deliver(caller) == 1
    assert len({body["entropy"] for body in receiver.bodies}) == 3
    assert len({body["lastEventSequence"] for body in receiver.bodies}) == 1


def test_day_of_failures_disables_and_reenabling_replays_in_order(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    receiver.status = 500
    write(caller, "Zoe")
    for _ in range(97):
        deliver(caller)
        caller.control("clock", {"advance": 15 * 60})
    assert caller.control("webhooks").json[0]["state"] == "disabled"
    caller.connect()
    write(caller, "Yan")
    assert deliver(caller) == 0
    receiver.status, receiver.bodies = None, []
    assert caller.control("webhooks/intent", {"client_id": "shop"}).json["state"] == "active"
    assert deliver(caller) == 2
    assert [body["firstEventSequence"] for body in receiver.bodies if body["events"]] == [1, 2]


def test_undelivered_events_are_forgotten_after_a_month(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    receiver.status = 500
    write(caller, "Zoe")
    deliver(caller)
    caller.control("clock", {"advance": 32 * 86_400})
    receiver.status = None
    assert deliver(caller) == 0
    assert caller.control("webhooks").json[0]["undelivered"] == 0


def test_what_happens_while_nobody_may_receive_is_kept_a_month_too(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.status = 500
    assert subscribe(caller, receiver)["state"] == "intent"
    write(caller, "Zoe")
    caller.control("clock", {"advance": 32 * 86_400})
    caller.connect()
    write(caller, "Yan")
    receiver.status, receiver.bodies = None, []
    caller.control("webhooks/intent", {"client_id": "shop"})
    assert deliver(caller) == 1
    assert [body["firstEventSequence"] for body in receiver.bodies if body["events"]] == [2]


def test_duplicates_differ_in_entropy_only(caller: Caller, receiver: Receiver) -> None:
    caller.control("switches", {"webhooks_duplicate": True})
    subscribe(caller, receiver)
    receiver.bodies = []
    write(caller, "Zoe")
    deliver(caller)
    first, second = receiver.bodies
    assert first.pop("entropy") != second.pop("entropy")
    assert first == second


def test_order_may_be_lost(caller: Caller, receiver: Receiver) -> None:
    caller.control("switches", {"webhooks_shuffle": True})
    subscribe(caller, receiver)
    for number in range(12):
        caller.running.world.organisations[TENANT].tell("CONTACT", str(number), "UPDATE", {})
    deliver(caller)
    seen = [event["resourceId"] for event in receiver.events()]
    assert sorted(seen, key=int) == [str(number) for number in range(12)]
    assert seen != sorted(seen, key=int)


def test_events_go_out_by_themselves(caller: Caller, receiver: Receiver) -> None:
    subscribe(caller, receiver)
    caller.control("switches", {"webhooks_on_request": False})
    arrived = threading.Event()
    receiver_answer = receiver.answer

    def noticing(raw: bytes, mark: str) -> int:
        arrived.set()
        return receiver_answer(raw, mark)

    receiver.answer = noticing  # type: ignore[method-assign]
    write(caller, "Zoe")
    assert arrived.wait(10)


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:8000/hooks", True),
        ("http://localhost:8000/hooks", True),
        ("http://[::1]:8000/hooks", True),
        ("http://10.0.0.1/hooks", False),
        ("http://example.org/hooks", False),
        ("http://localhost.example.org/hooks", False),
        ("https://localhost/hooks", False),
        ("hooks", False),
    ],
)
def test_only_this_machine_is_delivered_to(url: str, near: bool) -> None:
    assert (refused_address(url) is None) is near


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"url": "http://example.org/"}, 400), ({"categories": ["ITEM"]}, 400), ({"client_id": "who"}, 404)],
)
def test_webhook_that_cannot_be_is_refused(
    caller: Caller, receiver: Receiver, changes: dict[str, Any], status: int
) -> None:
    given = {"client_id": "shop", "url": receiver.url, "key": KEY} | changes
    assert caller.control("webhooks", given).status == status
    assert caller.control("webhooks").json == []
