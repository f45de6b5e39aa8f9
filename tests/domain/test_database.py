import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_a_run_uses_the_database_it_was_started_for():
    assert connection.vendor == os.environ.get("COUNTERFOIL_TEST_DATABASE", "sqlite")


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    told = StringIO()
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=told)
    assert "No changes detected" in told.getvalue()


@pytest.mark.django_db
def test_django_finds_nothing_to_complain_about():
    call_command("check", databases=["default"], fail_level="WARNING", stdout=StringIO(), stderr=StringIO())


@pytest.mark.skipif(os.environ.get("COUNTERFOIL_TEST_DATABASE") == "postgresql", reason="about SQLite's file")
@pytest.mark.django_db(transaction=True)
def test_sqlite_lets_readers_go_on_while_someone_writes():
    name = connection.settings_dict["NAME"]
    assert Path(name).exists()
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
