"""Our clock jumps: cursors go by Xero's, nothing is read twice or left out, and no day is waited away (reliability O7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sandbox import actions
from counterfoil.sync import work
from counterfoil.sync.models import StreamState
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
JUMPS = [HOUR, -HOUR, DAY, -DAY, dt.timedelta(seconds=1), -dt.timedelta(seconds=1)]


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


@pytest.mark.rule("SY-4")
@pytest.mark.failure("O7")
def test_a_change_arrives_whatever_our_clock_says_and_the_cursor_never_passes_xeros(here: World) -> None:
    ledger = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None)[0]
    ours = dt.timedelta(0)
    for number, jump in enumerate(JUMPS):
        ours += jump
        actions.contact_edit(here.organisation, str(ledger.ledger_id), Name=f"Name {number}")
        # Each of them "Sync now", so that only what is asked for since the cursor can bring it.
        here.sync_all_at(work.now() + ours)
        ledger.refresh_from_db()
        assert ledger.name == f"Name {number}", jump
        cursor = StreamState.objects.get(stream="contacts").cursor_ms
        assert cursor is not None
        assert cursor <= here.server.world.clock.now().timestamp() * 1000


@pytest.mark.rule("SY-5", "TK-6")
@pytest.mark.failure("O7")
@pytest.mark.parametrize("ahead", [HOUR, DAY])
def test_a_clock_that_was_ahead_and_is_put_right_costs_one_early_pass_and_no_wait(
    here: World, ahead: dt.timedelta
) -> None:
    wrong = work.now() + ahead
    assert work.connections_due(wrong) == [here.connection.pk]
    here.sync(clock=lambda: wrong)
    assert work.connections_due(wrong + dt.timedelta(minutes=1)) == []
    assert work.connections_due(work.now()) == [here.connection.pk]
    here.sync()
    assert work.connections_due(work.now()) == []
    assert work.connections_due(work.now() + dt.timedelta(minutes=6)) == [here.connection.pk]
