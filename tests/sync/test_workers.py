"""Workers: processes that do what is due without serving pages, any number beside each other."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import quote_confirm
from counterfoil.sync import work
from counterfoil.sync.models import Connection, Pass, PassState, PushAttempt, PushIntent
from tests.sync.push.orders import Shop, shop
from tests.sync.test_killed import environment
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
ORDERS = 20


@contextmanager
def workers(here: Shop, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many of them, each ready to work."""
    command = [sys.executable, "-m", "counterfoil", "worker"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment(here.here), stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        for one in running:
            assert one.stdout
            assert "works on what is due" in one.stdout.readline()
        yield running
    finally:
        for one in running:
            one.kill()
            one.communicate()


def until_sent(quotes: list[Quote]) -> set[str]:
    """Wait until the workers have brought all to Xero; who was seen to hold one meanwhile."""
    seen: set[str] = set()
    mine = Quote.objects.filter(pk__in=[quote.pk for quote in quotes])

    def all_sent() -> bool:
        seen.update(PushIntent.objects.exclude(lease_owner="").values_list("lease_owner", flat=True))
        return not mine.exclude(push_state="sent").exists()

    wait_until(all_sent, otherwise="the workers never took them up")
    return seen


def stopped(running: list[subprocess.Popen[str]], by: signal.Signals) -> list[int]:
    for one in running:
        one.send_signal(by)
    return [one.wait(60) for one in running]


@pytest.mark.rule("PU-7", "PU-4")
def test_two_workers_share_twenty_orders_and_send_each_once() -> None:
    with shop() as here:
        before = len(here.here.store.invoices)
        quotes = [here.quote(lines=1) for _ in range(ORDERS)]
        # Long enough that what one has in hand does not keep the other from seeing what is left.
        here.here.arm("slow_answer", method="PUT", path="Invoices", params={"seconds": 1.5}, count=ORDERS)
        with workers(here, 2) as running:
            for quote in quotes:
                quote_confirm(quote, actor=here.here.user, at=here.clock())
            owners = until_sent(quotes)
            assert {owner.rpartition(":")[2] for owner in owners} == {str(one.pid) for one in running}
            assert stopped(running, signal.SIGTERM) == [0, 0]
        assert len(here.here.store.invoices) == before + ORDERS
        assert PushAttempt.objects.count() == ORDERS
        assert [len(here.invoices(Quote.objects.get(pk=quote.pk))) for quote in quotes] == [1] * ORDERS
        assert not PushIntent.objects.exclude(lease_owner="").exists()
        # Four for whoever reads and one for whoever sends, in whatever process: never more than Xero's five.
        notes = {note for call in here.here.calls() for note in call["notes"]}
        assert notes <= {"too-many-in-flight: 5 at once"}
        assert not here.here.server.edge.idempotency.mismatches


def test_two_workers_run_each_pass_once_and_end_on_ctrl_c() -> None:
    with shop(limits=False) as here:
        passes = Pass.objects.count()
        with workers(here, 2) as running:
            for count in (1, 2, 3):
                Connection.objects.update(pass_wanted_at=work.now())
                wait_until(lambda: not Connection.objects.filter(pass_wanted_at__isnull=False).exists())
                assert Pass.objects.count() == passes + count
            assert stopped(running, signal.SIGINT) == [0, 0]
        assert not Pass.objects.exclude(state=PassState.DONE).exists()
        assert not Connection.objects.exclude(lease_owner="").exists()
