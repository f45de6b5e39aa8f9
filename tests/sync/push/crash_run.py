"""A program of its own: orders are pushed while the PostgreSQL server under them is killed and started again.

`python -m tests.sync.push.crash_run ORDERS CRASHES` makes a server of its own, whose commits are durable against such a
kill, and ends with a line of JSON: what became of the orders, as the stand-in Xero has it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import django
import psycopg

from tests import postgresql

DATABASE = "crashes"


def environment(server: postgresql.Server, home: str) -> None:
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        del os.environ[name]
    os.environ |= {
        "COUNTERFOIL_HOME": home,
        "COUNTERFOIL_DATABASE_URL": server.url(DATABASE),
        "COUNTERFOIL_RATES_URL": "",
        "DJANGO_SETTINGS_MODULE": "counterfoil.project.settings",
    }
    with psycopg.connect(server.url("postgres"), autocommit=True) as link:
        link.execute(f"CREATE DATABASE {DATABASE}")
        # The tests' server forgets the last commits when it is killed; this database must not.
        link.execute(f"ALTER DATABASE {DATABASE} SET synchronous_commit = on")


def killed(server: postgresql.Server) -> None:
    """SIGKILL to the server's first process; its children see that and go."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)


def started_again(server: postgresql.Server) -> None:
    """As soon as the last child of the killed one is gone."""
    data, log = str(server.folder / "data"), str(server.folder / "log")
    deadline = time.monotonic() + 60
    while True:
        try:
            server.run(
                "pg_ctl", "-D", data, "-l", log, "-o", postgresql.options(server.folder), "-w", "start"
            )
        except postgresql.ServerFailed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)  # until what is left of the killed server is gone
        else:
            return


def push_until(here, stop: threading.Event) -> None:
    """Workers that come back however often the database is taken from under them."""
    from django.db import DatabaseError, connections

    while not stop.is_set():
        try:
            here.push(workers=4)
        except DatabaseError:
            pass  # what they had in hand is found again by the next
        finally:
            connections.close_all()


def run(server: postgresql.Server, orders: int, crashes: int) -> dict[str, object]:
    from django.core.management import call_command
    from django.db import connections

    from counterfoil.sync import wiring
    from tests.sync.push.orders import shop

    call_command("migrate", verbosity=0)
    with shop(limits=False) as here:
        quotes = [here.order(lines=1) for _ in range(orders)]
        marks = len(here.here.store.invoices)
        stop = threading.Event()
        worker = threading.Thread(target=push_until, args=(here, stop))
        worker.start()
        for crash in range(1, crashes + 1):
            while len(here.here.store.invoices) < marks + crash * orders // (crashes + 2):
                time.sleep(0.005)  # until so many of them are in Xero
            killed(server)
            started_again(server)
        stop.set()
        worker.join()
        connections.close_all()
        for minutes in (0, 6, 1, 1, 61, 2, 2, 61, 2):
            wiring.forget()  # the limits are of real minutes, of which hardly one passes
            here.pass_time(minutes=minutes)
            while here.push(workers=4):
                pass
        found = []
        for quote in quotes:
            quote.refresh_from_db()
            live = [one for one in here.invoices(quote) if one["Status"] not in {"DELETED", "VOIDED"}]
            found.append([here.state(quote), [one["InvoiceID"] for one in live] == [quote.invoice_id]])
        return {"crashes": crashes, "orders": found, "made": len(here.here.store.invoices) - marks}


def main() -> None:
    orders, crashes = int(sys.argv[1]), int(sys.argv[2])
    server = postgresql.start()
    try:
        with tempfile.TemporaryDirectory(prefix="counterfoil-tests-") as home:
            environment(server, home)
            django.setup()
            result = run(server, orders, crashes)
        sys.stdout.write(json.dumps(result) + "\n")
    finally:
        server.stop()
    assert not Path(server.folder).exists()


if __name__ == "__main__":
    main()
