"""The first import of an installation on SQLite: fill the tables first, index them afterwards.

A thousand documents touch nearly every page of an index whose keys come in no order, so the larger the tables the more
is written for each. Made at the end, from what is there, an index costs a sort. What is put off is written down in the
transaction that puts it off, so that whoever comes after a crash makes it. Only while the tables are empty, and not on
PostgreSQL, where nothing is gained (docs/decisions/first-sync-speed.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection, transaction

from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sync.loading_models import IndexPutOff

# What sorting may use; SQLite takes as much as it may keep of the database's pages.
SORT_KIB = 2_000
# Pages of SQLite's log before they are written back: fewer are written twice, and nobody waits for the writing yet.
# At any other time it is four times as often (project.settings).
LOG_PAGES = 16_000


@contextmanager
def indexes_put_off() -> Iterator[None]:
    """Meanwhile sales documents and their lines have no index but those that prove something, if there are none yet."""
    with ExitStack() as stack:
        if connection.vendor == "sqlite" and _put_off():
            stack.enter_context(_pragma("wal_autocheckpoint", LOG_PAGES))
        stack.callback(indexes_make)
        yield


@transaction.atomic
def _put_off() -> bool:
    """Whether there were no documents yet."""
    if SalesOrderHeader.objects.exists():
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'index' AND tbl_name IN (%s, %s) AND sql LIKE 'CREATE INDEX %%'",
            [model._meta.db_table for model in (SalesOrderHeader, SalesTransaction)],
        )
        for name, statement in cursor.fetchall():
            IndexPutOff.objects.create(name=name, statement=statement)
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return True


def indexes_make() -> None:
    """Make what was put off, by this process or by one that has died. Others write between one index and the next."""
    waiting = list(IndexPutOff.objects.all())
    if not waiting:
        return
    with _pragma("cache_size", -SORT_KIB), connection.cursor() as cursor:
        for index in waiting:
            with transaction.atomic():
                made, _ = IndexPutOff.objects.filter(pk=index.pk).delete()
                if made:  # nobody else has made it meanwhile
                    cursor.execute(index.statement)


@contextmanager
def _pragma(name: str, value: int) -> Iterator[None]:
    """Another setting of SQLite's for this connection, meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {name} = {before}")
