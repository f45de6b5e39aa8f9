"""Xero lets five calls of an organisation be under way at once: that holds over all processes of an installation."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connections

from counterfoil.crm.quotes.models import Quote
from counterfoil.sandbox.limits import IN_FLIGHT
from counterfoil.sandbox.seeds import load
from counterfoil.sync import work
from counterfoil.sync.models import Connection, PushIntent, StreamState
from counterfoil.sync.owners import owner_name
from counterfoil.sync.place_models import CallPlace
from counterfoil.sync.places import OnePlace
from counterfoil.sync.wiring import IN_FLIGHT as READING
from counterfoil.xero.errors import RateLimited
from counterfoil.xero.governor import Governor
from tests.sync.push.orders import Shop, shop
from tests.sync.test_killed import environment
from tests.waiting import wait_until

TENANT = "an-organisation"
ROOT = Path(__file__).parents[2]


def process(here: Shop, *command: str) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", *command]
    return subprocess.Popen(arguments, cwd=ROOT, env=environment(here.here))


def read_all_anew() -> None:
    """As a first sync reads: every stream from its beginning."""
    StreamState.objects.update(cursor_ms=None, walk=None, last_success_at=None)
    Connection.objects.update(pass_wanted_at=work.now())


def senders_at_work(count: int) -> None:
    """Wait until so many of the other processes hold an order each."""
    holders = PushIntent.objects.exclude(lease_owner="").values("lease_owner").distinct()
    wait_until(lambda: holders.count() >= count, otherwise="they never took an order up")


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("SY-7")
@pytest.mark.failure("R3", "R12")
def test_a_process_that_reads_everything_beside_three_that_send_keeps_to_five_calls_at_once() -> None:
    books = load("global", invoices=90, contacts=50, items=10)
    with shop(seeds=books, limits=False) as here:
        quotes = [here.order(lines=1) for _ in range(12)]
        read_all_anew()
        # So long that each process meets the calls of the others.
        here.here.arm("slow_answer", path="api.xro", count=0, params={"seconds": 0.7})
        connection = str(here.here.connection.pk)
        sending = [process(here, "tests.sync.push.one_push", connection, "0") for _ in range(3)]
        senders_at_work(2)
        assert here.here.sync(page_size=10).state == "done"
        assert PushIntent.objects.exclude(state="sent").exists()  # they were at it all the while
        here.here.server.edge.faults.clear()
        assert [one.wait(120) for one in sending] == [0, 0, 0]
        (most,) = {row["in_flight_max"] for row in here.here.server.edge.limits.shown()}
        assert READING <= int(str(most)) <= IN_FLIGHT == 5
        while here.push():
            pass
        assert {Quote.objects.get(pk=one.pk).push_state for one in quotes} == {"sent"}
        assert [len(here.invoices(Quote.objects.get(pk=one.pk))) for one in quotes] == [1] * 12


def free_now(place: OnePlace) -> bool:
    try:
        with place.slot("user", max_wait_s=0):
            return True
    except RateLimited:
        return False


@pytest.mark.django_db
@pytest.mark.rule("SY-7")
def test_the_place_of_a_process_that_has_ended_is_free_at_once_and_that_of_one_elsewhere_when_its_time_is_over() -> (
    None
):
    place = OnePlace(TENANT, Governor())
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)
    assert free_now(place) or free_now(place)  # the row is made by the first who wants it
    CallPlace.objects.update(owner="another-machine:00000000:7:1", until=later)
    assert not free_now(place)
    CallPlace.objects.update(until=later - dt.timedelta(minutes=3))
    assert free_now(place)
    ended = subprocess.Popen(["true"])
    ended.wait()
    mine = owner_name().rsplit(":", 2)[0]
    CallPlace.objects.update(owner=f"{mine}:1:{ended.pid}", until=later)
    assert [free_now(place) for _ in range(2)][-1]
    assert CallPlace.objects.get().until is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("SY-7")
def test_threads_of_one_process_go_one_at_a_time_and_a_fault_gives_the_place_back() -> None:
    place = OnePlace(TENANT, Governor())
    under_way, most, failures = [0], [0], []

    def call() -> None:
        try:
            for _ in range(5):
                with place.slot("user"):
                    under_way[0] += 1
                    most[0] = max(most[0], under_way[0])
                    under_way[0] -= 1
        except BaseException as failure:  # noqa: BLE001  # told to the test in its own thread
            failures.append(failure)
        finally:
            connections.close_all()

    with pytest.raises(ZeroDivisionError), place.slot("user"):
        raise ZeroDivisionError
    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert most == [1]
    assert CallPlace.objects.get().until is None
