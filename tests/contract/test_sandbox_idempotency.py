"""The store behind Idempotency-Key, by itself and through the gateway."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from counterfoil.sandbox.call import Call, Reply
from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.idempotency import IdempotencyStore
from tests.contract.edge_builders import NOON, TENANT, Caller, server

CALL = Call("PUT", "/api.xro/2.0/Invoices", body=b"{}")


class Counting:
    """A service that says how often it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.times = 0

    def __call__(self) -> Reply:
        self.times += 1
        return Reply(self.status, str(self.times).encode())


def test_repeat_gets_the_first_answer_for_six_minutes() -> None:
    clock, service = Clock(NOON), Counting()
    store = IdempotencyStore(now=clock.now)
    first = store.run("shop", "k", CALL, service)
    clock.advance(timedelta(minutes=6).total_seconds())
    assert store.run("shop", "k", CALL, service) == first
    clock.advance(1)
    assert store.run("shop", "k", CALL, service).body == b"2"


def test_errors_are_remembered_too() -> None:
    store, service = IdempotencyStore(now=Clock(NOON).now), Counting(500)
    assert store.run("shop", "k", CALL, service).status == 500
    service.status = 200
    assert store.run("shop", "k", CALL, service).status == 500
    assert service.times == 1


@pytest.mark.parametrize(
    "other",
    [
        Call("POST", CALL.path, body=CALL.body),
        Call("PUT", "/api.xro/2.0/Contacts", body=CALL.body),
        Call("PUT", CALL.path, query="unitdp=4", body=CALL.body),
        Call("PUT", CALL.path, body=b"{} "),
    ],
    ids=["method", "path", "query", "body"],
)
def test_same_key_for_another_request_is_refused(other: Call) -> None:
    store, service = IdempotencyStore(now=Clock(NOON).now), Counting()
    store.run("shop", "k", CALL, service)
    refused = store.run("shop", "k", other, service)
    assert refused.status == 400
    assert b"Idempotency Key: k is used with a different request." in refused.body
    assert (service.times, store.mismatches) == (1, 1)


def test_apps_do_not_share_keys() -> None:
    store, service = IdempotencyStore(now=Clock(NOON).now), Counting()
    store.run("shop", "k", CALL, service)
    store.run("other", "k", CALL, service)
    assert service.times == 2


def test_key_of_129_characters_is_refused() -> None:
    store, service = IdempotencyStore(now=Clock(NOON).now), Counting()
    assert store.run("shop", "k" * 128, CALL, service).status == 200
    assert store.run("shop", "k" * 129, CALL, service).status == 400


def test_repeat_during_the_first_waits_for_its_answer() -> None:
    store, service = IdempotencyStore(now=Clock(NOON).now), Counting()
    entered, release = threading.Event(), threading.Event()
    answers: list[Reply] = []

    def slow() -> Reply:
        entered.set()
        release.wait(10)
        return service()

    threads = [
        threading.Thread(target=lambda: answers.append(store.run("shop", "k", CALL, slow))) for _ in range(2)
    ]
    threads[0].start()
    entered.wait(10)
    threads[1].start()
    release.set()
    for thread in threads:
        thread.join()
    assert [answer.body for answer in answers] == [b"1", b"1"]


def test_service_that_breaks_leaves_nobody_waiting() -> None:
    store = IdempotencyStore(now=Clock(NOON).now)

    def broken() -> Reply:
        raise RuntimeError("planned")

    with pytest.raises(RuntimeError, match="planned"):
        store.run("shop", "k", CALL, broken)
    assert store.run("shop", "k", CALL, Counting()).status == 500


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server() as running:
        caller = Caller(running)
        caller.connect()
        yield caller


def contacts(caller: Caller) -> int:
    count: int = caller.control("organisations").json[0]["counts"]["contacts"]
    return count


def test_repeated_write_writes_once_and_costs_quota_twice(caller: Caller) -> None:
    new = {"Contacts": [{"Name": "Zoe"}]}
    first = caller.put("Contacts", new, idempotency_key="k")
    again = caller.put("Contacts", new, idempotency_key="k")
    assert (first.status, first.body) == (200, again.body)
    assert contacts(caller) == 4
    assert (first.headers["x-minlimit-remaining"], again.headers["x-minlimit-remaining"]) == ("59", "58")
    assert first.headers["xero-correlation-id"] != again.headers["xero-correlation-id"]


def test_key_is_not_asked_when_a_limit_refuses(caller: Caller) -> None:
    new = {"Contacts": [{"Name": "Zoe"}]}
    caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, "minute": 60}})
    assert caller.put("Contacts", new, idempotency_key="k").status == 429
    caller.control("limits", {"reset": True})
    assert caller.put("Contacts", new, idempotency_key="k").status == 200


def test_refused_data_stays_refused_under_its_key(caller: Caller) -> None:
    wrong = {"Contacts": [{"Name": "Customer 1"}]}
    assert caller.put("Contacts", wrong, idempotency_key="k").status == 400
    assert caller.put("Contacts", wrong, idempotency_key="k").status == 400
    other = caller.put("Contacts", {"Contacts": [{"Name": "Zoe"}]}, idempotency_key="k")
    assert "used with a different request" in other.json["Message"]


def test_keys_on_reads_mean_nothing(caller: Caller) -> None:
    caller.get("Contacts", idempotency_key="k")
    assert caller.get("Contacts?page=1", idempotency_key="k").status == 200
