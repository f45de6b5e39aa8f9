"""Call limits: what is refused, how it is said, and when it is over."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from counterfoil.sandbox.limits import Limits
from tests.contract.edge_builders import NOON, SISTER, TENANT, Caller, organisation, server, web_app
from tests.waiting import wait_until


@pytest.fixture
def caller() -> Iterator[Caller]:
    with server(organisation(), organisation(SISTER, name="Sister Ltd")) as running:
        yield Caller(running)


def test_every_answer_carries_what_is_left(caller: Caller) -> None:
    caller.connect()
    caller.get("Contacts")
    headers = caller.get("Contacts").headers
    assert headers["x-daylimit-remaining"] == "998"
    assert headers["x-minlimit-remaining"] == "58"
    assert headers["x-appminlimit-remaining"] == "9998"
    assert len(headers["xero-correlation-id"]) == 36


@pytest.mark.parametrize(
    ("spent", "problem", "wait"),
    [
        ({"minute": 60}, "minute", "60"),
        ({"day": 1000}, "day", "86400"),
        ({"day": 1000, "minute": 60}, "day", "86400"),
    ],
    ids=["minute", "day", "both"],
)
def test_used_up_limit_is_an_empty_429(
    caller: Caller, spent: dict[str, int], problem: str, wait: str
) -> None:
    caller.connect()
    caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, **spent}})
    answer = caller.get("Contacts")
    assert (answer.status, answer.body) == (429, b"")
    assert answer.headers["content-length"] == "0"
    assert answer.headers["x-rate-limit-problem"] == problem
    assert answer.headers["retry-after"] == wait


def test_sixty_first_call_of_a_minute_waits_for_the_window_to_end(caller: Caller) -> None:
    caller.connect()
    clock = caller.running.world.clock
    caller.get("Contacts")
    clock.advance(20)
    assert {caller.get("Contacts").status for _ in range(59)} == {200}
    refused = caller.get("Contacts")
    assert (refused.status, refused.headers["retry-after"]) == (429, "40")
    clock.advance(39)
    assert caller.get("Contacts").status == 429
    clock.advance(1)
    answer = caller.get("Contacts")
    assert (answer.status, answer.headers["x-minlimit-remaining"]) == (200, "59")


def test_limits_are_per_organisation(caller: Caller) -> None:
    caller.connect()
    caller.connect(tenant=SISTER)
    caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, "minute": 60}})
    assert caller.get("Contacts", xero_tenant_id=TENANT).status == 429
    assert caller.get("Contacts", xero_tenant_id=SISTER).status == 200


def test_higher_tier_may_call_five_thousand_times_a_day() -> None:
    with server(apps=(web_app(tier="core"),)) as running:
        caller = Caller(running)
        caller.connect()
        assert caller.get("Contacts").headers["x-daylimit-remaining"] == "4999"


def test_limits_may_be_lifted_and_nobody_is_told_to_wait() -> None:
    with server(limits=False) as running:
        caller = Caller(running)
        caller.connect()
        caller.control("limits", {"use_up": {"app": "shop", "tenant": TENANT, "minute": 100, "day": 2000}})
        answer = caller.get("Contacts")
    assert (answer.status, answer.headers["x-minlimit-remaining"]) == (200, "60")


def test_sixth_call_at_once_is_refused_without_retry_after(caller: Caller) -> None:
    caller.connect()
    caller.control("faults", {"name": "never_arrives", "count": 1})  # does not reach the counters
    caller.control("faults", {"name": "answer_never", "count": 5})
    with ExitStack() as unanswered:
        for _ in range(6):
            unanswered.enter_context(closing(caller.ask("GET", "/api.xro/2.0/Contacts")))
        wait_until(lambda: in_flight(caller) == [5])
        answer = caller.get("Contacts")
    assert (answer.status, answer.headers["x-rate-limit-problem"]) == (429, "concurrent")
    assert "retry-after" not in answer.headers
    wait_until(lambda: in_flight(caller) == [0])
    assert caller.get("Contacts").status == 200
    assert caller.control("requests/counters").json["in_flight_max"] == 5


def in_flight(caller: Caller) -> list[int]:
    return [row["in_flight"] for row in caller.control("limits").json["counters"]]


@pytest.mark.parametrize(("refused_count", "left"), [(False, "999"), (True, "997")])
def test_refused_calls_cost_nothing_unless_told_otherwise(refused_count: bool, left: str) -> None:
    limits = Limits()
    limits.use_up("shop", TENANT, minute=59, now=NOON)
    seen = [limits.enter("shop", TENANT, a_day=1000, now=NOON, refused_count=refused_count) for _ in range(3)]
    assert [verdict.problem for verdict in seen] == [None, "minute", "minute"]
    assert seen[-1].headers["x-daylimit-remaining"] == left


def test_whole_app_has_a_minute_of_its_own() -> None:
    limits = Limits()
    tenants = [f"tenant {n}" for n in range(200)]
    for tenant in tenants:
        for _ in range(50):
            assert limits.enter("shop", tenant, a_day=5000, now=NOON).problem is None
            limits.leave("shop", tenant)
    refused = limits.enter("shop", tenants[0], a_day=5000, now=NOON)
    assert refused.problem == "appminute"
    assert limits.enter("other", tenants[0], a_day=5000, now=NOON).problem is None
