"""How often passes run, and the calls of a day that they leave to people (IS-8)."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sync import wiring, work
from counterfoil.sync.models import Connection, ImportSettings
from counterfoil.sync.settings import reserve_of
from tests.sync.push.orders import Shop
from tests.sync.world import world

pytestmark = pytest.mark.django_db


@pytest.mark.rule("IS-8")
@pytest.mark.parametrize("minutes", [None, 1, 60])
def test_the_next_pass_begins_so_long_after_the_last_one_ended(minutes: int | None) -> None:
    with world(limits=False) as here:
        here.connect()
        if minutes:
            ImportSettings.objects.create(operating_company=here.company, pass_minutes=minutes)
        run = here.sync()
        connection = here.connection
        wait = dt.timedelta(minutes=minutes or 5)
        assert run.ended_at is not None
        assert connection.next_pass_at == run.ended_at + wait
        assert work.connections_due(run.ended_at + wait - dt.timedelta(seconds=1)) == []
        assert work.connections_due(run.ended_at + wait) == [connection.pk]


@pytest.mark.rule("IS-8", "SY-7")
def test_passes_stop_at_the_reserve_and_orders_still_go_out() -> None:
    with world() as here:
        here.connect()
        here.sync()
        here.company.refresh_from_db()
        left = wiring.governor(here.connection.tenant_id).snapshot().day_left
        assert left is not None
        ImportSettings.objects.create(operating_company=here.company, day_reserve=left)
        assert reserve_of(here.company) == left
        stopped = here.sync_all()
        assert stopped.state == "waiting"
        assert "today's calls to Xero are used up" in stopped.problem
        shop = Shop(here)
        quote = shop.order()
        Connection.objects.update(push_not_before=None)
        shop.push()
        assert shop.state(quote) == "sent"
