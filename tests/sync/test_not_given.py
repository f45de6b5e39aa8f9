"""A record for which Xero has nothing but a 500 when it is asked for by its id: passes and its neighbours go on (SY-10)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sandbox import actions
from counterfoil.sync import selectors, services, work
from counterfoil.sync.models import Connection, SetAside
from counterfoil.sync.retrying import NOT_GIVEN
from tests.sync.world import World, later, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


def aside(here: World, stream: str, xero_id: str) -> SetAside:
    at = work.now()
    given = {"reason": "Unknown status.", "raw": "{}", "first_at": at, "last_at": at}
    return SetAside.objects.create(connection=here.connection, stream=stream, xero_id=xero_id, **given)


def wanted(here: World, *items: SetAside) -> None:
    for item in items:
        services.set_aside_retry(item, actor=here.user, at=work.now())


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize("stream", ["credit_notes", "contacts"])
def test_a_retry_in_vain_ends_well_spares_its_neighbours_and_is_not_repeated(
    here: World, stream: str
) -> None:
    poison, *good = (aside(here, stream, key) for key in list(getattr(here.store, stream).rows)[:4])
    wanted(here, *good, poison)
    here.arm("500_before_commit", path=poison.xero_id, count=0)
    run = here.sync()
    assert (run.state, here.connection.state) == ("done", "connected")
    left = SetAside.objects.get()
    assert (left.xero_id, left.retry_wanted, left.reason) == (poison.xero_id, False, NOT_GIVEN)
    here.forget_calls()
    here.sync_all()
    assert not here.calls(poison.xero_id)
    assert selectors.light(here.company, work.now())[0] == "amber"


@pytest.mark.rule("SY-6", "SY-10")
def test_a_balance_that_cannot_be_read_holds_up_no_other_and_comes_with_the_days_compare(here: World) -> None:
    ledgers = SalesLedger.objects.filter(on_stop=False).exclude(ledger_id=None).order_by("pk")[:2]
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200", "TaxType": "NONE"}
    owes = {"Type": "ACCREC", "LineItems": [line], "Status": "AUTHORISED", "DueDate": "2027-01-01"}
    before = [ledger.balance_outstanding for ledger in ledgers]
    here.server.world.clock.advance(1200)
    for ledger in ledgers:
        actions.invoice_add(here.organisation, Contact={"ContactID": str(ledger.ledger_id)}, **owes)
    here.arm("500_before_commit", path=f"IDs=.*{ledgers[0].ledger_id}", count=0)
    assert here.sync_all().state == "done"
    assert owed(ledgers) == [before[0], before[1] + 100]
    assert here.connection.balances_due == []
    Connection.objects.update(pass_wanted_at=later(days=1))
    work.pass_run(here.connection.pk, clock=lambda: later(days=1))
    assert owed(ledgers) == [before[0] + 100, before[1] + 100]


def owed(ledgers: object) -> list[object]:
    keys = [ledger.pk for ledger in ledgers]  # type: ignore[attr-defined]
    return list(
        SalesLedger.objects.filter(pk__in=keys).order_by("pk").values_list("balance_outstanding", flat=True)
    )


@pytest.mark.rule("SY-10", "SY-7")
def test_an_outage_is_no_record_of_its_own_and_ends_the_asking(here: World) -> None:
    items = [aside(here, "credit_notes", key) for key in list(here.store.credit_notes.rows)[:9]]
    wanted(here, *items)
    here.arm("500_before_commit", path="/CreditNotes/", count=0)
    here.forget_calls()
    assert here.sync().state == "waiting"
    assert len({call["path"] for call in here.calls("/CreditNotes/")}) == 4
    here.server.edge.faults.clear()
    here.sync()
    assert not SetAside.objects.exists()
