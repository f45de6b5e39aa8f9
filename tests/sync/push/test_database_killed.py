"""The database, or the process that writes to it, is killed while many orders are on their way."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from django.db import connection

from counterfoil.sync import wiring, work
from tests.sync.push.orders import shop
from tests.sync.push.test_kills import ROOT, process

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 24


@pytest.mark.rule("PU-7")
@pytest.mark.failure("O4")
def test_every_order_is_one_invoice_when_the_server_of_the_database_is_killed_under_its_workers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server; its processes are killed in the next test")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.sync.push.crash_run", str(ORDERS), "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    result = json.loads(ran.stdout.strip().splitlines()[-1])
    assert (result["crashes"], result["orders"]) == (3, [["sent", True]] * ORDERS)


@pytest.mark.rule("PU-7")
def test_every_order_is_one_invoice_when_its_process_is_killed_again_and_again_while_it_commits() -> None:
    with shop(limits=False) as here:
        quotes = [here.order(lines=1) for _ in range(ORDERS)]
        before = len(here.here.store.invoices)
        kills = 0
        for made in range(2, ORDERS, 4):
            work.left_behind_clear()
            child = process(here, here.here.connection.pk, here.ahead.total_seconds())
            while len(here.here.store.invoices) < before + made:
                assert child.poll() is None, "it ended before it was killed"
                time.sleep(0.001)  # until so many are in Xero
            child.kill()
            kills += child.wait() == -9
            here.pass_time(seconds=10)
        work.left_behind_clear()
        for minutes in (0, 1, 3, 61, 2, 2, 61, 2):
            wiring.forget()  # the limits are of real minutes, of which hardly one passes
            here.pass_time(minutes=minutes)
            while here.push():
                pass
        for quote in quotes:
            quote.refresh_from_db()
            live = [one for one in here.invoices(quote) if one["Status"] not in {"DELETED", "VOIDED"}]
            assert [one["InvoiceID"] for one in live] == [quote.invoice_id]
            assert here.state(quote) == "sent"
        assert kills == 6
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        here.assert_good_manners()
