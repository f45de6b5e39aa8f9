"""Everything at the edge of one stand-in, put together around a ``World``.

Holds state and parts; the way of a call is in ``door.py`` and ``gateway.py``.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

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
from counterfoil.sandbox.world import Organisation, World


class Edge:
    """The parts. ``latency_s`` is added to each data call, in real seconds."""

    def __init__(
        self,
        world: World,
        *,
        apps: Iterable[RegisteredApp],
        seed: int = 1,
        limits: bool = True,
        latency_s: float = 0.0,
    ) -> None:
        self.world = world
        self.apps = {app.client_id: app for app in apps}
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
        self.limits = Limits(enabled=limits, refused_count=world.switches.refused_calls_count)
        self.idempotency = IdempotencyStore(now=world.clock.now)
        self.faults = Faults()
        self.journal = Journal()
        self.compressor = Compressor()
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self._due_lock = threading.Lock()
        self._order = itertools.count()

    def organisation_names(self) -> dict[str, str]:
        """Tenant id to name, of the organisations there are."""
        return {tenant: organisation.name for tenant, organisation in self.world.organisations.items()}

    def organisation(self, tenant_id: str) -> Organisation | None:
        """The organisation with this tenant id in lower case."""
        return self.world.organisations.get(tenant_id)

    def organisation_add(self, data: SeedData) -> Organisation:
        """Load an organisation and let its users sign in."""
        organisation = self.world.organisation_add(data)
        self.people.admit(organisation.tenant_id, data.users)
        return organisation

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Run ``action`` once the world's clock is ``seconds`` further; ``tick`` looks."""
        when = self.world.clock.now() + timedelta(seconds=seconds)
        with self._due_lock:
            heapq.heappush(self._due, (when, next(self._order), action))

    def tick(self) -> int:
        """Do what is due on the world's clock; return how much it was."""
        done = 0
        while action := self._due_action():
            action()
            done += 1
        return done

    def _due_action(self) -> Callable[[], object] | None:
        with self._due_lock:
            if self._due and self._due[0][0] <= self.world.clock.now():
                return heapq.heappop(self._due)[2]
        return None
