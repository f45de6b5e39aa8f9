"""One runner reads several organisations at a time: what holds up one of them holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from counterfoil.accounts.models import OperatingCompany
from counterfoil.project.runner import Runner
from counterfoil.sandbox.seeds import load
from counterfoil.sync import signals, wiring
from counterfoil.sync.models import Connection
from tests.sync.world import World, world
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Iterator[World]:
    seeds = [*load("global", invoices=2, contacts=3, items=1), *load("uk", invoices=2)[:1]]
    with world(seeds, limits=False) as running:
        running.admit_everywhere()
        yield running
    signals.stopping.clear()  # so that a runner may start again


@pytest.mark.rule("SY-5")
@pytest.mark.failure("R12")
def test_an_import_that_waits_for_its_turn_at_xero_holds_up_no_other_company(here: World) -> None:
    first, second = list(here.server.world.organisations)[:2]
    held = here.connect(tenant=first)
    free = here.connect(tenant=second, company=OperatingCompany.objects.create(name="Sister", slug="sister"))
    is_read = Connection.objects.exclude(last_pass_at=None).filter
    with ExitStack() as turns:
        for _ in range(wiring.IN_FLIGHT):
            turns.enter_context(wiring.governor(held.tenant_id).slot("user"))
        with Runner():
            wait_until(lambda: is_read(pk=free.pk).exists())
            assert not is_read(pk=held.pk).exists()
            turns.close()
            wait_until(lambda: is_read(pk=held.pk).exists())
