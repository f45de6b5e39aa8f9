"""Bring Django up for a command of the terminal: settings checked, database migrated."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from counterfoil.project.configuration import BadSetting

# Any number that nothing else of the same database locks.
_MIGRATING = 7_305_118_001


def django_start(*, migrate: bool = True) -> None:
    """Load settings and apply migrations. Ends the program with a clear sentence on a bad setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
    import django

    try:
        django.setup()
    except BadSetting as error:
        sys.exit(f"Counterfoil cannot start: {error}")
    if migrate:
        _home_ready()
        _database_ready()
        _tables_ready()


def _home_ready() -> None:
    from django.conf import settings

    home = settings.CONFIGURATION.home
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(
            f"Counterfoil cannot start: the folder {home} cannot be made ({error.strerror}). Nothing was changed. "
            "Set COUNTERFOIL_HOME to one that this user may write to."
        )


def _database_ready() -> None:
    from django.db import Error, connection

    try:
        connection.ensure_connection()
    except Error as error:
        sys.exit(
            f"Counterfoil cannot start: the database cannot be opened ({_first_line(error)}). Nothing was changed. "
            "Check COUNTERFOIL_DATABASE_URL, that the server runs, and that this user may read and write there."
        )


def _tables_ready() -> None:
    from django.core.management import call_command
    from django.db import Error

    try:
        with _one_at_a_time():
            call_command("migrate", verbosity=0, interactive=False)
    except (Error, OSError) as error:
        sys.exit(
            f"Counterfoil cannot start: the tables of the database cannot be brought up to date ({_first_line(error)}). "
            "No record was changed. See that no other process holds the database and that this user may change its "
            "tables, then start again: it goes on where it stopped."
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """`serve` and workers may start in the same second on an empty database; the second waits for the first.

    Django's migrate has no lock of its own: both would make the same tables, and one of them ends with an error.
    """
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
        return
    with (settings.CONFIGURATION.home / "migrating.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
