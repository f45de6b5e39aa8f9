"""Many rows as plain tuples, the fast way each database offers.

SQLite: executemany. PostgreSQL: COPY for inserts, and one statement over a JSON document of the rows for updates: a
temporary table would take longer to make than to fill, and leaves dead rows in the catalogue. The ORM's objects are three
quarters of its cost on the hot path (docs/decisions), so the pull writes through here; constraints, types and defaults
still come from the Django models.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import is_, itemgetter
from typing import Any

from django.db import connection, models

from counterfoil.database.fields import FixedField

Row = tuple[Any, ...]
Convert = Callable[[Iterable[Any]], Iterable[Any]]

# Rows in one INSERT on SQLite.
AT_ONCE = 100


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh primary keys, so that children can be written with their parents.

    Call it inside the writing transaction: on SQLite the single writer makes it safe, on PostgreSQL
    the keys come from the table's own sequence.
    """
    if not count:
        return []
    table = model._meta.db_table
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT MAX(COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0),"
                f' COALESCE((SELECT MAX(id) FROM "{table}"), 0))',
                [table],
            )
            first = cursor.fetchone()[0] + 1
            return list(range(first, first + count))
        # The sequence's name is looked up once, not for every key.
        cursor.execute(
            "SELECT nextval(s.name) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) s,"
            " generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Insert rows (tuples in the order of `columns`, attribute names); model defaults fill the rest."""
    if not rows:
        return 0
    names, tail, converts = _insert_plan(model, tuple(columns), connection.vendor)
    ready = _converted(rows, converts, tail)
    table = connection.ops.quote_name(model._meta.db_table)
    listed = ", ".join(names)
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            _sqlite_insert(_sqlite(cursor), f"{table} ({listed})", len(names), ready)
        else:
            _copy(cursor, f"{table} ({listed})", ready)
    return len(rows)


def insert_one(model: type[models.Model], values: Mapping[str, Any]) -> int:
    """Insert a row (attribute names with their values); model defaults fill the rest. Returns its key."""
    names, tail, converts = _insert_plan(model, tuple(values), connection.vendor)
    (row,) = _converted([tuple(values.values())], converts, tail)
    table, marks = connection.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(names))
    with _cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) RETURNING id", row)
        return int(cursor.fetchone()[0])


def update(model: type[models.Model], key: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Update rows by `key`: tuples are (key value, values in the order of `columns`)."""
    if not rows:
        return 0
    names, converts = _update_plan(model, (key, *columns), connection.vendor)
    return _update_ready(model, names, _converted(rows, converts, ()), len(rows))


def update_changed(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    stored: Mapping[int, Row] | None = None,
) -> int:
    """As `update` by id, but rows that already hold these values are left alone; returns how many were not.

    Reading is several times cheaper than writing, and what comes again is mostly what is there. Columns in which no row
    differs are left out too: SQLite writes the indexes of every column that it is told to set. `stored`: what
    `as_stored` gave of `("id", *columns)`, by id, for those who have read it anyway.
    """
    if not rows:
        return 0
    names, converts = _update_plan(model, ("id", *columns), connection.vendor)
    ready = list(_converted(rows, converts, ()))
    if stored is None:
        ids = [row[0] for row in ready]
        stored = {row[0]: row for row in as_stored(model, ("id", *columns), "id", ids)}
    changed = [row for row in ready if stored.get(row[0], row) != row]
    if not changed:
        return 0
    before = zip(*(stored[row[0]] for row in changed), strict=True)
    differ = [old != now for old, now in zip(before, zip(*changed, strict=True), strict=True)]
    pick = itemgetter(0, *(column for column, differs in enumerate(differ) if differs))
    return _update_ready(model, pick(names), map(pick, changed), len(changed))


def _update_ready(model: type[models.Model], names: Sequence[str], ready: Iterable[Row], count: int) -> int:
    table = connection.ops.quote_name(model._meta.db_table)
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            sets = ", ".join(f"{name} = ?{i}" for i, name in enumerate(names[1:], 2))
            _sqlite(cursor).executemany(f"UPDATE {table} SET {sets} WHERE {names[0]} = ?1", ready)
        else:
            sets = ", ".join(f"{name} = {cell}" for name, cell in _cells(model, names[1:]))
            cursor.execute(
                f"UPDATE {table} t SET {sets} FROM {_records(table)} b WHERE t.{names[0]} = b.{names[0]}",
                [_document(names, ready)],
            )
    return count


def upsert(
    model: type[models.Model], unique: Sequence[str], columns: Sequence[str], rows: Sequence[Row]
) -> int:
    """Insert rows or, where `unique` columns exist already, overwrite the other `columns`."""
    quote = connection.ops.quote_name
    keys = ", ".join(quote(_column(model, c)) for c in unique)
    sets = ", ".join(
        f"{quote(_column(model, c))} = excluded.{quote(_column(model, c))}"
        for c in columns
        if c not in unique
    )
    return _insert_clashing(model, columns, rows, f"ON CONFLICT ({keys}) DO UPDATE SET {sets}")


def insert_new(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Insert rows and leave alone what any unique constraint says is there already. Call it inside a transaction."""
    return _insert_clashing(model, columns, rows, "ON CONFLICT DO NOTHING")


def _insert_clashing(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Row], clash: str
) -> int:
    if not rows:
        return 0
    names, tail, converts = _insert_plan(model, tuple(columns), connection.vendor)
    ready = _converted(rows, converts, tail)
    table, listed = connection.ops.quote_name(model._meta.db_table), ", ".join(names)
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * len(names))
            _sqlite(cursor).executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks}) {clash}", ready)
        else:
            cells = ", ".join(cell for _, cell in _cells(model, names))
            cursor.execute(
                f"INSERT INTO {table} ({listed}) SELECT {cells} FROM {_records(table)} b {clash}",
                [_document(names, ready)],
            )
    return len(rows)


def select(
    model: type[models.Model],
    columns: Sequence[str],
    key: str,
    values: Iterable[Any],
    **scope: Any,
) -> list[Row]:
    """Rows whose `key` is one of `values` (any number of them) within `scope` (equal columns).

    Values come as stored: on SQLite money is scaled integers.
    """
    return _rows(model, _listed(model, columns), key, values, scope)


def select_locked(
    model: type[models.Model], columns: Sequence[str], key: str, values: Iterable[Any], **scope: Any
) -> list[Row]:
    """As `select`, and nobody else changes these rows until the transaction ends; SQLite has one writer anyway."""
    # In one order, so that no two wait for each other.
    end = "" if connection.vendor == "sqlite" else ' ORDER BY "id" FOR UPDATE'
    return _rows(model, _listed(model, columns), key, values, scope, end)


def select_typed(
    model: type[models.Model], columns: Sequence[str], key: str, values: Iterable[Any], **scope: Any
) -> list[Row]:
    """As `select`, with money and rates as Decimal on both databases."""
    rows = select(model, columns, key, values, **scope)
    fixed = [model._meta.get_field(_field_name(model, column)) for column in columns]
    if connection.vendor != "sqlite" or not any(isinstance(field, FixedField) for field in fixed):
        return rows
    ready = zip(
        *(
            [field.from_db_value(value, None, connection) for value in column]
            if isinstance(field, FixedField)
            else column
            for field, column in zip(fixed, zip(*rows, strict=True), strict=False)
        ),
        strict=True,
    )
    return list(ready)


def as_stored(
    model: type[models.Model], columns: Sequence[str], key: str, values: Iterable[Any]
) -> list[Row]:
    """As `select`, but nothing is made of what the driver finds, so that it compares with what would be written."""
    names, _ = _update_plan(model, tuple(columns), connection.vendor)
    # The sign keeps SQLite's driver from making dates of what is stored as text; it changes no value.
    listed = ", ".join(f"+{name}" if connection.vendor == "sqlite" else name for name in names)
    return _rows(model, listed, key, values, {})


def _listed(model: type[models.Model], columns: Sequence[str]) -> str:
    return ", ".join(connection.ops.quote_name(_column(model, column)) for column in columns)


def _rows(
    model: type[models.Model],
    listed: str,
    key: str,
    values: Iterable[Any],
    scope: Mapping[str, Any],
    end: str = "",
) -> list[Row]:
    wanted = list(values)
    if not wanted:
        return []
    quote = connection.ops.quote_name
    where = "".join(f" AND {quote(_column(model, c))} = %s" for c in scope)
    table, name = quote(model._meta.db_table), quote(_column(model, key))
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            test, many = f"{name} IN (SELECT value FROM json_each(%s))", json.dumps(wanted)
        else:
            test, many = f"{name} = ANY(%s)", _array(wanted)
        cursor.execute(f"SELECT {listed} FROM {table} WHERE {test}{where}{end}", [many, *scope.values()])
        found: list[Row] = cursor.fetchall()
        return found


def _array(values: Sequence[Any]) -> str:
    """Whole numbers or texts as PostgreSQL writes an array; the driver writes one element at a time, in Python."""
    if not isinstance(values[0], str):
        return f"{{{','.join(map(str, values))}}}"
    inside = '","'.join(values)
    if "\\" in inside or inside.count('"') != 2 * (len(values) - 1):
        inside = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return f'{{"{inside}"}}'


def change(model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Set columns of the rows that have these values in others (no None among them); returns how many had."""
    return _set(model, where, changes, "{0} = %s")


def add(model: type[models.Model], where: Mapping[str, Any], more: Mapping[str, int]) -> int:
    """Add to columns of the rows that have these values in others; returns how many had."""
    return _set(model, where, more, "{0} = {0} + %s")


def _set(model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any], form: str) -> int:
    sql, converts = _set_plan(model, tuple(where), tuple(changes), form, connection.vendor)
    values = [
        value if convert is None else convert([value])[0]  # type: ignore[index]
        for value, convert in zip((*changes.values(), *where.values()), converts, strict=True)
    ]
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@lru_cache(maxsize=200)
def _set_plan(
    model: type[models.Model], where: tuple[str, ...], changes: tuple[str, ...], form: str, vendor: str
) -> tuple[str, tuple[Convert | None, ...]]:
    """The statement, and how its values are converted."""
    names, converts = _update_plan(model, (*changes, *where), vendor)
    sets = ", ".join(form.format(name) for name in names[: len(changes)])
    tests = " AND ".join(f"{name} = %s" for name in names[len(changes) :])
    table = connection.ops.quote_name(model._meta.db_table)
    return f"UPDATE {table} SET {sets} WHERE {tests}", converts


def delete(model: type[models.Model], key: str, values: Iterable[Any]) -> None:
    """Delete the rows whose `key` is one of `values`; foreign keys are the caller's business."""
    wanted = list(values)
    if not wanted:
        return
    quote = connection.ops.quote_name
    table, name = quote(model._meta.db_table), quote(_column(model, key))
    with _cursor() as cursor:
        if connection.vendor == "sqlite":
            sql = f"DELETE FROM {table} WHERE {name} IN (SELECT value FROM json_each(%s))"
            cursor.execute(sql, [json.dumps(wanted)])
        else:
            cursor.execute(f"DELETE FROM {table} WHERE {name} = ANY(%s)", [_array(wanted)])


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor whose errors are Django's, also those of the drivers' own calls that Django knows nothing of."""
    with connection.wrap_database_errors, connection.cursor() as cursor:
        yield cursor


def _sqlite(cursor: Any) -> Any:
    """The driver's own cursor: Django's would rewrite every statement's placeholders and copy rows."""
    return cursor.cursor.connection.cursor()


def _sqlite_insert(cursor: Any, target: str, width: int, rows: Iterable[Row]) -> None:
    """Many rows a statement: while it runs, other threads run too, and for that one row is too short.

    Always the same number, as SQLite's plan for such a statement is worth keeping.
    """
    marks = f"({', '.join('?' * width)})"
    limit = cursor.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    at_once = min(AT_ONCE, limit // width)
    many = f"INSERT INTO {target} VALUES {', '.join([marks] * at_once)}"
    left = iter(rows)
    while len(batch := list(islice(left, at_once))) == at_once:
        cursor.execute(many, list(chain.from_iterable(batch)))
    cursor.executemany(f"INSERT INTO {target} VALUES {marks}", batch)


def _copy(cursor: Any, target: str, rows: Iterable[Row]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        write = copy.write_row
        for row in rows:
            write(row)


def _records(table: str) -> str:
    """The rows of a document, in the types of the table's columns."""
    return f"json_populate_recordset(NULL::{table}, %s::json)"


def _document(names: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as objects of JSON by column; what JSON has no form for is a text that PostgreSQL reads."""
    columns = [name.strip('"') for name in names]
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str)


def _cells(model: type[models.Model], names: Sequence[str]) -> list[tuple[str, str]]:
    """Each column with what it gets of a record `b`; JSON has been made a text, as for any other way to the driver."""
    quote = connection.ops.quote_name
    of_json = {quote(str(f.column)) for f in model._meta.concrete_fields if isinstance(f, models.JSONField)}
    return [(name, f"(b.{name} #>> '{{}}')::jsonb" if name in of_json else f"b.{name}") for name in names]


def _field_name(model: type[models.Model], column: str) -> str:
    return column.removesuffix("_id") if _is_relation(model, column) else column


def _is_relation(model: type[models.Model], column: str) -> bool:
    return any(f.is_relation and f.attname == column for f in model._meta.concrete_fields)


def _column(model: type[models.Model], attribute: str) -> str:
    for field in model._meta.concrete_fields:
        if attribute in (field.attname, field.name):
            return str(field.column)
    raise LookupError(f"{model.__name__} has no column {attribute}")


@lru_cache(maxsize=256)
def _update_plan(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> tuple[list[str], tuple[Convert | None, ...]]:
    """Quoted names and a converter per column."""
    converts = [_converter(model._meta.get_field(_field_name(model, c)), vendor) for c in columns]
    return [connection.ops.quote_name(_column(model, c)) for c in columns], tuple(converts)


@lru_cache(maxsize=256)
def _insert_plan(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> tuple[list[str], Row, tuple[Convert | None, ...]]:
    """Quoted names, the constant tail of defaults, and a converter per given column (None: as it is)."""
    fields = {f.attname: f for f in model._meta.concrete_fields}
    given = [fields[c] if c in fields else model._meta.get_field(c) for c in columns]
    left = [f for f in fields.values() if f not in given and not f.primary_key]
    rest = [f for f in left if f.has_default() or not f.null]
    tail = tuple(_default(f, vendor) for f in rest)
    names = [connection.ops.quote_name(str(f.column)) for f in (*given, *rest)]  # type: ignore[union-attr]
    return names, tail, tuple(_converter(f, vendor) for f in given)


def _default(field: Any, vendor: str) -> Any:
    value = field.to_python(field.get_default())  # a default may be written as 0 where a Decimal is meant
    convert = _converter(field, vendor)
    return next(iter(convert([value]))) if convert else value


def _converted(rows: Sequence[Row], converts: tuple[Convert | None, ...], tail: Row) -> Iterable[Row]:
    """Rows as the driver stores them, followed by the `tail`.

    Column by column: that way the work on each value stays inside C, which is what a page's time goes by.
    A column of the very values of another one, as home currency is of document currency at home, is not
    converted twice.
    """
    if not any(converts):
        return [row + tail for row in rows] if tail else rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    done: dict[tuple[int, Convert], tuple[Iterable[Any], Iterable[Any]]] = {}
    for i, convert in enumerate(converts):
        if convert:
            column = columns[i]
            key = (id(next(iter(column))), convert)
            before = done.get(key)
            if before is None or not all(map(is_, column, before[0])):
                before = done[key] = (column, convert(column))
            columns[i] = before[1]
    return zip(*columns, *(repeat(value, len(rows)) for value in tail), strict=True)


def _converter(field: Any, vendor: str) -> Convert | None:
    """How a column of Python values becomes what the driver stores for `field`; None where it already is."""
    if isinstance(field, models.JSONField):
        return _each(json.dumps)
    if vendor != "sqlite":
        return None
    if isinstance(field, FixedField):
        return _scale(field.places)
    if isinstance(field, models.DateTimeField):
        return _each(_sqlite_datetime)
    if isinstance(field, models.DateField):
        return _each(dt.date.isoformat)
    return None


def _each(convert: Callable[[Any], Any]) -> Convert:
    return lambda column: [None if value is None else convert(value) for value in column]


@lru_cache(maxsize=8)
def _scale(places: int) -> Convert:
    """Decimals to scaled integers; digits beyond `places` are cut, and the driver refuses what 64 bits do not hold."""
    shift = Decimal(places)  # scaleb turns an int into this first

    def convert(column: Iterable[Decimal | None]) -> Iterable[int | None]:
        values = list(column)
        try:
            return list(map(int, map(Decimal.scaleb, values, repeat(shift))))  # type: ignore[arg-type]
        except TypeError:  # a None among them; looking for one first would cost more than all the rest
            return [None if value is None else int(value.scaleb(shift)) for value in values]

    return convert


def _sqlite_datetime(value: dt.datetime) -> str:
    return str(value.astimezone(dt.UTC).replace(tzinfo=None))
