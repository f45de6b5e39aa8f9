"""Bring Django up for a command of the terminal: settings checked, database migrated."""

from __future__ import annotations

import os
import sys

from counterfoil.project.configuration import BadSetting


def django_start(*, migrate: bool = True) -> None:
    """Load settings and apply migrations. Ends the program with a clear sentence on a bad setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
    import django
    from django.core.management import call_command

    try:
        django.setup()
    except BadSetting as error:
        sys.exit(f"Counterfoil cannot start: {error}")
    if migrate:
        _database_ready()
        call_command("migrate", verbosity=0, interactive=False)


def _database_ready() -> None:
    from django.conf import settings
    from django.db import OperationalError, connection

    settings.CONFIGURATION.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection.ensure_connection()
    except OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        sys.exit(
            f"Counterfoil cannot start: the database cannot be opened ({first_line}). Nothing was changed. "
            "Check COUNTERFOIL_DATABASE_URL and that the server runs."
        )
