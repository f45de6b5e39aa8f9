"""Many orders and several runners at once: one invoice each."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from counterfoil.sync.models import PushAttempt
from tests.sync.push.orders import shop

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 50


@pytest.mark.rule("PU-7")
def test_fifty_orders_and_two_runners_make_fifty_invoices() -> None:
    with shop(limits=False) as here:
        before = len(here.here.store.invoices)
        quotes = [here.order(lines=1) for _ in range(ORDERS)]
        failures: list[BaseException] = []

        def run() -> None:
            try:
                here.push(workers=4)
            except BaseException as failure:  # noqa: BLE001  # told to the test in its own thread
                failures.append(failure)
            finally:
                connections.close_all()

        runners = [threading.Thread(target=run) for _ in range(2)]
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join()
        assert not failures
        while here.push(workers=4):
            pass
        assert len(here.here.store.invoices) == before + ORDERS
        for quote in quotes:
            quote.refresh_from_db()
        assert len({quote.invoice_number for quote in quotes} - {""}) == ORDERS
        assert PushAttempt.objects.count() == ORDERS
        here.assert_good_manners()
        assert len([call for call in here.writes() if call["path"].endswith("/Invoices")]) == ORDERS
