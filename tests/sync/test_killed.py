"""Killed at any moment with kill -9, a first sync resumes and ends as if nothing had happened (SY-3)."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection as database

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.project.terminal import INTERRUPTED
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import organisations, work
from counterfoil.sync.models import Connection, Pass
from counterfoil.sync.reading import WAITING_LONGER
from tests.contract.test_ending import interruptible
from tests.sync.picture import picture
from tests.sync.world import CLIENT_ID, CRM_URL, SECRET, World, world

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = 20
BALANCES = r"/Contacts.*IDs="
BOOKS = {"invoices": 90, "contacts": 50, "items": 10}


def environment(here: World) -> dict[str, str]:
    told = database.settings_dict
    if database.vendor == "sqlite":
        url = f"sqlite:///{told['NAME']}"
    else:
        host = told["HOST"]
        url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={host}"
        url += f"&port={told['PORT']}" if told["PORT"] else ""
    return os.environ | {
        "COUNTERFOIL_DATABASE_URL": url,
        "COUNTERFOIL_XERO_SANDBOX": here.server.url,
        "COUNTERFOIL_XERO_CLIENT_ID": CLIENT_ID,
        "COUNTERFOIL_XERO_CLIENT_SECRET": SECRET,
        "COUNTERFOIL_URL": CRM_URL,
        "DJANGO_SETTINGS_MODULE": "counterfoil.project.settings",
    }


def start(here: World) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.sync.one_pass", str(here.connection.pk), str(PAGE)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, env=environment(here))


def killed_after(here: World, calls: int) -> bool:
    """Run a pass and kill it once the stand-in has seen so many more calls. False if it ended by itself."""
    before = len(here.calls())
    process = start(here)
    while process.poll() is None:
        if len(here.calls()) - before >= calls:
            process.kill()
            process.wait()
            return True
        time.sleep(0.001)  # until the other process has made its calls
    assert process.returncode == 0
    return False


@pytest.mark.rule("SY-3", "SY-1")
@pytest.mark.parametrize("steps", [(3, 8, 6), (6, 5)], ids=str)
@pytest.mark.failure("P2")
def test_a_killed_first_sync_resumes_and_loses_and_doubles_nothing(steps: tuple[int, ...]) -> None:
    today = dt.datetime.now(dt.UTC).date()
    with world(load("global", today=today, **BOOKS), limits=False) as here:
        here.connect()
        here.forget_calls()
        here.sync(page_size=PAGE)
        undisturbed, needed = picture(), len(here.calls())
    call_command("flush", interactive=False, verbosity=0)
    with world(load("global", today=today, **BOOKS), limits=False) as here:
        here.connect()
        here.forget_calls()
        kills = 0
        for calls in cycle(steps):
            if not killed_after(here, calls):
                break
            kills += 1
        assert picture() == undisturbed
        assert kills >= 2
        # A kill costs what was asked for and not yet stored.
        assert len(here.calls()) <= needed + (1 + WAITING_LONGER) * kills
        run = Pass.objects.get()
        assert (run.state, run.is_first) == ("done", True)
        assert here.calls_counted() == run.calls + organisations.FACTS_CALLS  # those of connecting


@pytest.mark.rule("SY-3", "SY-6", "CU-12")
@pytest.mark.parametrize("then", ["killed", "refused"])
def test_balances_are_read_after_a_pass_ended_between_the_documents_and_them(then: str) -> None:
    with world(load("global", **BOOKS), limits=False) as here:
        here.connect()
        here.sync()
        ledger = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).earliest("name")
        line = {
            "Description": "Work",
            "Quantity": 1,
            "UnitAmount": 100,
            "AccountCode": "200",
            "TaxType": "NONE",
        }
        actions.invoice_add(
            here.organisation,
            Type="ACCREC",
            Contact={"ContactID": str(ledger.ledger_id)},
            LineItems=[line],
            Status="AUTHORISED",
            DueDate="2027-01-01",
        )
        here.server.world.clock.advance(20 * 60)  # beyond the overlap: nothing brings the invoice again
        Connection.objects.update(pass_wanted_at=work.now())
        if then == "killed":
            killed_when(here, BALANCES)
        else:
            here.arm("403_tenant", path=BALANCES)
            assert here.sync().state == "failed"
            here.connect()
        work.left_behind_clear()
        before = ledger.balance_outstanding
        ledger.refresh_from_db()
        assert ledger.balance_outstanding == before
        here.sync()
        ledger.refresh_from_db()
        assert ledger.balance_outstanding == before + 100
        assert here.connection.balances_due == []


def killed_when(here: World, path: str) -> None:
    """Run a pass and kill it while it waits for the answer to a call to `path`."""
    here.arm("never_arrives", path=path)
    process = start(here)
    while not here.server.edge.faults.shown()[0]["fired"]:
        assert process.poll() is None
        time.sleep(0.001)  # until the other process has made that call
    process.kill()
    process.wait()
    here.server.edge.faults.clear()


@pytest.mark.rule("SY-3")
def test_ctrl_c_ends_a_pass_in_the_terminal_and_the_next_one_goes_on() -> None:
    with world(load("global", **BOOKS), limits=False) as here:
        here.connect()
        here.arm("answer_never", path="/Invoices", count=0)
        command = [sys.executable, "-m", "counterfoil", "sync", "--once"]
        with (
            interruptible(),
            subprocess.Popen(command, env=environment(here), stdout=subprocess.PIPE, text=True) as sync,
        ):
            while sync.poll() is None and not here.calls("/Invoices"):
                time.sleep(0.01)  # until the other process has asked
            sync.send_signal(signal.SIGINT)
            said, _ = sync.communicate(timeout=60)
        assert sync.returncode == INTERRUPTED
        assert "Stopped. What was read is stored; the next pass goes on from there." in said
        here.server.edge.faults.clear()
        work.left_behind_clear()
        assert here.sync().state == "done"
        assert SalesLedger.objects.exists()
