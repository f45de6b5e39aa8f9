"""A simulated quarter: the real engine against the stand-in on Xero's smallest plan, by one clock.

People edit in Xero, reps confirm orders here; Xero is out of order twice, the permission is withdrawn, the demo company
is reset, the clocks change. At the end everything must agree, each order have its one invoice, and every trouble have
been told by mail, and that it is over. Which stream is asked when is the engine's own choice.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.test.utils import override_settings

from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.world import World as Books
from counterfoil.sync import verify_work, verifying, work
from counterfoil.sync.verify_models import Difference, Verification
from counterfoil.sync.zones import AFTER_MIDNIGHT
from tests.soak.one_clock import one_clock
from tests.soak.quarter_people import People
from tests.soak.quarter_rep import Rep
from tests.soak.quarter_troubles import Alarms, Plants
from tests.sync.push.orders import Shop
from tests.sync.world import CLIENT_ID, World, world

STEP = dt.timedelta(minutes=5)
DAY = dt.timedelta(days=1)
A_DAY = 1000
LONDON, SYDNEY = ("GMTSTANDARDTIME", "Europe/London"), ("AUSEASTERNSTANDARDTIME", "Australia/Sydney")
# London's summer time begins on 28 March 2027, Sydney's ends on 4 April; the reset moves the company between them.
CHANGES_FROM, RESET_AT = dt.datetime(2027, 3, 27, tzinfo=dt.UTC), dt.datetime(2027, 4, 1, tzinfo=dt.UTC)
RESET = 0.6
# What a withdrawn permission and a reset look like to Xero.
EXPECTED_NOTES = {"foreign-tenant", "token-refused"}
MAIL_IN_MEMORY = "django.core.mail.backends.locmem.EmailBackend"
MOST_TOLD = 20


@dataclass
class Day:
    calls: int = 0
    sent: int = 0


@dataclass
class Quarter:
    """The state of one run. `days` long from `start`; `tell` gets a line of words after each day."""

    here: World
    clock: Clock
    days: float
    random: Random
    tell: Callable[[str], object]
    per_day: list[Day] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    passes: int = 0
    offsets: set[tuple[str, dt.timedelta | None]] = field(default_factory=set)
    compared: dict[tuple[int, str], list[dt.datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start = self.clock.now()
        self.people = People(self.random, self.clock.now)
        self.rep = Rep(Shop(self.here), self.people, self.random)
        self.plants = Plants(self.here, self.people)
        self.alarms = Alarms(self.here.company, self.plants.all())
        self.counted = Day()

    # A day

    def run(self) -> dict[str, Any]:
        self.here.connect()
        self.alarms.begin(self.here.user, self.clock.now())
        self._engine()
        self.people.begin_anew(self.here.organisation)
        while self.clock.now() < self.start + self.days * DAY:
            self._trouble()
            self._people()
            self._step()
        self._quiet()
        return self._told()

    def _step(self) -> None:
        self._engine()
        self.alarms.look(self.clock.now())
        self._count()
        self.clock.set(self.clock.now() + STEP)

    def _trouble(self) -> None:
        for one in self.alarms.troubles:
            now = self.clock.now()
            if one.began is None and now >= self.start + self.days * one.at * DAY:
                one.began = now
                one.begin()
            elif one.began and not one.over and now >= one.began + dt.timedelta(hours=one.hours):
                one.over = now
                one.end()
                self._engine()  # whoever mends it waits for the first pass

    def _people(self) -> None:
        """In working hours of the company's own zone. Nobody sells or books while the reset is not noticed."""
        self.here.company.refresh_from_db()
        zone = self.here.company.time_zone
        local = self.clock.now().astimezone(ZoneInfo(zone))
        self.offsets.add((zone, local.utcoffset()))
        if not 8 <= local.hour < 18 or self.plants.is_reset:
            return
        if self.random.random() < 0.35:
            self.people.work(local.date())
        if self.random.random() < 0.05:
            self.rep.sell()
        if self.random.random() < 0.2:
            self.rep.answer()

    def _engine(self) -> None:
        """What the runner does, at this moment."""
        for key in work.connections_due(self.clock.now()):
            work.pass_run(key, clock=self.clock.now)
            self.passes += 1
        for key in work.pushes_due(self.clock.now()):
            work.push_run(key, clock=self.clock.now, workers=1)

    def _count(self) -> None:
        """What the day has cost so far, and when everything was compared."""
        connection = self.here.connection
        if whole := connection.limits.get("full_at"):
            mine = self.compared.setdefault((connection.pk, connection.time_zone), [])
            if (at := dt.datetime.fromisoformat(whole)) not in mine[-1:]:
                mine.append(at)
        counters = self.here.server.edge.journal.counters()
        calls = sum(count for shape, count in counters["calls"].items() if "/api.xro/" in shape)
        day = int((self.clock.now() - self.start) / DAY)
        while len(self.per_day) <= day:
            if self.per_day:
                self.tell(
                    f"{self.clock.now():%d %b}: {self.per_day[-1].calls} calls, {self.passes} passes so far"
                )
            self.per_day.append(Day())
        self.per_day[day].calls += calls - self.counted.calls
        self.per_day[day].sent += counters["bytes_out"] - self.counted.sent
        self.counted = Day(calls, counters["bytes_out"])

    # The end

    def _quiet(self) -> None:
        """Nobody works in the books any more; sweeps, daily compares and what waits for the rep come to their end."""
        for _ in range(int(dt.timedelta(hours=26) / STEP)):
            self.rep.answer()
            self._step()

    def _told(self) -> dict[str, Any]:
        wanted = verifying.verify_request(self.here.connection, actor=self.here.user, at=self.clock.now())
        found = verify_work.verify_run(wanted.pk, clock=self.clock.now)
        self._count()
        different = self._judge_differences(found)
        self.wrong += self.rep.problems() + self.alarms.problems()
        self._judge_calls()
        self._judge_clocks()
        calls = [day.calls for day in self.per_day]
        sent = [day.sent for day in self.per_day]
        return {
            "days": self.days,
            "calls_a_day_max": max(calls),
            "calls_a_day_mean": round(sum(calls) / len(calls)),
            "bytes_a_day_max": max(sent),
            "bytes_a_day_mean": round(sum(sent) / len(sent)),
            "passes": self.passes,
            "whole_compares": sum(len(moments) for moments in self.compared.values()),
            "orders": len(self.rep.orders),
            "refused_orders": sum(self.rep.refusals.values()),
            "edits": self.people.did.total(),
            "troubles_told": sum(one.told is not None for one in self.alarms.troubles),
            "alarms": self.alarms.did["alarms"],
            "all_clears": self.alarms.did["all-clears"],
            **self.alarms.longest(),
            "differences": different,
            "day_limit_met": self._limited(),
            "wrong": self.wrong,
        }

    def _judge_differences(self, found: Verification) -> int:
        """Each with what people did to the record: whoever reads it must be able to look for the cause."""
        if (found.state, found.problem) != ("done", ""):
            self.wrong.append(f"the comparison ended {found.state}: {found.problem}")
        rows = list(Difference.objects.filter(verification=found, repaired_at=None))
        for one in rows[:MOST_TOLD]:
            where = " ".join(
                part for part in (one.stream, one.xero_id, one.label, one.part, one.field) if part
            )
            self.wrong.append(
                f"{where}: {one.get_side_display()}; here {one.ours!r}, in Xero {one.theirs!r}; "
                f"{self.people.told(one.xero_id)}"
            )
        return len(rows)

    def _judge_calls(self) -> None:
        if max(day.calls for day in self.per_day) > A_DAY:
            self.wrong.append("a day took more calls than Xero allows")
        if self._limited():
            self.wrong.append("Xero refused calls because of a limit")
        notes = self.here.server.edge.journal.counters()["notes"]
        if rude := {name: count for name, count in notes.items() if name not in EXPECTED_NOTES}:
            self.wrong.append(f"bad manners: {rude}")

    def _judge_clocks(self) -> None:
        """The clocks changed while the company was there, and everything was compared once a day nevertheless."""
        zones = [zone for zone, _ in self.offsets]
        if len(zones) == len(set(zones)):
            self.wrong.append(f"no clocks changed: {self.offsets}")
        for (_, zone), moments in self.compared.items():
            days = [(at - AFTER_MIDNIGHT).astimezone(ZoneInfo(zone)).date() for at in moments]
            for before, after in itertools.pairwise(days):
                if after - before != DAY:
                    self.wrong.append(f"everything was compared on {before} and next on {after} in {zone}")

    def _limited(self) -> int:
        return int(self.here.server.edge.journal.counters()["statuses"].get("429", 0))


def quarter(days: float, *, seed: int = 1, tell: Callable[[str], object] = str) -> dict[str, Any]:
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
        stack.enter_context(override_settings(EMAIL_BACKEND=MAIL_IN_MEMORY))
        return Quarter(here, clock, days, Random(seed), tell).run()
