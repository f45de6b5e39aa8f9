"""Undoing an import: the CRM is as it was before it, whatever else is there stays, and it can be imported again (SY-8)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import customer_create
from counterfoil.crm.finance.services import currency_add
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import product_create
from counterfoil.project import terminal
from counterfoil.sandbox import actions
from counterfoil.sandbox.seeds import load
from counterfoil.sync import previewing, previews, selectors, undoable, undoing, work
from counterfoil.sync.models import Connection, Pass, Preview, PushIntent, SetAside
from tests.sync.picture import picture
from tests.sync.push.orders import Shop
from tests.sync.spoiled import spoil
from tests.sync.test_killed import environment
from tests.sync.world import World, world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("SY-8")]
# What the engine knows of Xero's records. What is connected, what ran and what is looked at stays.
KNOWN = {"Link", "SetAside", "StreamState", "Untold", "Verification", "Difference", "PushIntent", "Errand"}
RATES = {"ReferenceRate", "RatesState"}  # a central bank's


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        yield running


def rows() -> dict[str, int]:
    """How many rows each table of the business has, and each of what is known of Xero's records."""
    return {
        model.__name__: model._default_manager.count()
        for config in apps.get_app_configs()
        if config.name.startswith(("counterfoil.crm", "counterfoil.sync"))
        for model in config.get_models()
        if model.__name__ in KNOWN or config.name.startswith("counterfoil.crm")
        if model.__name__ not in RATES
    }


def business() -> dict[str, Counter[tuple[str, ...]]]:
    """The values of every row of the business, and what is known of Xero's records."""
    return {name: rows for name, rows in picture().items() if name not in RATES}


def undo(here: World) -> undoable.Undoable:
    return undoing.import_undo(here.connection, actor=here.user, at=work.now())


def made_here(here: World, code: str = "OWN-1") -> ProductItem:
    return product_create(
        here.company, code, "Our own", actor=here.user, at=work.now(), selling_price=Decimal("12.3456")
    )


def test_every_table_is_as_it_was_before_the_connection(here: World) -> None:
    before, pictured = rows(), business()
    here.connect()
    spoil(here, "Items", {"SalesDetails": "not details"})
    here.sync()
    assert SetAside.objects.exists()
    assert SalesLedger.objects.exists()
    undo(here)
    assert rows() == before
    assert business() == pictured


def test_the_same_comes_in_again_when_somebody_imports(here: World) -> None:
    here.connect()
    here.sync()
    first = business()
    undo(here)
    assert previews.import_begin(here.connection, actor=here.user, at=work.now())
    again = here.sync()
    assert (again.state, again.is_first) == ("done", True)
    assert business() == first


def test_nothing_is_imported_by_itself_until_somebody_says_so(here: World) -> None:
    here.connect()
    here.sync()
    undo(here)
    assert here.connection.state == "paused"
    assert here.connection.tokens is not None
    assert work.connections_due(work.now()) == []
    assert previewing.previews_due(work.now()) == [Preview.objects.get().pk]
    previewing.preview_run(Preview.objects.get().pk)
    assert previews.preview_of(here.company).state == "done"  # type: ignore[union-attr]
    assert not SalesLedger.objects.exists()


def test_allowing_access_again_does_not_begin_the_import(here: World) -> None:
    here.connect()
    here.sync()
    undo(here)
    here.connect(renew=True)
    assert here.connection.state == "paused"
    assert work.connections_due(work.now()) == []


def test_it_says_beforehand_what_it_takes_out(here: World) -> None:
    here.connect()
    here.sync()
    foretold = undoable.undoable_of(here.company)
    assert foretold is not None
    counts = {one.words: one.count for one in foretold.removed}
    assert counts["customers"] == SalesLedger.objects.count()
    assert counts["invoices"] == here.invoices_stored()
    assert undo(here).removed == foretold.removed


def test_the_history_of_passes_stays_and_says_who_undid_it(here: World) -> None:
    here.connect()
    here.sync()
    undo(here)
    line, first = Pass.objects.order_by("-started_at")
    assert first.is_first
    assert line.state == "undone"
    assert terminal.summary(line) == line.problem
    assert line.problem.startswith("The import was undone by Ada: ")
    assert selectors.pass_progress(line).done == 0
    entry = AuditEntry.objects.get(action="connection.import_undone")
    assert entry.actor == here.user


def test_nothing_at_xero_is_asked_or_touched(here: World) -> None:
    here.connect()
    here.sync()
    here.forget_calls()
    undo(here)
    assert here.calls() == []


def test_what_was_made_here_before_stays_with_its_own_values(here: World) -> None:
    code = next(item for item in here.store.items.ordered()).facts[here.store.items.fields["code"]]
    here.company.refresh_from_db()
    own, twin = made_here(here), made_here(here, code)
    customer = customer_create(
        here.company, "Only Here Ltd", actor=here.user, at=work.now(), email="a@b.example"
    )
    currency_add(here.company, "ISK", actor=here.user, at=work.now())
    before, pictured = rows(), business()
    here.connect()
    here.sync()
    twin.refresh_from_db()
    assert twin.external_id is not None
    assert twin.description != "Our own"
    assert undo(here).kept == 1
    assert rows() == before
    assert business() == pictured
    twin.refresh_from_db()
    assert (twin.external_id, twin.selling_price) == (None, Decimal("12.3456"))
    assert {own.pk, twin.pk} == set(ProductItem.objects.values_list("pk", flat=True))
    assert list(SalesLedger.objects.all()) == [customer]


def test_a_customer_made_here_that_was_sent_to_xero_stays_that_contact(here: World) -> None:
    here.connect()
    here.sync()
    here.company.refresh_from_db()
    customer = customer_create(here.company, "Just Made Ltd", actor=here.user, at=work.now())
    assert Shop(here).push()
    here.sync_all()
    undo(here)
    kept = SalesLedger.objects.get()
    assert kept.pk == customer.pk
    assert kept.ledger_id == PushIntent.objects.get().xero_id
    previews.import_begin(here.connection, actor=here.user, at=work.now())
    here.sync()
    assert SalesLedger.objects.filter(name="Just Made Ltd").count() == 1


def test_half_a_first_import_can_be_undone(here: World) -> None:
    before = rows()
    here.connect()
    here.arm("503_maintenance", path="/Invoices", count=0)
    assert here.sync().state == "waiting"
    assert SalesLedger.objects.exists()
    undo(here)
    assert rows() == before
    assert not Pass.objects.filter(state__in=("waiting", "running")).exists()


def test_what_came_with_later_passes_goes_too(here: World) -> None:
    before = rows()
    here.connect()
    here.sync()
    actions.contact_add(here.organisation, Name="Later Ltd", IsCustomer=True)
    gone = actions.item_add(here.organisation, Code="GONE", Name="Gone soon")
    here.sync_all()
    actions.item_delete(here.organisation, gone)
    here.sync_all()
    assert ProductItem.objects.filter(is_withdrawn=True).exists()
    undo(here)
    assert rows() == before


def test_contacts_merged_in_xero_leave_nothing_behind(here: World) -> None:
    before = rows()
    here.connect()
    here.sync()
    old, into = (
        SalesLedger.objects.exclude(documents=None).order_by("pk").values_list("ledger_id", flat=True)[:2]
    )
    actions.contact_merge(here.organisation, old, into=into)
    here.sync_all()
    assert not SalesLedger.objects.filter(ledger_id=old).exists()
    undo(here)
    assert rows() == before


def test_a_second_time_there_is_nothing_to_undo(here: World) -> None:
    here.connect()
    here.sync()
    undo(here)
    passes = Pass.objects.count()
    with pytest.raises(undoing.UndoRefused, match="no import to undo"):
        undo(here)
    assert Pass.objects.count() == passes
    assert undoable.undoable_of(here.company) is None


def test_a_pass_under_way_writes_nothing_afterwards(here: World) -> None:
    """It is stopped as by a pause: its next page finds that the connection is no longer its own."""
    here.connect()
    here.sync()
    before: list[int] = []

    def clock():  # type: ignore[no-untyped-def]
        if Connection.objects.get(pk=here.connection.pk).lease_until is not None and not before:
            before.append(SalesLedger.objects.count())
            undo(here)
        return work.now()

    Connection.objects.filter(pk=here.connection.pk).update(pass_wanted_at=work.now())
    assert work.pass_run(here.connection.pk, clock=clock) is None
    assert before[0] > 0
    assert not SalesLedger.objects.exists()
    assert here.connection.last_pass_at is None


def test_another_operating_company_keeps_all_of_its_own() -> None:
    with world(load("uk", invoices=6), limits=False) as here:
        here.admit_everywhere()
        first, second = here.server.world.organisations
        other = here.another_user().memberships.get()
        here.connect(tenant=first)
        here.sync()
        alone = business()
        asked = here.begin(company=other.operating_company, user=other.user)
        assert here.finish(here.consent(asked, tenant=second), user=other.user).connection
        work.pass_run(here.connection_of(other.operating_company).pk)
        both = business()
        undo(here)
        assert business() == {name: both[name] - alone[name] for name in both}
        theirs = here.connection_of(other.operating_company)
        assert (theirs.state, theirs.last_pass_at is not None) == ("connected", True)


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_it_has_changed_nothing_and_can_be_done_again() -> None:
    with world(limits=False) as here:
        before = rows()
        here.connect()
        here.sync()
        whole = business()
        told = environment(here) | {"COUNTERFOIL_TEST_CRASH": "U1"}
        command = [sys.executable, "-m", "tests.sync.one_undo", str(here.connection.pk), str(here.user.pk)]
        ended = subprocess.run(command, cwd=Path(__file__).parents[2], env=told, check=False)
        assert ended.returncode == -signal.SIGKILL
        assert business() == whole
        assert here.connection.state == "connected"
        assert "COUNTERFOIL_TEST_CRASH" not in os.environ
        undo(here)
        assert rows() == before
