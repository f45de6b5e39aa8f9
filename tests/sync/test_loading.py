"""The first import of an installation indexes its documents at the end, and no index is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest
from django.core.management import call_command
from django.db import connection as database

from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox.seeds import load
from counterfoil.sync import loading, work
from counterfoil.sync.loading_models import IndexPutOff
from tests.sync.world import World, world

pytestmark = pytest.mark.django_db(transaction=True)

SEEN_FIRST = {"document_by_date", "document_by_ledger", "document_totals"}


def indexes() -> dict[str, str]:
    """Of every table, by name: how it is made."""
    sql = (
        "SELECT name, COALESCE(sql, '') FROM sqlite_master WHERE type = 'index'"
        if database.vendor == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with database.cursor() as cursor:
        cursor.execute(sql)
        return dict(cursor.fetchall())


@pytest.fixture
def die_while_loading(transactional_db: None) -> Iterator[Callable[[], None]]:
    """As a process does that is killed: what it has committed stays, and nothing is put right."""
    with ExitStack() as held:  # to the end of the test: what is forgotten ends as in a process that lives on

        def die() -> None:
            held.enter_context(loading.indexes_put_off())
            assert IndexPutOff.objects.exists() is (database.vendor == "sqlite")

        yield die


def small_books() -> AbstractContextManager[World]:
    return world(load("global", invoices=9, contacts=7, items=5), limits=False)


def test_only_sqlite_fills_its_empty_tables_without_indexes() -> None:
    before = indexes()
    with loading.indexes_put_off():
        gone = before.keys() - indexes().keys()
        assert (gone >= SEEN_FIRST) is (database.vendor == "sqlite")
        assert gone == set(IndexPutOff.objects.values_list("name", flat=True))
        # What proves something stays.
        assert not [name for name in gone if not before[name].startswith("CREATE INDEX")]
    assert indexes() == before
    assert not IndexPutOff.objects.exists()


@pytest.mark.rule("SY-3")
def test_a_first_sync_leaves_every_index_as_it_was() -> None:
    before = indexes()
    with small_books() as here:
        here.connect()
        here.sync()
    assert SalesOrderHeader.objects.exists()
    assert indexes() == before


@pytest.mark.rule("SY-3")
def test_a_first_sync_that_fails_leaves_every_index_as_it_was() -> None:
    before = indexes()
    with small_books() as here:
        here.connect()
        here.arm("503_offline", path="CreditNotes", count=0)
        assert here.sync().state != "done"
    assert SalesOrderHeader.objects.exists()
    assert indexes() == before


@pytest.mark.skipif(database.vendor != "sqlite", reason="the log is SQLite's")
def test_the_log_is_long_only_while_the_tables_are_filled() -> None:
    def pages() -> int:
        with database.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint")
            return cursor.fetchone()[0]

    usual = pages()
    with loading.indexes_put_off():
        assert pages() > usual
    assert pages() == usual


def test_tables_that_hold_something_keep_their_indexes() -> None:
    with small_books() as here:
        here.connect()
        here.sync()
        before = indexes()
        with loading.indexes_put_off():
            assert indexes() == before


@pytest.mark.rule("SY-3")
@pytest.mark.failure("P2")
def test_whoever_starts_after_a_kill_makes_the_indexes(die_while_loading: Callable[[], None]) -> None:
    before = indexes()
    die_while_loading()
    work.left_behind_clear()
    assert indexes() == before
    assert not IndexPutOff.objects.exists()


def test_a_first_sync_that_goes_on_after_a_kill_makes_them_at_its_end(
    die_while_loading: Callable[[], None],
) -> None:
    before = indexes()
    die_while_loading()
    with small_books() as here:
        here.connect()
        here.sync()
    assert indexes() == before


def test_a_migration_finds_the_indexes_in_their_places(die_while_loading: Callable[[], None]) -> None:
    before = indexes()
    die_while_loading()
    call_command("migrate", verbosity=0)
    assert indexes() == before


def test_two_who_make_them_at_once_make_each_only_once(
    die_while_loading: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = indexes()
    die_while_loading()
    late = list(IndexPutOff.objects.all())  # what another has seen before the first was done
    loading.indexes_make()
    monkeypatch.setattr(IndexPutOff.objects, "all", lambda: late)
    loading.indexes_make()
    assert indexes() == before
