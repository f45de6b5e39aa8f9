"""The floor on PostgreSQL: decode, COPY to a temporary table, and one merge a table.

    python -m benchmarks.floor_postgresql URL DATABASE [--passes N]

Every pass but the first reads what changed since the last. Between passes it waits for a line of input.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import psycopg

from benchmarks.floor import AMOUNTS, FLAGS, TABLES, Reader, Row, read_all, report


def _type(column: str) -> str:
    if column in AMOUNTS:
        return "numeric"
    if column in FLAGS:
        return "boolean"
    return {"position": "integer", "page": "integer", "updated_ms": "bigint"}.get(column, "text")


def connect(url: str) -> psycopg.Connection:
    database = psycopg.connect(url, autocommit=True)
    for name, (keys, columns) in TABLES.items():
        listed = ", ".join(f"{column} {_type(column)}" for column in keys + columns)
        database.execute(f"CREATE TABLE IF NOT EXISTS {name} ({listed}, PRIMARY KEY ({', '.join(keys)}))")
        database.execute(f"CREATE TEMPORARY TABLE new_{name} (LIKE {name}) ON COMMIT DELETE ROWS")
    return database


def merge(name: str) -> str:
    keys, columns = TABLES[name]
    sets = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"INSERT INTO {name} SELECT * FROM new_{name} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"


def writer(database: psycopg.Connection) -> Callable[[dict[str, list[Row]]], None]:
    merges = {name: merge(name) for name in TABLES}

    def write(rows: dict[str, list[Row]]) -> None:
        with database.transaction(), database.cursor() as cursor:
            for name, some in rows.items():
                if not some:
                    continue
                with cursor.copy(f"COPY new_{name} FROM STDIN") as copy:
                    for row in some:
                        copy.write_row(row)
                cursor.execute(merges[name])

    return write


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("database")
    parser.add_argument("--passes", type=int, default=1)
    asked = parser.parse_args()
    write, cursors = writer(connect(asked.database)), {}
    for number in range(asked.passes):
        if number and not sys.stdin.readline():
            return  # whoever asked has gone
        reader = Reader(asked.url)
        begun, cpu = time.perf_counter(), time.process_time()
        records = read_all(reader, cursors, write)
        report(reader, records=records, wall=time.perf_counter() - begun, cpu=time.process_time() - cpu)


if __name__ == "__main__":
    main()
