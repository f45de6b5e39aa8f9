"""Random walks over the real engine and its database: people, passes, kills, faults, webhooks, disconnections in any
order, then quiet, then the properties (reliability 3.3, layer L2). Everything comes from the seed.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Model
from django.test.utils import override_settings

from counterfoil.core.pulling import OVERLAP_MS
from counterfoil.crm.customers.models import Company, SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.world import World as Books
from counterfoil.sync import hearing, tokens, verify_work, verifying, webhooks, work
from counterfoil.sync.leases import Lease
from counterfoil.sync.models import Connection, Link, SetAside, StreamState
from counterfoil.sync.progress import Progress
from counterfoil.sync.verify_models import Difference
from tests.soak import both_sides
from tests.soak.one_clock import one_clock
from tests.soak.quarter_people import People
from tests.sync.picture import picture
from tests.sync.world import CLIENT_ID, World, world

START = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
PAGE = 4
KEY = "a-webhook-key"
# Not a token that ends early: the thread that meets it would look for the tokens by a database connection of its own,
# which does not see this walk's transaction; `walks_at_once` has that.
FAULTS = (
    "429_minute",
    "429_concurrent",
    "500_before_commit",
    "503_offline",
    "reset_before",
    "reset_midway",
    "cut_body",
    "html_200",
    "404_text",
    "xml_answer",
)
# Hashing that is slow on purpose protects nobody here, and each walk would pay for it.
QUICK_HASHES = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TRIES = 20
# What no pull may touch: table, column, what users put there.
OURS: tuple[tuple[type[Model], str, tuple[Any, ...]], ...] = (
    (Company, "company_type", ("typed 1", "typed 2")),
    (SalesLedger, "credit_limit", (Decimal(100), Decimal(2500))),
    (SalesLedger, "b2c", ("b2c", "b2b")),
    (SalesLedger, "stop_reason", ("pays late", "in dispute")),
    (ProductItem, "barcode", ("501", "502")),
    (ProductItem, "product_group", ("Tables", "Chairs")),
)
# What the CRM's pages set with it.
BY_USER: dict[str, dict[str, Any]] = {
    "b2c": {"b2c_by_user": True},
    "stop_reason": {"on_stop": True, "stopped_by_user": True},
}
PAGED = ("contacts", "invoices", "credit_notes", "purchase_orders")
IN_REFRESH = ("T1", "T2", "T3", "T4", "T5", "T6")


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Found:
    """What a walk showed. `wrong` holds what broke a property, in words; `did` how often each step was taken."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)


@dataclass
class Walk:
    """A company that is connected and in step, and a seed's way through what may happen to it."""

    here: World
    clock: Clock
    seed: int
    faults: ClassVar[tuple[str, ...]] = FAULTS
    steps: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.people = People(self.random, self.clock.now)
        self.found = Found(self.seed)
        self.typed: dict[tuple[type[Model], int, str], Any] = {}
        self.cursors: dict[str, int] = {}

    def run(self, steps: int) -> Found:
        self.here.connect()
        self._pass()
        self.people.begin_anew(self.here.organisation)
        for _ in range(steps):
            step = self.random.choice(self.steps)
            self.found.did[step] += 1
            getattr(self, step)()
            self._cursors_pass_nothing_unseen()
            self.clock.advance(self.random.choice((1, 40, 300, 900)))
        self._quiet()
        return self.found

    # Steps

    def people_work(self) -> None:
        for _ in range(self.random.randrange(1, 7)):
            self.people.work(self.clock.now().date())
            self.clock.advance(self.random.choice((0, 0, 1, 20)))

    def a_pass(self) -> None:
        self._pass()

    def a_full_pass(self) -> None:
        self.clock.advance(25 * 3600)
        self._pass()

    def a_pass_killed(self) -> None:
        """Between two pages or within one; the lease is left as a dead process leaves it."""
        self._killed_pass(self.random.randrange(1, 6))

    def a_refresh_killed(self) -> None:
        """Wherever it is in exchanging the tokens: who comes after it needs no person (P7)."""
        self.clock.advance(31 * 60)
        if self._killed_pass(point := self.random.choice(IN_REFRESH)):
            self.found.did[f"killed at {point}"] += 1
        self._wanted()
        self._pass()
        connection = self.here.connection
        if connection.state not in work.READABLE or connection.tokens is None:
            self.found.wrong.append(f"P7: killed at {point}, the connection is {connection.state}")
        elif connection.tokens.expires_at <= self.clock.now():
            self.found.wrong.append(f"P7: killed at {point}, the tokens were not refreshed")

    def _killed_pass(self, moment: int | str) -> bool:
        self._wanted()
        try:
            with killed_at(moment):
                self._pass()
        except Killed:
            self.found.did["killed"] += 1
            return True
        finally:
            self.clock.advance(6 * 60)
        return False

    def _wanted(self) -> None:
        Connection.objects.filter(pk=self.here.connection.pk).update(pass_wanted_at=self.clock.now())

    def a_fault(self) -> None:
        fault = self.random.choice(self.faults)
        # Who refuses a token that it has just given wants a person.
        count = 1 if fault == "401_expired" else self.random.randrange(1, 6)
        self.here.arm(fault, path="/api.xro/", nth=self.random.randrange(1, 5), count=count)

    def a_reconnection(self) -> None:
        """Nothing of the business may go with it (P9)."""
        before = picture()
        self.here.disconnect()
        self._connect()
        if picture() != before:
            self.found.wrong.append("P9: disconnecting and connecting again changed records")

    def a_withdrawal(self) -> None:
        """Somebody disconnects the app in Xero: nothing of the business goes with it either (P9)."""
        self.here.server.edge.faults.clear()
        for person in self.here.server.edge.people:
            self.here.server.edge.authority.forget(person.user_id, CLIENT_ID)
        before = picture()
        self._wanted()
        self._pass()
        if (state := self.here.connection.state) != "reconnect":
            self.found.wrong.append(f"P9: after the permission was withdrawn the connection is {state}")
        self._connect()
        if picture() != before:
            self.found.wrong.append("P9: a withdrawn permission changed records")

    def a_user_types(self) -> None:
        """Into a field that is the CRM's alone."""
        model, field_, values = self.random.choice(OURS)
        rows = model._default_manager.filter(operating_company=self.here.company)
        keys = list(rows.values_list("pk", flat=True).order_by("pk"))
        if keys:
            key, value = self.random.choice(keys), self.random.choice(values)
            rows.filter(pk=key).update(**{field_: value}, **BY_USER.get(field_, {}))
            self.typed[model, key, field_] = value

    def webhooks_tell(self) -> None:
        """Of what changed and of what did not, in any order, some twice, one of nothing that exists."""
        keys = self.random.sample(self.people.customers, 2)
        rows = list(self.here.store.invoices.rows)
        told = [("CONTACT", "Contacts", key) for key in keys]
        told += [("INVOICE", "Invoices", key) for key in self.random.sample(rows, min(2, len(rows)))]
        told += [told[0], ("CONTACT", "Contacts", "00000000-0000-4000-8000-000000000000")]
        self.random.shuffle(told)
        body = json.dumps(envelope(told, self.here.organisation.tenant_id, self.clock.now())).encode()
        signature = base64.b64encode(hmac.digest(KEY.encode(), body, hashlib.sha256)).decode()
        webhooks.receive(body, signature, at=self.clock.now())
        self._tell()

    def _tell(self) -> None:
        for connection in hearing.connections_told(self.clock.now()):
            hearing.told_run(connection, clock=self.clock.now)

    def _pass(self) -> None:
        for key in work.connections_due(self.clock.now()):
            work.pass_run(key, clock=self.clock.now, page_size=PAGE)

    def _connect(self) -> None:
        """As a person does, who presses again when Xero does not answer properly."""
        tenant = self.here.organisation.tenant_id
        for _ in range(TRIES):
            outcome = self.here.finish(self.here.consent(self.here.begin(), tenant=tenant))
            if outcome.connection:
                return
            self.clock.advance(90)
        self.found.wrong.append(f"P9: could not be connected again: {outcome.problem}")

    # Properties

    def _cursors_pass_nothing_unseen(self) -> None:
        """P5: what is older in Xero than a committed cursor, less its overlap, is here as it is there."""
        connection = self.here.connection
        rows = StreamState.objects.filter(connection=connection, cursor_ms__isnull=False)
        for stream, cursor in rows.values_list("stream", "cursor_ms"):
            before = self.cursors.get(stream, 0)
            if cursor < before:
                self.found.wrong.append(f"P5: the cursor of {stream} went back")
            if cursor > before:
                self.cursors[stream] = cursor
                self._nothing_unseen(connection, stream, cursor - OVERLAP_MS)

    def _nothing_unseen(self, connection: Connection, stream: str, up_to_ms: int) -> None:
        if stream not in (*PAGED, "items"):
            return
        of_stream = {"connection": connection, "stream": stream}
        here = dict(Link.objects.filter(**of_stream).values_list("xero_id", "updated_ms"))
        aside = set(SetAside.objects.filter(**of_stream).values_list("xero_id", flat=True))
        for key, row in getattr(self.here.store, stream).rows.items():
            if row.stamp <= up_to_ms and here.get(key, 0) < row.stamp and key not in aside:
                self.found.wrong.append(f"P5: the cursor of {stream} passed {key}")

    def _quiet(self) -> None:
        self.here.server.edge.faults.clear()
        if (state := self.here.connection.state) not in work.READABLE:
            self.found.wrong.append(f"P7: the connection was left {state}")
            self._connect()
        for _ in range(2):
            self.clock.advance(3600)
            self._pass()
        self.clock.advance(25 * 3600)
        self._pass()  # everything is compared: some changes leave no stamp (SY-6)
        self._converged()
        self._users_words_stand()
        self._no_work_left()

    def _converged(self) -> None:
        wanted = verifying.verify_request(self.here.connection, actor=self.here.user, at=self.clock.now())
        found = verify_work.verify_run(wanted.pk, clock=self.clock.now)
        if found.state != "done":
            self.found.wrong.append(f"P1: the comparison ended {found.state}: {found.problem}")
        rows = Difference.objects.filter(verification=found, repaired_at=None)
        told = rows.values_list("stream", "xero_id", "field", "ours", "theirs")[:3]
        self.found.wrong += [f"P1: {row}" for row in told]
        self.found.wrong += [f"P1: {text}" for text in both_sides.differences(self.here)[:3]]

    def _users_words_stand(self) -> None:
        """P8; but of what went over to another record, since its contact was merged."""
        for (model, key, field_), value in self.typed.items():
            stored = model._default_manager.filter(pk=key).values_list(field_, flat=True)
            if any(one != value for one in stored):
                self.found.wrong.append(
                    f"P8: {model.__name__} {key} has {field_} {stored[0]!r} where a user typed {value!r}"
                )

    def _no_work_left(self) -> None:
        """Nothing happens: no record is written, and a pass asks each stream once and nothing by its id (P10)."""
        before = picture()
        for _ in range(3):
            asked, most = len(self.here.calls()), self._idle_calls()
            self.clock.advance(600)
            self._pass()
            calls = [f"{call['path']}?{call['query']}" for call in self.here.calls()[asked:]]
            if len(calls) > most or any("IDs=" in call for call in calls):
                self.found.wrong.append(f"P10: a pass without news, worth {most} calls, asked {calls}")
        if picture() != before:
            self.found.wrong.append("P10: a pass wrote records although nothing had changed")

    def _idle_calls(self) -> int:
        """One for each stream (performance, goal 4), where webhooks are trusted fewer.

        More only where the newest changes of a stream, which the overlap reaches, are more than a page: all of these
        are read again until another change comes.
        """
        cursors = dict(
            StreamState.objects.filter(connection=self.here.connection).values_list("stream", "cursor_ms")
        )
        pages = 1  # the items
        for stream in PAGED:
            low = (cursors.get(stream) or 0) - OVERLAP_MS - 1000
            rows = getattr(self.here.store, stream).rows.values()
            pages += max(1, -(-sum(row.stamp >= low for row in rows) // PAGE))
        return pages


STEPS = (
    *("people_work",) * 6,
    *("a_pass",) * 4,
    *("a_pass_killed",) * 3,
    "a_refresh_killed",
    *("a_fault",) * 2,
    *("webhooks_tell",) * 2,
    *("a_user_types",) * 2,
    "a_reconnection",
    "a_withdrawal",
    "a_full_pass",
)
Walk.steps = STEPS


def envelope(told: list[tuple[str, str, str]], tenant: str, at: dt.datetime) -> dict[str, Any]:
    """A delivery as Xero words it (xero-facts 5)."""
    events = [
        {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/{path}/{key}",
            "resourceId": key,
            "eventDateUtc": at.strftime("%Y-%m-%dT%H:%M:%S.000"),
            "eventType": "UPDATE",
            "eventCategory": category,
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
        }
        for category, path, key in told
    ]
    return {"events": events, "firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "S"}


@contextmanager
def killed_at(moment: int | str) -> Iterator[None]:
    """The process dies when it would commit its n-th page, or at a point of refreshing; nobody gives its lease back."""
    saved, released, passed = Progress.page_save, Lease.release, tokens.crashpoint
    left = iter(range(moment - 1, -1, -1)) if isinstance(moment, int) else iter(())
    dead = []

    def die() -> None:
        dead.append(True)
        raise Killed

    def page_save(self: Progress, at: dt.datetime) -> None:
        if next(left, -1) == 0:
            die()
        saved(self, at)

    def release(self: Lease, **changes: object) -> bool:
        return False if dead else released(self, **changes)

    def crashpoint(name: str) -> None:
        if name == moment:
            die()

    Progress.page_save, Lease.release = page_save, release  # type: ignore[method-assign]
    tokens.crashpoint = crashpoint
    try:
        yield
    finally:
        Progress.page_save, Lease.release = saved, released  # type: ignore[method-assign]
        tokens.crashpoint = passed


def walk(seed: int, *, steps: int = 14, kind: type[Walk] = Walk) -> Found:
    """One seed, in a database whose changes the caller throws away."""
    clock = Clock(START)
    books = Books(seed=seed, clock=clock)
    seeds = load("global", invoices=9, contacts=7, items=5, today=START.date(), seed=seed)
    with (
        override_settings(PASSWORD_HASHERS=QUICK_HASHES),
        world(seeds, world=books, limits=False) as here,
        one_clock(clock),
    ):
        settings.CONFIGURATION = replace(settings.CONFIGURATION, xero_webhook_key=KEY)
        return kind(here, clock, seed).run(steps)
