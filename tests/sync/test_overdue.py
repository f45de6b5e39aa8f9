"""What falls due is overdue from midnight on, by the organisation's clock, and no stamp says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sandbox import actions
from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.world import World as Books
from counterfoil.sync import verify_work, verifying
from counterfoil.sync.models import Pass
from counterfoil.sync.verify_models import Difference
from tests.soak.one_clock import one_clock
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db

# 20:00 in Sydney, which is ten hours ahead.
EVENING = dt.datetime(2027, 4, 12, 10, tzinfo=dt.UTC)


@dataclass
class Sydney:
    """A company in Sydney by one clock, read since the morning."""

    here: World
    clock: Clock

    def sync(self, when: dt.datetime) -> Pass:
        self.clock.set(when)
        return self.here.sync(clock=self.clock.now)


@pytest.fixture
def sydney() -> Iterator[Sydney]:
    clock = Clock(EVENING - dt.timedelta(hours=10))
    seeds = load("global", invoices=12, contacts=8, items=6, today=clock.now().date())
    seeds[0].organisation["Timezone"] = "AUSEASTERNSTANDARDTIME"
    with world(seeds, world=Books(clock=clock), limits=False) as here, one_clock(clock):
        here.connect()
        found = Sydney(here, clock)
        found.sync(clock.now())
        yield found


def invoice_due_today(sydney: Sydney) -> SalesLedger:
    ledger = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("pk")[0]
    actions.invoice_add(
        sydney.here.organisation,
        Type="ACCREC",
        Contact={"ContactID": str(ledger.ledger_id)},
        LineItems=[
            {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}
        ],
        Status="AUTHORISED",
        DueDate="2027-04-12",
    )
    return ledger


@pytest.mark.rule("SY-6", "CU-12", "SY-11")
def test_what_was_due_yesterday_is_overdue_with_the_first_pass_of_the_organisations_day(
    sydney: Sydney,
) -> None:
    ledger = invoice_due_today(sydney)
    sydney.sync(EVENING)
    ledger.refresh_from_db()
    before = ledger.balance_overdue
    midnight = EVENING + dt.timedelta(hours=4)
    sydney.sync(midnight + dt.timedelta(minutes=15))
    ledger.refresh_from_db()
    assert ledger.balance_overdue == before + Decimal(100)
    wanted = verifying.verify_request(sydney.here.connection, actor=None, at=sydney.clock.now())
    assert verify_work.verify_run(wanted.pk, clock=sydney.clock.now).state == "done"
    assert not Difference.objects.exists()


@pytest.mark.rule("SY-6")
def test_everything_is_compared_once_in_a_day_of_the_organisation(sydney: Sydney) -> None:
    midnight = EVENING + dt.timedelta(hours=4)
    sydney.sync(midnight - dt.timedelta(minutes=5))
    sizes = []
    for minutes in (15, 20, 12 * 60, 23 * 60, 24 * 60 + 15):
        run = sydney.sync(midnight + dt.timedelta(minutes=minutes))
        sizes.append("tax_rates" in {row["stream"] for row in run.progress})
    assert sizes == [True, False, False, False, True]
