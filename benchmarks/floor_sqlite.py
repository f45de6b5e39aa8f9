"""The floor on SQLite: decode, and one prepared upsert a table.

    python -m benchmarks.floor_sqlite URL FILE [--passes N]

Every pass but the first reads what changed since the last. Between passes it waits for a line of input.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from benchmarks.floor import TABLES, Reader, Row, read_all, report


def connect(file: str) -> sqlite3.Connection:
    sqlite3.register_adapter(Decimal, str)  # exact, and cheaper than converting columns
    database = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-64000", "temp_store=MEMORY"):
        database.execute(f"PRAGMA {pragma}")
    for name, (keys, columns) in TABLES.items():
        database.execute(
            f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(keys + columns)}, PRIMARY KEY ({', '.join(keys)}))"
        )
    return database


def upsert(name: str) -> str:
    keys, columns = TABLES[name]
    marks = ", ".join("?" * (len(keys) + len(columns)))
    sets = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"INSERT INTO {name} VALUES ({marks}) ON CONFLICT DO UPDATE SET {sets}"


def writer(database: sqlite3.Connection) -> Callable[[dict[str, list[Row]]], None]:
    statements = {name: upsert(name) for name in TABLES}

    def write(rows: dict[str, list[Row]]) -> None:
        database.execute("BEGIN IMMEDIATE")
        for name, some in rows.items():
            database.executemany(statements[name], some)
        database.execute("COMMIT")

    return write


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--passes", type=int, default=1)
    asked = parser.parse_args()
    write, cursors = writer(connect(asked.file)), {}
    for number in range(asked.passes):
        if number and not sys.stdin.readline():
            return  # whoever asked has gone
        reader = Reader(asked.url)
        begun, cpu = time.perf_counter(), time.process_time()
        records = read_all(reader, cursors, write)
        report(reader, records=records, wall=time.perf_counter() - begun, cpu=time.process_time() - cpu)


if __name__ == "__main__":
    main()
