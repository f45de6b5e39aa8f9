"""Looking before the first import: the count writes nothing, and says what the import then does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.customers.models import Company, PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import TaxCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox import actions
from counterfoil.sync import previewing, previews, services, work
from counterfoil.sync.models import Link, Preview, SetAside, StreamState
from tests.sync.spoiled import spoil
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db
WRITTEN = (SalesLedger, PurchaseLedger, TaxCode, ProductItem, SalesOrderHeader, Link, SetAside, ChangeRecord)


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


def looked(here: World, **connect: Any) -> Preview:
    """Connect with a look first, and the count as the runner does it."""
    here.connect(look_first=True, **connect)
    (due,) = previewing.previews_due(work.now())
    previewing.preview_run(due)
    return Preview.objects.get()


def streams(found: Preview, what: str) -> dict[str, int]:
    return {row["stream"]: row[what] for row in found.streams}


@pytest.mark.rule("SY-8")
def test_nothing_is_imported_before_somebody_says_so(here: World) -> None:
    found = looked(here)
    assert found.state == "done"
    assert work.connections_due(work.now()) == []
    assert [model.__name__ for model in WRITTEN if model.objects.exists()] == []
    assert not StreamState.objects.exists()


def documents_of_odd_ones(here: World) -> None:
    """Whom nothing but a document brings in, on either side."""
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    for name, kind in (("Sold Once", "ACCREC"), ("Bought Once", "ACCPAY"), ("Both Once", "ACCREC")):
        key = actions.contact_add(here.organisation, Name=name)
        actions.invoice_add(here.organisation, Type=kind, Contact={"ContactID": key}, LineItems=[line])
        if kind == "ACCREC":
            actions.contact_archive(here.organisation, key)
    gone = actions.contact_add(here.organisation, Name="Ordered Once")
    order = {"Contact": {"ContactID": gone}, "LineItems": [line]}
    actions.purchase_order_add(here.organisation, **order)


@pytest.mark.rule("SY-8")
def test_the_import_then_makes_what_was_counted(here: World) -> None:
    store = here.organisation
    actions.contact_archive(store, actions.contact_add(store, Name="Long Gone Ltd"))
    actions.contact_add(store, Name="Nobody's Yet")
    documents_of_odd_ones(here)
    found = looked(here)
    assert previews.import_begin(here.connection, actor=here.user, at=work.now())
    assert work.connections_due(work.now()) == [here.connection.pk]
    assert here.sync().state == "done"
    assert SalesLedger.objects.count() == found.reasons["sales_ledgers"]
    assert PurchaseLedger.objects.count() == found.reasons["purchase_ledgers"]
    assert Company.objects.count() == found.reasons["companies"]
    assert found.reasons["needed"] == 3
    made = streams(found, "created")
    contacts = set(SalesLedger.objects.values_list("ledger_id", flat=True))
    contacts |= set(PurchaseLedger.objects.values_list("ledger_id", flat=True))
    assert len(contacts) == made["contacts"]
    assert ProductItem.objects.count() == made["items"]
    assert SalesOrderHeader.objects.filter(kind="I").count() == made["invoices"]
    assert SalesOrderHeader.objects.filter(kind="C").count() == made["credit_notes"]
    left_out = Link.objects.filter(stream="contacts").exclude(outcome="")
    assert left_out.filter(outcome="archived").count() == found.reasons["out_archived"]
    assert left_out.filter(outcome="unflagged").count() == found.reasons["out_unflagged"]


@pytest.mark.rule("SY-8", "SY-10")
def test_a_record_that_cannot_be_read_is_foretold(here: World) -> None:
    here.connect(look_first=True)
    spoil(here, "Items", {"SalesDetails": "not details"})
    previewing.preview_run(Preview.objects.get().pk)
    found = Preview.objects.get()
    assert streams(found, "refused")["items"] == 1
    assert found.reasons["refused"] == 1
    assert found.names["refused"][0].startswith("Products and stock: ")


@pytest.mark.rule("SY-8")
def test_a_count_that_xero_stops_says_so_and_can_be_asked_for_again(here: World) -> None:
    here.connect(look_first=True)
    here.arm("503_maintenance", path="/Items", count=0)
    previewing.preview_run(Preview.objects.get().pk)
    found = Preview.objects.get()
    assert found.state == "failed"
    assert "Xero cannot be reached" in found.problem
    assert "Nothing was imported. Count again" in found.problem
    here.server.edge.faults.clear()
    previews.preview_request(here.connection, actor=here.user, at=work.now())
    previewing.preview_run(Preview.objects.get().pk)
    assert Preview.objects.get().state == "done"


@pytest.mark.rule("SY-8", "TK-3")
def test_a_stream_that_the_person_may_not_read_is_said_and_the_others_are_counted(here: World) -> None:
    here.arm("403_tenant", path="/PurchaseOrders", count=0)
    found = looked(here)
    assert found.state == "done"
    said = {row["stream"]: row["problem"] for row in found.streams if "problem" in row}
    assert said.keys() == {"purchase_orders"}
    assert "role or permission" in said["purchase_orders"]
    assert streams(found, "created")["invoices"] > 0


@pytest.mark.rule("SY-8", "TK-2")
@pytest.mark.parametrize("fault", ["403_tenant", "401_scope"])
def test_a_connection_that_ends_while_it_is_counted_is_counted_anew_after_connecting_again(
    here: World, fault: str
) -> None:
    here.connect(look_first=True)
    here.arm(fault, path="api.xro", count=0)
    previewing.preview_run(Preview.objects.get().pk)
    assert here.connection.state == "reconnect"
    assert "connect again" in here.connection.state_reason
    assert work.connections_due(work.now()) == previewing.previews_due(work.now()) == []
    here.server.edge.faults.clear()
    here.connect()
    assert here.connection.state == "paused"
    (due,) = previewing.previews_due(work.now())
    previewing.preview_run(due)
    assert Preview.objects.get().state == "done"
    assert not Link.objects.exists()


@pytest.mark.rule("SY-8")
def test_other_settings_are_counted_without_asking_and_again_do_what_was_counted(here: World) -> None:
    actions.contact_add(here.organisation, Name="Nobody's Yet")
    before = streams(looked(here), "created")["contacts"]
    services.import_settings_save(here.company, {"pass_minutes": 7}, actor=here.user, at=work.now())
    assert previewing.previews_due(work.now()) == []
    services.import_settings_save(here.company, {"import_unflagged": True}, actor=here.user, at=work.now())
    (due,) = previewing.previews_due(work.now())
    previewing.preview_run(due)
    counted = streams(Preview.objects.get(), "created")["contacts"]
    assert counted == before + 1
    previews.import_begin(here.connection, actor=here.user, at=work.now())
    here.sync()
    contacts = set(SalesLedger.objects.values_list("ledger_id", flat=True))
    contacts |= set(PurchaseLedger.objects.values_list("ledger_id", flat=True))
    assert len(contacts) == counted


@pytest.mark.rule("SY-8")
def test_without_a_look_the_import_begins_at_once(here: World) -> None:
    here.connect()
    assert not Preview.objects.exists()
    assert work.connections_due(work.now()) == [here.connection.pk]


@pytest.mark.rule("SY-8")
def test_one_that_has_read_before_is_not_held_when_it_is_connected_again(here: World) -> None:
    here.connect()
    here.sync()
    here.disconnect()
    here.connect(look_first=True)
    assert not Preview.objects.exists()
    assert here.connection.state == "connected"


@pytest.mark.rule("SY-10")
class TestDismissed:
    def test_stays_away_until_it_changes_in_xero(self, here: World) -> None:
        here.connect()
        spoil(here, "Items", {"SalesDetails": "not details"})
        here.sync()
        SetAside.objects.update(dismissed_at=work.now())
        spoil(here, "Items", {"SalesDetails": "not details"})
        here.sync_all()
        assert SetAside.objects.get().dismissed_at is not None
        spoil(here, "Items", {"SalesDetails": "something else"})
        here.sync_all()
        assert SetAside.objects.get().dismissed_at is None
