"""A running stand-in Xero and a company of the CRM connected to it, as every test of the engine starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from django.conf import settings

from counterfoil.accounts.administrators import administrator_create
from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.server import SandboxServer
from counterfoil.sync import connections, disconnecting, wiring, work
from counterfoil.sync.models import CallDay, Connection, Pass
from counterfoil.sync.sealing import unseal
from counterfoil.xero.client import Repeats

CLIENT_ID, SECRET = "tests", "tests-secret"
CRM_URL = "http://localhost:8000"
SESSION = "session-of-the-test"


@dataclass
class World:
    """The stand-in, the company, its administrator, and what a person does with them."""

    server: SandboxServer
    company: OperatingCompany
    user: User
    began: dt.datetime = field(default_factory=work.now)

    @property
    def connection(self) -> Connection:
        """The company's primary connection, the latest one."""
        return self.connection_of(self.company)

    def connection_of(self, company: OperatingCompany, role: str = "primary") -> Connection:
        rows = Connection.objects.select_related("operating_company", "tokens")
        return rows.filter(operating_company=company, role=role).order_by("-connected_at")[0]

    @property
    def organisation(self) -> Any:
        return next(iter(self.server.world.organisations.values()))

    @property
    def store(self) -> Any:
        return self.organisation.store

    def begin(self, **changes: Any) -> str:
        """Where the browser is sent."""
        given = {"session_key": SESSION, "at": work.now()} | changes
        company, user = given.pop("company", self.company), given.pop("user", self.user)
        return connections.connect_begin(company, user, **given)

    def finish(self, params: dict[str, str], **changes: Any) -> connections.ConnectOutcome:
        given = {"user": self.user, "session_key": SESSION, "at": work.now()} | changes
        return connections.connect_finish(params, **given)

    def connect(self, *, person: int = 0, tenant: str | None = None, **begin: Any) -> Connection:
        """The whole way there and back; fails unless it ends connected."""
        outcome = self.finish(self.consent(self.begin(**begin), person=person, tenant=tenant))
        assert outcome.connection, outcome.problem or outcome.choices or outcome.switch
        return outcome.connection

    def choose(self, outcome: connections.ConnectOutcome, **given: Any) -> connections.ConnectOutcome:
        """What a person does on the page that asks which organisation, or for its name."""
        tenant = given.pop("tenant_id", outcome.switch.tenant_id if outcome.switch else "")
        rest = {"user": self.user, "session_key": SESSION, "at": work.now()} | given
        return connections.connect_choose(outcome.attempt_state, tenant, **rest)

    def switch(self, tenant: str) -> Connection:
        """Connect another organisation than before, with its name typed."""
        outcome = self.finish(self.consent(self.begin(), tenant=tenant))
        assert outcome.switch, outcome.problem
        outcome = self.choose(outcome, typed_name=outcome.switch.name)
        assert outcome.connection, outcome.problem
        return outcome.connection

    def consent(
        self, url: str, *, person: int = 0, tenant: str | None = None, action: str = "allow"
    ) -> dict[str, str]:
        """What a person does on the consent page: the parameters of the way back."""
        who = list(self.server.edge.people)[person]
        form = {"user": who.user_id, "tenant": tenant or next(iter(who.organisations)), "action": action}
        answer = httpx2.post(
            url, content=urlencode(form), headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status_code in (302, 303), answer.text
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in back.items()}

    def sync(self, **options: Any) -> Pass:
        """One pass; fails when another worker holds the connection."""
        run = work.pass_run(self.connection.pk, **options)
        assert run is not None
        run.refresh_from_db()
        return run

    def minutes(self, after: float) -> work.Clock:
        """A clock that stands, so long after the beginning: no midnight falls between two that agree."""
        return lambda: self.began + dt.timedelta(minutes=after)

    def sync_all(self) -> Pass:
        """One pass over every stream, as "Sync now" runs it."""
        Connection.objects.filter(pk=self.connection.pk).update(pass_wanted_at=work.now())
        return self.sync()

    def sync_all_at(self, at: dt.datetime) -> Pass:
        """The same by a clock of ours that says `at`."""
        Connection.objects.filter(pk=self.connection.pk).update(pass_wanted_at=at)
        return self.sync(clock=lambda: at)

    def calls_counted(self) -> int:
        """Calls the limits count, over all days: midnight comes at any moment."""
        return sum(CallDay.objects.values_list("calls", flat=True))

    def disconnect(self) -> list[str]:
        return disconnecting.disconnect(self.connection, actor=self.user, at=work.now())

    def another_user(self) -> User:
        return administrator_create(
            email="ben@other.example", company="Other", name="Ben", password="a-long-enough-one"
        )

    def admit_everywhere(self) -> None:
        """Let the first person into every organisation."""
        people = list(self.server.edge.people)
        for tenant in self.server.world.organisations:
            people[0].organisations.setdefault(tenant, "ADMIN")

    def connections_body(self, tenants: list[str]) -> list[dict[str, str]]:
        """What GET /connections says when consent covered several organisations."""
        names = self.server.edge.organisation_names()
        return [
            {"id": tenant, "tenantId": tenant, "tenantType": "ORGANISATION", "tenantName": names[tenant]}
            for tenant in tenants
        ]

    def source(self) -> httpx2.Client:
        """A client of the stand-in's API with the stored token, to see what the engine will be told."""
        tokens = self.connection.tokens
        assert tokens is not None
        return httpx2.Client(
            base_url=f"{self.server.url}/api.xro/2.0",
            headers={
                "Authorization": f"Bearer {unseal(tokens.access_sealed)}",
                "xero-tenant-id": self.connection.tenant_id,
                "Accept": "application/json",
            },
        )

    def invoices_there(self) -> int:
        """Sales invoices in the stand-in."""
        kind = self.store.invoices.fields["type"]
        return sum(row.facts[kind] == "ACCREC" for row in self.store.invoices.rows.values())

    def invoices_stored(self) -> int:
        return SalesOrderHeader.objects.filter(kind="I").count()

    def calls(self, path: str = "/api.xro/") -> list[dict[str, Any]]:
        """What the stand-in saw, oldest first."""
        entries = self.server.edge.journal.entries(limit=5000)
        return [entry for entry in entries if path in f"{entry['path']}?{entry['query']}"]

    def forget_calls(self) -> None:
        self.server.edge.journal.clear()

    def arm(self, fault: str, **match: Any) -> None:
        self.server.edge.faults.arm(fault, **match)


@contextmanager
def world(seeds: list[SeedData] | None = None, **server: Any) -> Iterator[World]:
    """A small trading company in the stand-in, and nothing in the CRM yet but an administrator."""
    app = RegisteredApp(CLIENT_ID, SECRET, redirect_uris=(f"{CRM_URL}{wiring.CALLBACK_PATH}",), tier="core")
    with SandboxServer(
        seeds or load("global", invoices=12, contacts=8, items=6), apps=(app,), **server
    ) as running:
        before, repeats, pace = settings.CONFIGURATION, wiring.REPEATS, wiring.MINUTE_LIMIT
        settings.CONFIGURATION = replace(
            before,
            url=CRM_URL,
            xero_sandbox=running.url,
            xero_client_id=CLIENT_ID,
            xero_client_secret=SECRET,
            max_calls_a_day=5000,
        )
        wiring.REPEATS = Repeats(first_pause_s=0.0)
        if server.get("limits") is False:
            wiring.MINUTE_LIMIT = 1_000_000  # who is not held to a pace need not wait a minute to keep it
        wiring.forget()
        try:
            user = administrator_create(
                email="ada@trading.example", company="Trading", name="Ada", password="a-long-enough-one"
            )
            yield World(running, OperatingCompany.objects.get(name="Trading"), user)
        finally:
            settings.CONFIGURATION, wiring.REPEATS, wiring.MINUTE_LIMIT = before, repeats, pace
            wiring.forget()


def later(**delta: float) -> dt.datetime:
    return work.now() + dt.timedelta(**delta)
