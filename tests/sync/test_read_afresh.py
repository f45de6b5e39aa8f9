"""Whoever asks to read a stream afresh gets it, also while a pass is in the middle of that stream (SY-9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from counterfoil.crm.customers import services as customers
from counterfoil.crm.customers.models import Company, SalesLedger
from counterfoil.sandbox import actions
from counterfoil.sync import pausing, services, work
from counterfoil.sync.models import Pass, StreamState
from counterfoil.sync.settings import import_settings_of
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


def contacts() -> StreamState:
    return StreamState.objects.get(stream="contacts")


class Interrupted:
    """A clock that does something once, as soon as the first page of contacts has been stored."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self.deed, self.before, self.is_done = deed, contacts().read, False

    def __call__(self) -> dt.datetime:
        if not self.is_done and contacts().read > self.before:
            self.is_done = True
            self.deed()
        return work.now()


def reset(here: World) -> None:
    services.stream_reset(here.connection, "contacts", actor=here.user, at=work.now())


def other_settings(here: World) -> None:
    chosen = not import_settings_of(here.company).import_unflagged
    services.import_settings_save(here.company, {"import_unflagged": chosen}, actor=here.user, at=work.now())


def settings_of(here: World, **values: object) -> None:
    services.import_settings_save(here.company, values, actor=here.user, at=work.now())


@pytest.mark.rule("IS-1", "IS-2", "IS-4")
def test_what_is_changed_while_a_first_import_runs_holds_for_all_of_it() -> None:
    with world(limits=False) as here:
        here.connect()
        chosen = {
            "b2c_pattern": ".",
            "default_company_type": "Retailer",
            "ledger_label": "name" if here.company.ledger_label == "account_number" else "account_number",
        }
        StreamState.objects.create(connection=here.connection, stream="contacts")
        clock = Interrupted(lambda: settings_of(here, **chosen))
        work.pass_run(here.connection.pk, clock=clock, page_size=1)
        assert clock.is_done
        assert work.connections_due(work.now()) == [here.connection.pk]
        assert here.sync().state == "done"
        here.company.refresh_from_db()
        ledgers = list(SalesLedger.objects.of(here.company))
        assert len(ledgers) > 3
        assert {one.b2c for one in ledgers} == {"b2c"}
        assert customers.relabel_foreseen(here.company, here.company.ledger_label)[0] == 0
        types = set(Company.objects.of(here.company).values_list("company_type", flat=True))
        assert "Retailer" in types


@pytest.mark.rule("IS-3")
@pytest.mark.parametrize("away", ["paused", "disconnected"])
def test_what_is_changed_while_nothing_is_read_holds_as_soon_as_it_is_again(here: World, away: str) -> None:
    key = actions.contact_add(here.organisation, Name="Nobody's Yet")
    here.sync_all()
    assert not SalesLedger.objects.filter(ledger_id=key).exists()
    if away == "paused":
        pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    else:
        here.disconnect()
    settings_of(here, import_unflagged=True)
    assert work.connections_due(work.now()) == []
    if away == "paused":
        pausing.connection_resume(here.connection, actor=here.user, at=work.now())
    else:
        here.connect()
    here.sync()
    assert SalesLedger.objects.filter(ledger_id=key).exists()


@pytest.mark.rule("SY-9")
@pytest.mark.parametrize("deed", [reset, other_settings])
def test_what_is_asked_for_in_the_middle_of_a_stream_is_read_from_the_beginning(
    here: World, deed: Callable[[World], None]
) -> None:
    for ledger in list(here.store.contacts.rows)[:3]:
        actions.contact_edit(here.organisation, ledger, FirstName="Changed")
    clock = Interrupted(lambda: deed(here))
    services.pass_request(here.connection, actor=here.user, at=work.now())
    work.pass_run(here.connection.pk, clock=clock, page_size=1)
    assert clock.is_done
    before = contacts().read
    assert here.connection.pk in work.connections_due(work.now())
    assert here.sync().state == "done"
    assert contacts().read - before >= len(here.store.contacts.rows)
    assert not Pass.objects.exclude(state="done").exists()
