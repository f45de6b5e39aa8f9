"""How fast a backlog of confirmed orders drains into the stand-in, and what it costs: `./go bench push-backlog`.

    --orders N      confirmed while Xero was away (1,000)
    --limits        at Xero's own pace of 60 calls a minute; else as fast as both sides can
    --own-numbers   the CRM numbers the invoices

Calls are counted by the stand-in, until the last order is an invoice; the notes in the histories of the invoices go
out a minute after the last of them at the earliest, behind everything else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.sets import CLIENT_ID, CLIENT_SECRET, CRM_URL, REDIRECT
from benchmarks.stage import conclude, say

IN_FLIGHT = 4


def environment(home: Path, sandbox: str) -> None:
    """Before Django loads: a fresh database, and the stand-in."""
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        del os.environ[name]
    os.environ |= {
        "COUNTERFOIL_HOME": str(home),
        "COUNTERFOIL_XERO_SANDBOX": sandbox,
        "COUNTERFOIL_XERO_CLIENT_ID": CLIENT_ID,
        "COUNTERFOIL_XERO_CLIENT_SECRET": CLIENT_SECRET,
        "COUNTERFOIL_URL": CRM_URL,
        "COUNTERFOIL_RATES_URL": "",
        "COUNTERFOIL_MAX_CALLS_A_DAY": "5000",
        "DJANGO_SETTINGS_MODULE": "counterfoil.project.settings",
    }


def orders_confirm(count: int, *, own_numbers: bool) -> float:
    """Confirm that many orders of two lines; the milliseconds that confirming one took in the middle of them."""
    from counterfoil.accounts.models import OperatingCompany, User
    from counterfoil.crm.customers.models import SalesLedger
    from counterfoil.crm.products.models import ProductItem
    from counterfoil.crm.quotes.services import line_add, quote_confirm, quote_create, quote_settings_save

    company, user = OperatingCompany.objects.get(), User.objects.get()
    at = dt.datetime.now(dt.UTC)
    if own_numbers:
        quote_settings_save(company, actor=user, at=at, own_numbering=True)
    ledgers = SalesLedger.objects.of(company).filter(on_stop=False, division__isnull=False)
    product = ProductItem.objects.of(company).filter(is_sellable=True).exclude(sales_analysis="")[0]
    chosen = list(ledgers.exclude(ledger_id=None)[:20])
    took = []
    for n in range(count):
        quote = quote_create(
            chosen[n % len(chosen)], actor=user, at=at, on=at.date(), currency=company.home_currency
        )
        for quantity in (1, 2):
            line_add(quote, actor=user, at=at, product=product, quantity=Decimal(quantity))
        began = time.perf_counter()
        quote_confirm(quote, actor=user, at=dt.datetime.now(dt.UTC))
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2] * 1000


def drain(connection_id: int, count: int) -> float:
    """Push until every order is an invoice; the seconds that it took."""
    from counterfoil.crm.quotes.models import Quote
    from counterfoil.sync import work

    began = time.perf_counter()
    while (done := Quote.objects.filter(push_state="sent").count()) < count:
        if not work.push_run(connection_id, workers=IN_FLIGHT):
            time.sleep(0.2)
        say(f"  {done} of {count} after {time.perf_counter() - began:.0f} s")
    return time.perf_counter() - began


def calls_seen(sandbox: str) -> tuple[Counter[str], dict[str, Any]]:
    """What the stand-in has seen since it was told to forget: data calls by kind, and its counters."""
    counters = httpx2.get(f"{sandbox}/control/requests/counters").json()
    kinds = {kind: count for kind, count in counters["calls"].items() if "/api.xro/" in kind}
    return Counter(kinds), counters


def asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./go bench push-backlog", description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--own-numbers", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    given = asked(arguments)

    from counterfoil.sandbox.apps import RegisteredApp
    from counterfoil.sandbox.seeds import load
    from counterfoil.sandbox.server import SandboxServer

    app = RegisteredApp(CLIENT_ID, CLIENT_SECRET, redirect_uris=(REDIRECT,), tier="core")
    seeds = load("global", invoices=100, contacts=60, items=20)
    with (
        tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as home,
        SandboxServer(seeds, apps=(app,), limits=given.limits) as server,
    ):
        environment(Path(home), server.url)
        from benchmarks import product

        product.django.setup()
        product.prepare()
        from counterfoil.sync import wiring, work
        from counterfoil.sync.models import Connection

        connection = Connection.objects.get()
        work.pass_run(connection.pk)
        say(f"confirming {given.orders} orders")
        confirm_ms = orders_confirm(given.orders, own_numbers=given.own_numbers)
        httpx2.delete(f"{server.url}/control/requests")
        seconds = drain(connection.pk, given.orders)
        kinds, counters = calls_seen(server.url)
        calls = sum(kinds.values())
        conclude(
            "push-backlog",
            {
                "orders": given.orders,
                "limits": given.limits,
                "own_numbers": given.own_numbers,
                "seconds": round(seconds, 1),
                "orders_a_minute": round(given.orders / seconds * 60, 1),
                "calls": calls,
                "calls_per_order": round(calls / given.orders, 3),
                "most_in_flight": counters["in_flight_max"],
                "by_kind": dict(kinds.most_common()),
                "statuses": counters["statuses"],
                "manners": counters["notes"],
                "confirm_ms": round(confirm_ms, 1),
            },
        )
        wiring.forget()


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
