"""Records that were set aside: tried again alone, by themselves once what they lacked is here, and never for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import services, work
from counterfoil.sync.models import SetAside, StreamState
from tests.sync.spoiled import spoil
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(load("global", invoices=12, contacts=8, items=14), limits=False) as running:
        running.connect()
        yield running


def retry(here: World, item: SetAside) -> None:
    services.set_aside_retry(item, actor=here.user, at=work.now())
    here.forget_calls()
    assert here.sync().state == "done"


SPOILED = [
    ("Invoices", {"LineItems": "not a list"}, "IDs="),
    ("Contacts", {"ContactStatus": "SLEEPING"}, "IDs="),
    ("CreditNotes", {"LineItems": "not a list"}, "/CreditNotes/"),
    ("PurchaseOrders", {"LineItems": "not a list"}, "/PurchaseOrders/"),
]


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(("collection", "change", "asked"), SPOILED, ids=[row[0] for row in SPOILED])
def test_a_retry_reads_just_that_record(
    here: World, collection: str, change: dict[str, Any], asked: str
) -> None:
    key = actions.contact_add(here.organisation, Name="Never Traded Ltd") if collection == "Contacts" else ""
    here.server.world.clock.advance(1200)
    actions.contact_add(
        here.organisation, Name="Newest Ltd"
    )  # so that the next read's overlap ends before the other
    spoiled = spoil(here, collection, change, key=key)
    here.sync()
    item = SetAside.objects.get(xero_id=spoiled)
    whole = StreamState.objects.get(stream=item.stream).read
    retry(here, item)
    assert not SetAside.objects.exists()
    reads = [f"{entry['path']}?{entry['query']}" for entry in here.calls(f"/{collection}")]
    assert [read for read in reads if asked in read and spoiled in read]
    rows = here.connection.passes.latest("started_at").progress
    # Only what lies within the overlap is read again, not the whole stream.
    assert next(row["done"] for row in rows if row["stream"] == item.stream) < whole


@pytest.mark.rule("SY-10")
def test_a_retry_that_fails_again_keeps_the_record_and_counts_the_try(here: World) -> None:
    spoiled = spoil(here, "Invoices", {"LineItems": "not a list"}, times=0)
    here.sync()
    retry(here, SetAside.objects.get(xero_id=spoiled))
    item = SetAside.objects.get(xero_id=spoiled)
    assert (item.attempts >= 2, item.retry_wanted) == (True, False)
    here.forget_calls()
    here.sync_all()
    assert not [call for call in here.calls("/Invoices") if "IDs=" in call["query"]]


@pytest.mark.rule("SY-10")
def test_many_stubborn_records_do_not_stop_a_retry(here: World) -> None:
    page = spoil(here, "Invoices", {"LineItems": "x"}, times=0, only=11)
    here.sync()
    assert SetAside.objects.count() == len(page.split(",")) == 11
    here.server.edge.faults.clear()
    SetAside.objects.update(retry_wanted=True)
    assert here.sync_all().state == "done"
    assert here.invoices_stored() == here.invoices_there()


@pytest.mark.rule("SY-10")
def test_what_waits_for_its_customer_is_taken_in_when_the_customer_is(here: World) -> None:
    contact = spoil(here, "Contacts", {"ContactStatus": "SLEEPING"}, times=0, with_invoice=True)
    here.sync()
    waiting = SetAside.objects.filter(stream="invoices")
    assert waiting.exists()
    assert set(waiting.values_list("lacks", flat=True)) == {contact}
    assert "tried again by itself" in waiting.latest("pk").reason
    assert not SalesLedger.objects.filter(ledger_id=contact).exists()

    here.server.edge.faults.clear()
    actions.contact_edit(here.organisation, contact, Name="Awake Ltd")
    here.sync_all()
    assert not SetAside.objects.exists()
    assert SalesOrderHeader.objects.filter(sales_ledger__ledger_id=contact).exists()
    assert here.invoices_stored() == here.invoices_there()


@pytest.mark.rule("SY-10")
def test_a_record_that_xero_no_longer_has_is_let_go_in_the_audit_trail(here: World) -> None:
    key = actions.contact_add(here.organisation, Name="Never Traded Ltd")
    spoiled = spoil(here, "Contacts", {"Name": ""}, key=key)
    here.sync()
    item = SetAside.objects.get(xero_id=spoiled)
    actions.contact_delete(here.organisation, key)
    retry(here, item)
    assert not SetAside.objects.exists()
    said = AuditEntry.objects.get(action="sync.set_aside_gone")
    assert spoiled in said.summary
    assert not SalesLedger.objects.filter(ledger_id=spoiled).exists()


@pytest.mark.rule("SY-10")
def test_a_record_of_a_stream_that_xero_gives_whole_is_retried_with_its_stream(here: World) -> None:
    spoiled = spoil(here, "Currencies", {"Code": "EURO"})
    here.sync()
    retry(here, SetAside.objects.get(stream="currencies", xero_id=spoiled))
    assert len(here.calls("/Currencies")) == 1
