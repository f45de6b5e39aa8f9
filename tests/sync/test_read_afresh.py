"""Whoever asks to read a stream afresh gets it, also while a pass is in the middle of that stream (SY-9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from counterfoil.sandbox import actions
from counterfoil.sync import services, work
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
