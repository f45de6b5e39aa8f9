"""Everything at the edge of one stand-in, put together around a ``World``.

Holds state and parts; the way of a call is in ``door.py`` and ``gateway.py``. Organisations may come and go
in the world behind its back (a demo reset from a screen): ``tick`` notices and follows.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.compress import Compressor
from counterfoil.sandbox.faults import Faults
from counterfoil.sandbox.idempotency import IdempotencyStore
from counterfoil.sandbox.journal import Journal
from counterfoil.sandbox.limits import Limits
from counterfoil.sandbox.oauth import Identity
from counterfoil.sandbox.people import People
from counterfoil.sandbox.seeded import Seeded
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.switches import EdgeSwitches
from counterfoil.sandbox.tokens import Authority
from counterfoil.sandbox.webhooks import Webhooks
from counterfoil.sandbox.world import Organisation, World

Seeds = Iterable[SeedData] | Callable[[], Iterable[SeedData]]


class Edge:
    """The parts. ``latency_s`` is added to each data call, in real seconds.

    ``seeds`` as a function can be read again, which a reset without naming a seed needs.
    """

    def __init__(
        self,
        world: World,
        *,
        apps: Iterable[RegisteredApp],
        seeds: Seeds = (),
        seed: int = 1,
        limits: bool = True,
        latency_s: float = 0.0,
    ) -> None:
        self.world = world
        self.apps = {app.client_id: app for app in apps}
        self.seed = seed
        self.ids = Seeded(seed)
        self.latency_s = latency_s
        self.switches = EdgeSwitches()
        self.people = People()
        self.authority = Authority(
            now=world.clock.now, ids=self.ids, switches=self.switches, unknowns=world.switches
        )
        self.identity = Identity(
            apps=self.apps,
            people=self.people,
            authority=self.authority,
            organisation_names=self.organisation_names,
            now=world.clock.now,
        )
        self.limits = Limits(enabled=limits)
        self.idempotency = IdempotencyStore(now=world.clock.now)
        self.faults = Faults()
        self.journal = Journal()
        self.compressor = Compressor()
        self.webhooks = Webhooks(
            now=world.clock.now, ids=self.ids, switches=self.switches, connected=self.authority.app_connected
        )
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self._lock = threading.RLock()
        self._order = itertools.count()
        self._known: dict[str, Organisation] = {}
        self._seeds = seeds
        for data in self._seeds_again():
            self.organisation_add(data)
        self.tick()

    # Organisations

    def organisation_names(self) -> dict[str, str]:
        """Tenant id to name, of the organisations there are."""
        return {tenant: organisation.name for tenant, organisation in self.world.organisations.items()}

    def organisation(self, tenant_id: str) -> Organisation | None:
        """The organisation with this tenant id in lower case."""
        return self.world.organisations.get(tenant_id)

    def organisation_add(self, data: SeedData) -> Organisation:
        """Load an organisation and let its users sign in."""
        organisation = self.world.organisation_add(data)
        self._follow_world()
        return organisation

    def _follow_world(self) -> None:
        """Listen to organisations that are new, and cut connections to those that are gone."""
        with self._lock:
            present = dict(self.world.organisations)
            for tenant in self._known.keys() - present.keys():
                self.authority.disconnect_tenant(tenant)
                for person in self.people:
                    person.organisations.pop(tenant, None)
            for tenant, organisation in present.items():
                if self._known.get(tenant) is not organisation:
                    organisation.listeners.append(partial(self.webhooks.heard, tenant))
                    self.people.admit(tenant, organisation.store.users)
            self._known = present

    # Seeds

    def _seeds_again(self) -> Iterable[SeedData]:
        if callable(self._seeds):
            return self._seeds()
        seeds, self._seeds = self._seeds, ()
        return seeds

    def seeded(self, **given: Any) -> Iterable[SeedData]:
        """Organisations of a seed by name (``seed`` and its sizes), or those of the start when none is named.

        Raises ValueError for an unknown name, and when the start's seeds cannot be read a second time.
        """
        from counterfoil.sandbox import seeds

        if given:
            name = str(given.pop("seed", "uk"))
            if "recorded" in given:
                given["recorded"] = Path(given["recorded"])
            given.setdefault("today", self.world.clock.now().date())
            return seeds.load(name, seed=self.seed, **given)
        again = list(self._seeds_again())
        if not again:
            raise ValueError('The seeds of the start cannot be read again; name one, e.g. {"seed": "uk"}.')
        return again

    def start_again(self, **given: Any) -> None:
        """Forget every organisation with its connections, log, faults and counters; load afresh."""
        fresh = list(self.seeded(**given))
        with self.world.lock:
            for tenant in list(self.world.organisations):
                self.world.organisation_remove(tenant)
            self._follow_world()
            for data in fresh:
                self.organisation_add(data)
        self.faults.clear()
        self.journal.clear()
        self.limits.reset()

    def demo_reset(self, old: Organisation) -> Organisation:
        """The 28-day reset: a new tenant id over the same record ids, and every connection gone."""
        name = old.name
        for data in self.seeded():
            if data.organisation.get("Name") == name:
                fresh = self.world.organisation_reset(old.tenant_id, data)
                self._follow_world()
                return fresh
        raise ValueError(f"No seed of the start makes an organisation called {name!r}; nothing was reset.")

    # Time

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Run ``action`` once the world's clock is ``seconds`` further; ``tick`` looks."""
        when = self.world.clock.now() + timedelta(seconds=seconds)
        with self._lock:
            heapq.heappush(self._due, (when, next(self._order), action))

    def tick(self) -> int:
        """Do what is due on the world's clock; return how much it was."""
        if self._known != self.world.organisations:
            self._follow_world()
        done = 0
        while action := self._due_action():
            action()
            done += 1
        return done

    def _due_action(self) -> Callable[[], object] | None:
        with self._lock:
            if self._due and self._due[0][0] <= self.world.clock.now():
                return heapq.heappop(self._due)[2]
        return None
