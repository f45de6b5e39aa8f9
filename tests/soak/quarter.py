"""A simulated quarter: the real engine against the stand-in on Xero's smallest plan, by one clock.

People edit in Xero, reps confirm orders here; Xero is out of order twice, the permission is withdrawn, the demo company
is reset, the clocks change. At the end everything must agree, each order have its one invoice, and every trouble have
been seen by whoever looks at the connection. Which stream is asked when is the engine's own choice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote
from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.world import World as Books
from counterfoil.sync import verify_work, verifying, wiring, work
from counterfoil.sync.models import Connection, PushIntent
from counterfoil.sync.verify_models import Difference
from counterfoil.xero.transport import Transport
from tests.soak.one_clock import one_clock
from tests.soak.quarter_people import People
from tests.sync.push.orders import Shop
from tests.sync.world import CLIENT_ID, World, world

STEP = dt.timedelta(minutes=5)
A_DAY = 1000
LONDON, SYDNEY = ("GMTSTANDARDTIME", "Europe/London"), ("AUSEASTERNSTANDARDTIME", "Australia/Sydney")
# London's summer time begins on 28 March 2027, Sydney's ends on 4 April; the reset moves the company between them.
CHANGES_FROM, RESET_AT = dt.datetime(2027, 3, 27, tzinfo=dt.UTC), dt.datetime(2027, 4, 1, tzinfo=dt.UTC)
RESET = 0.6
OVER = {"VOIDED", "DELETED"}
# What a withdrawn permission and a reset look like to Xero.
EXPECTED_NOTES = {"foreign-tenant", "token-refused"}


@dataclass
class Trouble:
    """Something planted, and how people must see it: the connection's state, within minutes, with words in its reason."""

    name: str
    at: float
    hours: float
    state: str
    words: str
    begin: Callable[[], None]
    end: Callable[[], None]
    began: dt.datetime | None = None
    seen: bool = False
    over: bool = False
    healed: bool = False


@dataclass
class Day:
    calls: int = 0
    sent: int = 0


@dataclass
class Quarter:
    """The state of one run. `days` long from `start`."""

    here: World
    clock: Clock
    days: float
    random: Random
    zone: str = LONDON[1]
    per_day: list[Day] = field(default_factory=list)
    orders: list[tuple[Quote, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    passes: int = 0
    offsets: set[tuple[str, dt.timedelta | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.start = self.clock.now()
        self.shop = Shop(self.here)
        self.people = People(self.random)
        self.troubles = self._troubles()
        self.counted = Day()

    def _troubles(self) -> list[Trouble]:
        return [
            Trouble("outage", 0.2, 5, "waiting", "cannot be reached", self._offline, self._mended),
            Trouble("revoked", 0.4, 6, "reconnect", "connect again", self._revoke, self._reconnect),
            Trouble("reset", RESET, 4, "reconnect", "connect again", self._reset, self._connect_new),
            Trouble("silence", 0.85, 3, "waiting", "cannot be reached", self._silent, self._mended),
        ]

    # What goes wrong

    def _offline(self) -> None:
        self.here.arm("503_offline", count=0, path="/api.xro/")

    def _silent(self) -> None:
        self.here.arm("never_arrives", count=0, path="/api.xro/")
        self._hang_up()
        # What would be a minute for each call that is never answered.
        for name in ("pool", "writes"):
            wiring._transports[name] = Transport(wiring.hosts(), read_s=0.05)

    def _mended(self) -> None:
        self.here.server.edge.faults.clear()
        self._hang_up()

    def _hang_up(self) -> None:
        for pool in wiring._transports.values():
            pool.close()
        wiring._transports.clear()

    def _revoke(self) -> None:
        for person in self.here.server.edge.people:
            self.here.server.edge.authority.forget(person.user_id, CLIENT_ID)

    def _reconnect(self) -> None:
        self.here.connect(tenant=self.here.connection.tenant_id)

    def _reset(self) -> None:
        self.zone = SYDNEY[1]
        self.here.server.edge.demo_reset(self.here.organisation)

    def _connect_new(self) -> None:
        self.here.switch(self.here.organisation.tenant_id)
        self._engine()
        self.people.begin_anew(self.here.organisation)

    # A day

    def run(self) -> dict[str, Any]:
        self.here.connect()
        self._engine()
        self.here.company.refresh_from_db()
        self.people.begin_anew(self.here.organisation)
        end = self.start + dt.timedelta(days=self.days)
        while self.clock.now() < end:
            self._trouble()
            self._people()
            self._engine()
            self._watch()
            self.clock.set(self.clock.now() + STEP)
        self._quiet()
        return self._told()

    def _trouble(self) -> None:
        for one in self.troubles:
            if one.began is None and self.clock.now() >= self.start + dt.timedelta(days=self.days * one.at):
                one.began = self.clock.now()
                one.begin()
            elif one.began and not one.over and self.clock.now() >= one.began + dt.timedelta(hours=one.hours):
                one.over = True
                one.end()

    def _people(self) -> None:
        """In working hours of the organisation's own zone. Nobody sells or books while the reset is not noticed."""
        local = self.clock.now().astimezone(ZoneInfo(self.zone))
        self.offsets.add((self.zone, local.utcoffset()))
        reset = self.troubles[2]
        if not 8 <= local.hour < 18 or (reset.began and not reset.over):
            return
        if self.random.random() < 0.35:
            self.people.work(local.date())
        if self.random.random() < 0.05:
            self._sell()

    def _sell(self) -> None:
        sellable = SalesLedger.objects.of(self.here.company).filter(
            on_stop=False,
            is_archived=False,
            division__isnull=False,
            ledger_id__in=self.people.customers,
        )
        products = ProductItem.objects.of(self.here.company).filter(
            is_sellable=True, is_withdrawn=False, selling_price__gt=0
        )
        ledger = self.random.choice(list(sellable))
        product = self.random.choice(list(products.exclude(sales_analysis="")))
        quote = self.shop.order(ledger=ledger, product=product, lines=self.random.randrange(1, 4))
        self.orders.append((quote, self.here.store))

    def _engine(self) -> None:
        """What the runner does, at this moment."""
        for key in work.connections_due(self.clock.now()):
            work.pass_run(key, clock=self.clock.now)
            self.passes += 1
        for key in work.pushes_due(self.clock.now()):
            work.push_run(key, clock=self.clock.now, workers=1)

    def _watch(self) -> None:
        """What somebody sees who looks at the status, and what the day has cost so far."""
        rows = Connection.objects.filter(operating_company=self.here.company).order_by("-connected_at")
        state, reason = rows.values_list("state", "state_reason")[0]
        for one in self.troubles:
            if one.began and not one.over and state == one.state:
                one.seen |= one.words in reason.lower()
            one.healed |= one.over and state == "connected"
        counters = self.here.server.edge.journal.counters()
        calls = sum(count for shape, count in counters["calls"].items() if "/api.xro/" in shape)
        day = int((self.clock.now() - self.start) / dt.timedelta(days=1))
        while len(self.per_day) <= day:
            self.per_day.append(Day())
        self.per_day[day].calls += calls - self.counted.calls
        self.per_day[day].sent += counters["bytes_out"] - self.counted.sent
        self.counted = Day(calls, counters["bytes_out"])

    # The end

    def _quiet(self) -> None:
        """Nobody works any more: sweeps and daily compares come to their end."""
        for _ in range(int(dt.timedelta(hours=26) / STEP)):
            self._engine()
            self._watch()
            self.clock.set(self.clock.now() + STEP)

    def _told(self) -> dict[str, Any]:
        wanted = verifying.verify_request(self.here.connection, actor=self.here.user, at=self.clock.now())
        found = verify_work.verify_run(wanted.pk, clock=self.clock.now)
        different = Difference.objects.filter(verification=found, repaired_at=None).count()
        self._watch()
        if (found.state, found.problem) != ("done", ""):
            self.wrong.append(f"the comparison ended {found.state}: {found.problem}")
        if different:
            rows = Difference.objects.filter(verification=found, repaired_at=None)
            told = list(rows.values_list("stream", "xero_id", "field", "ours", "theirs")[:5])
            self.wrong.append(f"{different} differences: {told}")
        self._judge_orders()
        self._judge_seen()
        calls = [day.calls for day in self.per_day]
        sent = [day.sent for day in self.per_day]
        return {
            "days": self.days,
            "calls_a_day_max": max(calls),
            "calls_a_day_mean": round(sum(calls) / len(calls)),
            "bytes_a_day_mean": round(sum(sent) / len(sent)),
            "passes": self.passes,
            "orders": len(self.orders),
            "edits": self.people.did.total(),
            "incidents": sum(one.seen for one in self.troubles),
            "differences": different,
            "day_limit_met": self._refused(),
            "wrong": self.wrong,
        }

    def _judge_orders(self) -> None:
        """Each order has exactly one live invoice, in the books that were connected when it was confirmed."""
        marks: dict[int, Counter[str]] = {}
        for quote, store in self.orders:
            if id(store) not in marks:
                rows = (document_form.record(INVOICE, row) for row in store.invoices.ordered())
                marks[id(store)] = Counter(
                    (row.get("Url") or "").rpartition("/")[2] for row in rows if row["Status"] not in OVER
                )
            intent = PushIntent.objects.get(order=str(quote.uuid), revision=quote.order_revision)
            live = marks[id(store)][intent.marker]
            if live != 1 or intent.state != "sent":
                self.wrong.append(
                    f"order {quote.pk} is {intent.state} {intent.reason} with {live} live invoices"
                )

    def _judge_seen(self) -> None:
        self.wrong += [f"{one.name} was not seen" for one in self.troubles if not one.seen]
        self.wrong += [f"{one.name} did not heal" for one in self.troubles if not one.healed]
        if max(day.calls for day in self.per_day) > A_DAY:
            self.wrong.append("a day took more calls than Xero allows")
        if self._refused():
            self.wrong.append("Xero refused calls because of a limit")
        notes = self.here.server.edge.journal.counters()["notes"]
        if rude := {name: count for name, count in notes.items() if name not in EXPECTED_NOTES}:
            self.wrong.append(f"bad manners: {rude}")

    def _refused(self) -> int:
        return int(self.here.server.edge.journal.counters()["statuses"].get("429", 0))


def quarter(days: float, *, seed: int = 1) -> dict[str, Any]:
    """Live through `days` days; the figures, with what went wrong in "wrong"."""
    start = max(RESET_AT - dt.timedelta(days=days * RESET), CHANGES_FROM - dt.timedelta(days=100))
    start = CHANGES_FROM if days < 20 else start
    clock = Clock(start)
    zones = iter((LONDON[0], *[SYDNEY[0]] * 9))

    def seeds() -> list[SeedData]:
        found = load("global", invoices=60, contacts=25, items=15, today=start.date())
        found[0].organisation["Timezone"] = next(zones)
        return found

    with ExitStack() as stack:
        books = Books(seed=seed, clock=clock)
        here = stack.enter_context(world(seeds, world=books))  # type: ignore[arg-type]
        here.server.edge.apps[CLIENT_ID].tier = "starter"
        settings.CONFIGURATION = replace(settings.CONFIGURATION, max_calls_a_day=A_DAY)
        stack.enter_context(one_clock(clock))
        return Quarter(here, clock, days, Random(seed)).run()
