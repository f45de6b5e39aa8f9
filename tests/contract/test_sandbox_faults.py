"""Faults: what the caller sees, and what was done all the same."""

import http.client
from collections.abc import Iterator

import pytest

from counterfoil.sandbox.call import Call
from counterfoil.sandbox.fault_kinds import KINDS
from counterfoil.sandbox.faults import Faults
from tests.contract.edge_builders import SISTER, TENANT, Answer, Caller, organisation, server
from tests.waiting import wait_until


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server() as running:
        caller = Caller(running)
        caller.connect()
        yield caller


def arm(caller: Caller, name: str, **match: object) -> None:
    assert caller.control("faults", {"name": name, **match}).status == 200


def write(caller: Caller, name: str = "Zoe", **headers: str) -> Answer:
    return caller.put("Contacts", {"Contacts": [{"Name": name}]}, **headers)


def written(caller: Caller) -> bool:
    return bool(caller.control("organisations").json[0]["counts"]["contacts"] == 4)


@pytest.mark.parametrize(
    ("name", "status", "kind", "committed"),
    [
        ("html_200", 200, "text/html", False),
        ("html_502", 502, "text/html", False),
        ("html_504", 504, "text/html", False),
        ("html_502_after_commit", 502, "text/html", True),
        ("html_504_after_commit", 504, "text/html", True),
        ("500_before_commit", 500, "application/json", False),
        ("500_after_commit", 500, "application/json", True),
        ("503_offline", 503, "text/plain", False),
        ("503_maintenance", 503, "text/plain", False),
        ("404_text", 404, "text/html", False),
        ("401_expired", 401, "application/json", False),
        ("401_unknown", 401, "application/json", False),
        ("401_scope", 401, "application/json", False),
        ("403_tenant", 403, "application/json", False),
        ("problem_lower_case", 400, "application/problem+json", False),
    ],
)
def test_answer_is_replaced_and_the_write_is_or_is_not_done(
    caller: Caller, name: str, status: int, kind: str, committed: bool
) -> None:
    arm(caller, name, method="PUT")
    answer = write(caller)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (status, kind)
    assert written(caller) is committed
    assert "xero-correlation-id" in answer.headers


@pytest.mark.parametrize(
    ("name", "problem", "retry_after"),
    [
        ("429_minute", "minute", "22"),
        ("429_day", "day", "40000"),
        ("429_concurrent", "concurrent", None),
        ("429_app", "appminute", "30"),
        ("429_bare", None, None),
    ],
)
def test_limits_may_be_pretended(
    caller: Caller, name: str, problem: str | None, retry_after: str | None
) -> None:
    arm(caller, name)
    answer = caller.get("Contacts")
    assert (answer.status, answer.body) == (429, b"")
    assert answer.headers.get("x-rate-limit-problem") == problem
    assert answer.headers.get("retry-after") == retry_after


@pytest.mark.parametrize(
    ("name", "error", "committed"),
    [
        ("never_arrives", TimeoutError, False),
        ("reset_before", ConnectionResetError, False),
        ("answer_never", TimeoutError, True),
        ("answer_lost", ConnectionResetError, True),
        ("reset_midway", ConnectionResetError, True),
        ("cut_body", http.client.IncompleteRead, True),
        ("slow_answer", TimeoutError, True),
        ("slow_before", TimeoutError, False),
    ],
)
def test_connection_ends_in_an_ugly_way(
    caller: Caller, name: str, error: type[Exception], committed: bool
) -> None:
    arm(caller, name, method="PUT")
    body, patience_s = b'{"Contacts":[{"Name":"Zoe"}]}', 0.5 if error is TimeoutError else 30.0
    with pytest.raises(error):
        caller.call(
            "PUT", "/api.xro/2.0/Contacts", body=body, content_type="application/json", timeout_s=patience_s
        )
    if committed:
        wait_until(lambda: written(caller))  # a slow machine gives up before the stand-in has begun
    assert written(caller) is committed
    assert caller.get("Contacts").status == 200


def test_body_may_drip(caller: Caller) -> None:
    whole = caller.get("Contacts")
    arm(caller, "drip", params={"bytes_per_s": 100_000})
    dripped = caller.get("Contacts")
    assert (dripped.status, len(dripped.body)) == (200, len(whole.body))
    arm(caller, "drip", params={"bytes_per_s": 1})
    with pytest.raises(TimeoutError):
        caller.call("GET", "/api.xro/2.0/Contacts", timeout_s=0.3)


def test_middle_box_may_deliver_twice(caller: Caller) -> None:
    arm(caller, "duplicate_delivery", method="PUT")
    answer = write(caller)
    assert answer.status == 400  # the second delivery meets the contact of the first
    assert written(caller)


def test_late_commit_comes_when_the_clock_has_moved(caller: Caller) -> None:
    arm(caller, "commit_late", method="PUT", params={"seconds": 600})
    assert write(caller).status == 500
    caller.control("clock", {"advance": 599})
    assert not written(caller)
    caller.control("clock", {"advance": 1})
    assert written(caller)


def test_answer_may_be_xml(caller: Caller) -> None:
    arm(caller, "xml_answer")
    answer = caller.get("Contacts")
    assert answer.status == 200
    assert "xml" in answer.headers["content-type"]
    assert answer.body.lstrip().startswith(b"<")


def test_key_remembers_a_500_of_the_application_but_not_one_of_a_proxy(caller: Caller) -> None:
    arm(caller, "500_after_commit", method="PUT")
    assert write(caller, idempotency_key="a").status == 500
    assert write(caller, idempotency_key="a").status == 500
    arm(caller, "html_502_after_commit", method="PUT")
    assert write(caller, "Yan", idempotency_key="b").status == 502
    assert write(caller, "Yan", idempotency_key="b").status == 200


def test_key_store_may_be_down_for_keyed_writes_only(caller: Caller) -> None:
    arm(caller, "idempotency_down")
    assert caller.get("Contacts").status == 200
    assert write(caller).status == 200
    assert write(caller, "Yan", idempotency_key="k").status == 500
    assert write(caller, "Yan", idempotency_key="k").status == 200


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("refresh_rejected", 400, "invalid_grant"),
        ("client_rejected", 400, "invalid_client"),
        ("token_html", 500, None),
        ("token_500", 500, None),
    ],
)
def test_identity_may_fail(caller: Caller, name: str, status: int, error: str | None) -> None:
    token = caller.connect()["refresh_token"]
    arm(caller, name, path="/connect/token")
    answer = caller.refresh(token)
    assert answer.status == status
    if error:
        assert answer.json == {"error": error}
    assert caller.refresh(token).status == 200


def test_lost_refresh_answer_leaves_the_old_token_in_grace(caller: Caller) -> None:
    token = caller.connect()["refresh_token"]
    arm(caller, "answer_lost", path="/connect/token")
    with pytest.raises(ConnectionResetError):
        caller.refresh(token)
    assert caller.refresh(token).status == 200


def test_refresh_may_be_done_although_the_answer_is_500(caller: Caller) -> None:
    token = caller.connect()["refresh_token"]
    arm(caller, "500_after_commit", path="/connect/token")
    assert caller.refresh(token).status == 500
    caller.control("switches", {"grace_minutes": 0})
    caller.control("clock", {"advance": 1})
    assert caller.refresh(token).json == {"error": "invalid_grant"}


def test_anything_may_be_answered(caller: Caller) -> None:
    arm(caller, "custom", path="/connections", params={"status": 200, "body": [], "headers": {"X-Odd": "1"}})
    answer = caller.call("GET", "/connections")
    assert (answer.json, answer.headers["x-odd"]) == ([], "1")


def test_fault_waits_for_its_nth_call_and_ends_after_its_count(caller: Caller) -> None:
    arm(caller, "503_offline", path="/Contacts", nth=2, count=2)
    assert caller.get("Organisation").status == 200
    assert [caller.get("Contacts").status for _ in range(5)] == [200, 503, 503, 200, 200]
    assert caller.control("faults").json[0]["fired"] == 2


def test_fault_may_be_for_one_organisation() -> None:
    with server(organisation(), organisation(SISTER, name="Sister Ltd")) as running:
        caller = Caller(running)
        caller.connect()
        caller.connect(tenant=SISTER)
        arm(caller, "503_offline", tenant=TENANT, count=0)
        assert caller.get("Contacts", xero_tenant_id=SISTER).status == 200
        assert caller.get("Contacts", xero_tenant_id=TENANT).status == 503


def test_disarmed_fault_does_nothing(caller: Caller) -> None:
    arm(caller, "503_offline", count=0)
    armed = caller.control("faults").json[0]["id"]
    assert caller.control(f"faults/{armed}", method="DELETE").json == {"cleared": 1}
    assert caller.get("Contacts").status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "nonsense"},
        {},
        {"name": "drip", "path": "("},
        {"name": "drip", "when": 1},
        {"name": "drip", "nth": "first"},
        {"name": "drip", "count": None},
        {"name": "drip", "params": [1]},
        {"name": "drip", "method": 7},
    ],
)
def test_fault_that_cannot_be_is_refused(caller: Caller, wrong: dict[str, object]) -> None:
    answer = caller.control("faults", wrong)
    assert answer.status == 400
    assert answer.json["error"]
    assert caller.control("faults").json == []


def test_every_kind_that_replaces_an_answer_can_make_one() -> None:
    for name, kind in KINDS.items():
        if kind.stage != "front":
            continue
        faults = Faults()
        faults.arm(name)
        reply = faults.front(faults.pick(Call("PUT", "/x", headers={"idempotency-key": "k"})))
        assert reply is not None, name
