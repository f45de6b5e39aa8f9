"""A supervisor ends a worker: what was under way is handed back, and the next one goes on (reliability O10)."""

from __future__ import annotations

import signal

import pytest

from counterfoil.project.runner import STOP_S
from counterfoil.sync import work
from counterfoil.sync.models import Connection
from tests.sync.picture import picture
from tests.sync.push.orders import Shop, shop
from tests.sync.test_workers import stopped, workers
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# What containers are commonly given before they are killed.
GIVEN_S = 30


def under_way(here: Shop, method: str, path: str) -> None:
    """Wait until the worker has asked for what is never answered."""
    wait_until(
        lambda: any(call["method"] == method for call in here.here.calls(path)),
        otherwise="the worker never took it up",
    )


@pytest.mark.rule("SY-3")
@pytest.mark.failure("O10", "O9")
def test_a_worker_that_is_told_to_end_while_xero_does_not_answer_ends_and_the_next_one_goes_on() -> None:
    assert STOP_S < GIVEN_S
    with shop(limits=False) as here:
        before = picture()
        here.here.arm("answer_never", path="/Invoices", count=0)
        with workers(here, 1) as running:
            Connection.objects.update(pass_wanted_at=work.now())
            under_way(here, "GET", "/Invoices")
            assert stopped(running, signal.SIGTERM) == [0]
        here.here.server.edge.faults.clear()
        work.left_behind_clear()
        assert here.here.sync().state == "done"
        assert picture() == before


@pytest.mark.rule("PU-7")
@pytest.mark.failure("O10")
def test_an_order_that_is_being_sent_when_the_worker_is_told_to_end_is_one_invoice() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.here.arm("answer_never", method="PUT", path="/Invoices")
        with workers(here, 1) as running:
            under_way(here, "PUT", "/Invoices")
            assert stopped(running, signal.SIGTERM) == [0]
        work.left_behind_clear()
        for minutes in (0.5, 20, 2, 2, 70):
            here.pass_time(minutes=minutes)
            here.push()
        assert here.state(quote) == "sent"
        assert len(here.invoices(quote)) == 1
