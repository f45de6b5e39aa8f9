"""Killed with kill -9 at each crash point of the procedure, an order is one invoice in the end (reliability 5.4)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import quote_confirm
from counterfoil.crm.quotes.settings import quote_settings_save
from counterfoil.sandbox import actions
from counterfoil.sync import work
from counterfoil.sync.crashing import VARIABLE
from tests.sync.push.orders import Shop, shop
from tests.sync.test_killed import environment

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]


def process(here: Shop, *told: object, **variables: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.sync.push.one_push", *map(str, told)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(here.here) | variables)


def dies(here: Shop, point: str) -> None:
    """A process that works on what is due dies at this point."""
    ahead = here.ahead.total_seconds()
    child = process(here, here.here.connection.pk, ahead, **{VARIABLE: point})
    assert child.wait() == -signal.SIGKILL, f"it did not come to {point}"


def recovers(here: Shop, quote: Quote) -> None:
    """Workers of later hours bring it to its end: one live invoice, known here by id and number."""
    work.left_behind_clear()
    for minutes in (0, 1, 3, 70, 2, 2):
        here.pass_time(minutes=minutes)
        here.push()
    quote.refresh_from_db()
    live = [one for one in here.invoices(quote) if one["Status"] not in {"DELETED", "VOIDED"}]
    assert [one["InvoiceID"] for one in live] == [quote.invoice_id]
    assert (here.state(quote), quote.push_state) == ("sent", "sent")
    assert quote.invoice_number == live[0]["InvoiceNumber"]


def in_flight_killed(here: Shop) -> None:
    """K10 for real: the request has arrived and its answer has not when the process dies."""
    before = len(here.here.store.invoices)
    here.here.arm("slow_answer", method="PUT", params={"seconds": 20})
    child = process(here, here.here.connection.pk, here.ahead.total_seconds())
    while len(here.here.store.invoices) == before:
        assert child.poll() is None, "it ended before it sent anything"
        time.sleep(0.01)  # until the other process has sent its request
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


@pytest.mark.rule("PU-7")
def test_an_order_is_one_invoice_wherever_its_worker_was_killed() -> None:
    with shop(limits=False) as here:
        for point in ("K1", "K2", "K3", "K4", "K5", "K9", "K10", "K11", "K12"):
            quote = here.order()
            dies(here, point)
            recovers(here, quote)
        quote = here.order()
        in_flight_killed(here)
        recovers(here, quote)
        here.assert_good_manners()


@pytest.mark.rule("PU-7")
def test_an_order_is_one_invoice_when_its_worker_was_killed_while_finding_out() -> None:
    with shop(limits=False) as here:
        for point, fault in (("K6", "500_after_commit"), ("K8", "500_before_commit")):
            quote = here.order()
            here.here.arm(fault, method="PUT")
            here.push()
            assert here.state(quote) == "uncertain"
            here.pass_time(seconds=10)
            dies(here, point)
            recovers(here, quote)


@pytest.mark.rule("PU-7")
def test_an_order_is_one_invoice_when_its_worker_was_killed_while_stepping_aside() -> None:
    with shop(limits=False) as here:
        quote_settings_save(here.here.company, actor=here.here.user, at=here.clock(), own_numbering=True)
        foreign = actions.invoice_add(
            here.here.organisation,
            Type="ACCREC",
            InvoiceNumber="CRM-100001",
            Contact={"ContactID": here.ledger.ledger_id},
            LineItems=[{"Description": "Theirs"}],
        )
        quote = here.order()
        dies(here, "K7")
        recovers(here, quote)
        assert quote.invoice_number == "CRM-100002"
        assert here.here.store.invoices.get(foreign) is not None


@pytest.mark.rule("PU-7")
def test_a_confirmation_killed_before_its_commit_did_not_happen_and_can_be_made_again() -> None:
    with shop(limits=False) as here:
        quote = here.quote()
        assert process(here, "confirm", quote.pk).wait() == -signal.SIGKILL
        here.push()
        assert not here.writes()
        quote_confirm(quote, actor=here.here.user, at=here.clock())
        recovers(here, quote)
