"""The product as the benchmarks drive it: a process of its own that does what a line of input says.

    python -m benchmarks.product    (COUNTERFOIL_* in the environment say where everything is)

prepare       tables, an administrator, and the consent: connected, nothing read yet
first         the first sync
full          everything again, whatever the cursors say
later         one pass an hour later: the streams of every day, by their cursors
idle N        N such passes of which the last N - 2 count
written       one such pass, watched: the rows it writes, by table
sums          what the CRM now holds
confirm N L   N quotes of L lines are made; then each is opened and confirmed as a browser does it

Each prints a line of JSON. Times are those of the pass alone; the start of the process is the parent's to time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import django

from benchmarks import memory
from benchmarks.sets import REDIRECT

SESSION = "session-of-the-benchmark"
hours = 0


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)


def rss_mb(field: str = "VmRSS") -> float:
    return memory.told(field) if memory.IS_TOLD else memory.elsewhere(field)


def peak_reset() -> None:
    if memory.IS_TOLD:  # elsewhere the peak is that of the process's whole life
        Path("/proc/self/clear_refs").write_text("5")


def prepare() -> dict[str, Any]:
    import httpx2
    from django.core.management import call_command

    from counterfoil.accounts.administrators import administrator_create
    from counterfoil.accounts.models import OperatingCompany
    from counterfoil.sync import connections

    call_command("migrate", verbosity=0)
    user = administrator_create(
        email="ada@bench.example", company="Bench", name="Ada", password="a-long-enough-one"
    )
    company = OperatingCompany.objects.get(name="Bench")
    url = connections.connect_begin(company, user, session_key=SESSION, at=now())
    page = httpx2.get(url).text
    form = {
        "user": re.findall(r'name="user"[^>]*value="([^"]+)"', page)[0],
        "tenant": re.findall(r'name="tenant"[^>]*value="([^"]+)"', page)[0],
        "action": "allow",
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx2.post(url, content=urlencode(form), headers=headers)
    back = answer.headers["location"]
    if not back.startswith(REDIRECT):
        raise SystemExit(f"The consent page answered {answer.status_code}: {answer.text[:300]}")
    params = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    outcome = connections.connect_finish(params, user=user, session_key=SESSION, at=now())
    if outcome.connection is None:
        raise SystemExit(outcome.problem or f"choose: {outcome.choices}")
    return {"connected": outcome.connection.organisation_name}


def no_pace(tenant_id: str) -> None:
    """60 calls a minute would be what is measured; the pages' server has no such limit."""
    from counterfoil.sync import wiring
    from counterfoil.xero.governor import Governor

    wiring._governors[tenant_id] = Governor(max_in_flight=wiring.IN_FLIGHT, minute_limit=1_000_000)  # noqa: SLF001


def one_pass() -> dict[str, Any]:
    from counterfoil.sync import work
    from counterfoil.sync.models import Connection

    connection = Connection.objects.get()
    if not os.environ.get("BENCH_LIMITS"):
        no_pace(connection.tenant_id)
    idle = rss_mb()
    peak_reset()
    begun, cpu = time.perf_counter(), time.process_time()
    run = work.pass_run(connection.pk, clock=now)
    wall, spent = time.perf_counter() - begun, time.process_time() - cpu
    if run is None or run.state != "done":
        raise SystemExit(f"The pass ended as {run and (run.state, run.problem)}")
    problems = [row for row in run.progress if row["problem"] or row["set_aside"]]
    if problems:
        raise SystemExit(f"Not everything was read: {problems}")
    return {
        "wall": wall,
        "cpu": spent,
        "calls": run.calls,
        "bytes": run.wire_bytes,
        "written": sum(row["written"] for row in run.progress),
        "read": sum(row["done"] for row in run.progress),
        "idle_mb": idle,
        "peak_mb": rss_mb("VmHWM"),
    }


def first() -> dict[str, Any]:
    return one_pass()


def full() -> dict[str, Any]:
    from counterfoil.sync.models import Connection

    connection = Connection.objects.get()
    before = dict(connection.limits)
    long_ago = (now() - dt.timedelta(days=2)).isoformat()
    Connection.objects.update(limits=before | {"full_at": long_ago})
    return one_pass()


def later() -> dict[str, Any]:
    global hours  # noqa: PLW0603  # this process's clock
    hours += 1
    return one_pass()


def idle(count: str) -> dict[str, Any]:
    runs = [later() for _ in range(int(count))][2:]
    spent = sorted(run["cpu"] for run in runs)
    calls = sorted(run["calls"] for run in runs)
    return {
        "passes": len(runs),
        "cpu_ms": 1000 * spent[len(spent) // 2],
        "wall_ms": 1000 * sorted(run["wall"] for run in runs)[len(runs) // 2],
        "calls": calls[len(calls) // 2],  # with a new day comes a compare of everything
        "written": sum(run["written"] for run in runs),
    }


def written() -> dict[str, Any]:
    from django.db import connection

    seen: Counter[str] = Counter()
    if connection.vendor == "sqlite":
        change = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')

        def watch(statement: str) -> None:
            if found := change.match(statement):
                seen[found[1]] += 1

        connection.connection.set_trace_callback(watch)
        run = later()
        connection.connection.set_trace_callback(None)
    else:
        before = _table_changes()
        run = later()
        seen = _table_changes() - before
    return {"rows": dict(seen), "read": run["read"], "written": run["written"]}


def _table_changes() -> Counter[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
        return Counter(dict(cursor.fetchall()))


def sums() -> dict[str, Any]:
    from django.db.models import Count, Sum

    from counterfoil.crm.products.models import ProductItem
    from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseTransaction
    from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
    from counterfoil.sync.models import Link

    found: dict[str, Any] = {"items": ProductItem.objects.count()}
    for kind, name in (("I", "invoices"), ("C", "credit_notes")):
        headers = SalesOrderHeader.objects.filter(kind=kind)
        lines = SalesTransaction.objects.filter(kind=kind)
        found |= {
            name: headers.count(),
            f"{name}_total": abs(headers.aggregate(x=Sum("total"))["x"]),
            f"{name}_lines": lines.count(),
            f"{name}_lines_amount": abs(lines.aggregate(x=Sum("net"))["x"]),
        }
    lines = PurchaseTransaction.objects.all()
    found |= {
        "purchase_orders": PurchaseOrderHeader.objects.count(),
        "purchase_orders_total": PurchaseOrderHeader.objects.aggregate(x=Sum("total"))["x"],
        "purchase_orders_lines": lines.count(),
        "purchase_orders_lines_amount": lines.aggregate(x=Sum("net"))["x"],
    }
    links = Link.objects.values("stream").annotate(n=Count("id"))
    found["contacts"] = {row["stream"]: row["n"] for row in links}["contacts"]
    found["changed"] = SalesOrderHeader.objects.filter(customer_reference__startswith="Changed ").count()
    return {k: str(v.normalize()) if hasattr(v, "normalize") else v for k, v in found.items()}


def lists(repeat: str) -> dict[str, Any]:
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from counterfoil.accounts.models import OperatingCompany, User
    from counterfoil.web import urls
    from counterfoil.web.lists.screen import Screen

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # autovacuum does it within a minute of such a load
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get())
    company = OperatingCompany.objects.get()
    found = {}
    for screen in (value for value in vars(urls).values() if isinstance(value, Screen)):
        asked = [f"{reverse(screen.name)}?{query}" for query in _queries(screen, company)]
        found[screen.name] = _timed(client, asked, int(repeat))
    return {"lists": found}


def confirm(orders: str, lines: str) -> dict[str, Any]:
    from django.test import Client
    from django.urls import reverse

    from counterfoil.accounts.models import User
    from counterfoil.crm.quotes.models import Quote

    user = User.objects.get()
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    spent = []
    for quote in [_quote(user, int(lines)) for _ in range(int(orders))]:
        client.get(reverse("quote", args=[quote.pk]))  # nobody confirms what they have not before them
        begun = time.perf_counter()
        answer = client.post(reverse("quote-confirm", args=[quote.pk]))
        spent.append(1000 * (time.perf_counter() - begun))
        if Quote.objects.get(pk=quote.pk).order_revision != 1:
            raise SystemExit(f"{quote} was not confirmed: {answer.status_code} {answer.content[:2000]!r}")
    spent.sort()
    return {"median_ms": spent[len(spent) // 2], "max_ms": spent[-1], "orders": len(spent)}


def _quote(user: Any, lines: int) -> Any:
    from decimal import Decimal

    from counterfoil.accounts.models import OperatingCompany
    from counterfoil.crm.customers.models import SalesLedger
    from counterfoil.crm.products.models import ProductItem
    from counterfoil.crm.quotes.services import line_add, quote_create

    company = OperatingCompany.objects.get()
    ledgers = SalesLedger.objects.filter(on_stop=False, is_archived=False, currency=company.home_currency)
    products = ProductItem.objects.filter(is_sellable=True, is_withdrawn=False, selling_price__gt=0)
    sold = products.exclude(sales_analysis="").order_by("pk")[:lines]
    quote = quote_create(
        ledgers.exclude(division=None).order_by("pk")[0],
        actor=user,
        at=now(),
        on=now().date(),
        currency=company.home_currency,
    )
    for product in sold:
        line_add(quote, actor=user, at=now(), product=product, quantity=Decimal(2))
    return quote


def _queries(screen: Any, company: Any) -> list[str]:
    sorts = [column.key for column in screen.columns if column.sortable]
    return [
        *("", "page=2", "page=40", "q=amber", "q=INV-0099", "q=nothing+like+it"),
        *(f"sort={sign}{key}" for key in sorts for sign in ("", "-")),
        *(f"sort={key}&page=20" for key in sorts),
        *(f"{one.key}={value}" for one in screen.filters for value, _ in list(one.choices_of(company))[1:6]),
    ]


def _timed(client: Any, addresses: list[str], repeat: int) -> dict[str, Any]:
    spent: list[tuple[float, str]] = []
    for number in range(1 + repeat):
        for address in addresses:
            begun = time.perf_counter()
            answer = client.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{address}: {answer.status_code}")
            if number:
                spent.append((1000 * (time.perf_counter() - begun), address))
    spent.sort()
    p95, slowest = spent[int(len(spent) * 0.95)], spent[-1]
    return {
        "p50_ms": round(spent[len(spent) // 2][0], 1),
        "p95_ms": round(p95[0], 1),
        "max_ms": round(slowest[0], 1),
        "slowest": slowest[1],
        "requests": len(spent),
    }


COMMANDS = {f.__name__: f for f in (prepare, first, full, later, idle, written, sums, lists, confirm)}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
    django.setup()
    for line in sys.stdin:
        name, *given = line.split()
        print(json.dumps(COMMANDS[name](*given)), flush=True)


if __name__ == "__main__":
    main()
