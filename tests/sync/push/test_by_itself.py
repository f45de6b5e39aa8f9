"""The embedded runner takes up a confirmed order by itself, also while an import is under way."""

from __future__ import annotations

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import quote_confirm
from counterfoil.project.runner import Runner
from counterfoil.sync import signals, work
from counterfoil.sync.leases import lease_take
from tests.sync.push.orders import Shop, shop
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def runner_may_start_again():
    yield
    signals.stopping.clear()


def sent(here: Shop, quote: Quote) -> None:
    """Wait until the runner has brought it to Xero."""
    quote_confirm(quote, actor=here.here.user, at=here.clock())
    wait_until(
        lambda: Quote.objects.get(pk=quote.pk).push_state == "sent", otherwise="the runner never took it up"
    )


@pytest.mark.rule("PU-4")
@pytest.mark.failure("R12")
def test_a_confirmed_order_goes_out_by_itself_even_while_a_pass_holds_the_connection() -> None:
    with shop(limits=False) as here:
        lease = lease_take(here.here.connection.pk, owner="an import", at=work.now())
        assert lease is not None
        quotes = [here.quote() for _ in range(3)]
        with Runner():
            for quote in quotes:
                sent(here, quote)
        for quote in quotes:
            assert len(here.invoices(Quote.objects.get(pk=quote.pk))) == 1
