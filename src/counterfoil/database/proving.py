"""Foreign keys that PostgreSQL proves a statement at a time, for tables that are filled a thousand rows at once.

There a foreign key looks each row's other row up by itself, 4 µs a row, which were a quarter of what a first sync asks of
the server (docs/decisions/first-sync-speed.md). The same is promised in its place: a row that is written names one that
exists and stays until the transaction ends, and what is named cannot go. SQLite keeps the foreign key, which costs it next
to nothing.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import migrations

PROVE = """
CREATE FUNCTION {key}_exists() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    named bigint;
    found bigint;
BEGIN
    SELECT count(DISTINCT {column}) INTO named FROM written;
    SELECT count(*) INTO found FROM (
        SELECT 1 FROM {other} WHERE id IN (SELECT {column} FROM written) FOR KEY SHARE
    ) AS held;
    IF found < named THEN
        RAISE foreign_key_violation USING MESSAGE = 'A row of {table} names one of {other} that does not exist.';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION {key}_unused() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM {table} WHERE {column} = OLD.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'A row of {table} still names row ' || OLD.id || ' of {other}.';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER {column}_exists AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {key}_exists();
CREATE TRIGGER {column}_still_exists AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {key}_exists();
CREATE CONSTRAINT TRIGGER {key}_unused AFTER DELETE OR UPDATE OF id ON {other}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {key}_unused();
"""
NO_LONGER = """
DROP TRIGGER {column}_exists ON {table};
DROP TRIGGER {column}_still_exists ON {table};
DROP TRIGGER {key}_unused ON {other};
DROP FUNCTION {key}_exists();
DROP FUNCTION {key}_unused();
"""


def by_statement(app: str, model: str, name: str) -> migrations.RunPython:
    """Let the foreign key `name` of a model be proved a statement at a time; the way back proves each row again."""
    chosen = {"app": app, "model": model, "name": name}
    return migrations.RunPython(partial(_statements, **chosen), partial(_rows, **chosen))


def _statements(apps: Any, schema_editor: Any, *, app: str, model: str, name: str) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    field = apps.get_model(app, model)._meta.get_field(name)
    table = field.model._meta.db_table
    for constraint in _keys(schema_editor.connection, table, field.column):
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    schema_editor.execute(PROVE.format(**_names(field)))


def _rows(apps: Any, schema_editor: Any, *, app: str, model: str, name: str) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    field = apps.get_model(app, model)._meta.get_field(name)
    schema_editor.execute(NO_LONGER.format(**_names(field)))
    make = schema_editor._create_fk_sql  # noqa: SLF001  # as `AddField` does
    schema_editor.execute(make(field.model, field, "_fk_%(to_table)s_%(to_column)s"))


def _names(field: Any) -> dict[str, str]:
    table, column = field.model._meta.db_table, field.column
    other = field.remote_field.model._meta.db_table
    return {"key": f"{table}_{column}", "table": table, "column": column, "other": other}


def _keys(connection: Any, table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return [name for name, one in found.items() if one["foreign_key"] and one["columns"] == [column]]
