"""A worker that stood still for longer than its lease, in the middle of a push, and then goes on as if nothing were."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import quote_settings_save
from counterfoil.sync import wiring
from counterfoil.sync.crashing import PAUSE
from tests.sync.push.orders import Shop, shop
from tests.sync.push.test_kills import process

pytestmark = pytest.mark.django_db(transaction=True)

# Where the worker stands still. "wire": its request is there, its answer is not.
POINTS = ("K3", "K4", "K5", "K9", "K10", "wire", "K11", "K12")


def stopped(here: Shop, point: str) -> subprocess.Popen[bytes]:
    """A worker that stands still. Its own clock does too, so that nothing but the lease's token can hold it back."""
    told = (here.here.connection.pk, here.ahead.total_seconds())
    if point != "wire":
        child = process(here, *told, **{PAUSE: point})
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"it did not come to {point}"
        return child
    before = len(here.here.store.invoices)
    here.here.arm("slow_answer", method="PUT", path="Invoices", params={"seconds": 3})
    child = process(here, *told)
    while len(here.here.store.invoices) == before:
        assert child.poll() is None, "it ended before it sent anything"
        time.sleep(0.01)  # until the other process has sent its request
    os.kill(child.pid, signal.SIGSTOP)
    here.here.server.edge.faults.clear()
    return child


def taken_over(here: Shop, quote: Quote) -> None:
    """Others go on while it stands still: its lease runs out, and what it may have sent is looked for."""
    wiring.forget()  # the limits are of real minutes, of which hardly one passes
    for minutes in (6, 1, 1, 61, 2, 2):
        here.pass_time(minutes=minutes)
        here.push()
    quote.refresh_from_db()
    assert (here.state(quote), quote.push_state) == ("sent", "sent")


def swept(here: Shop, quote: Quote) -> None:
    """The looks of the next two days."""
    wiring.forget()
    for hours in (1.1, 0.1, 0.1, 24, 0.1, 0.1):
        here.pass_time(hours=hours)
        here.push()
    quote.refresh_from_db()
    live = [one for one in here.invoices(quote) if one["Status"] not in {"DELETED", "VOIDED"}]
    assert [one["InvoiceID"] for one in live] == [quote.invoice_id]
    assert (here.state(quote), quote.invoice_number) == ("sent", live[0]["InvoiceNumber"])


@pytest.mark.rule("PU-7")
@pytest.mark.parametrize("own_numbers", [False, True], ids=["numbered by Xero", "numbered here"])
@pytest.mark.failure("O6")
def test_an_order_is_one_invoice_when_a_worker_wakes_up_long_after_its_lease(own_numbers: bool) -> None:
    with shop(limits=False) as here:
        quote_settings_save(
            here.here.company, actor=here.here.user, at=here.clock(), own_numbering=own_numbers
        )
        for point in POINTS:
            quote = here.order()
            zombie = stopped(here, point)
            taken_over(here, quote)
            known = quote.invoice_id
            zombie.send_signal(signal.SIGCONT)
            assert zombie.wait() == 0, point
            quote.refresh_from_db()
            assert quote.invoice_id == known, point
            swept(here, quote)
        here.assert_good_manners()
