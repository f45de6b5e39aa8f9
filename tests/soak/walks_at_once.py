"""The random walks again, with commits: two workers at each pass, and one that stands still for longer than its lease.

What `walks` leaves out because it runs within one transaction: locks, isolation, leases and fences, threads that look for
the tokens by a database connection of their own (reliability 3.4, layer L2; O6).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

from counterfoil.sync import hearing, work
from counterfoil.sync.models import Connection
from tests.soak.walks import FAULTS, PAGE, STEPS, Killed, Walk

# A moment that never comes fails instead of hanging.
PATIENCE_S = 60.0
LEASE_OVER_S = 6 * 60


@dataclass
class Still:
    """A clock whose reader stands still at its n-th look, until it is told to go on."""

    now: Callable[[], dt.datetime]
    left: int
    stands: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> dt.datetime:
        self.left -= 1
        if self.left == 0:
            self.stands.set()
            self.may_go_on.wait(PATIENCE_S)
        return self.now()


class WalkAtOnce(Walk):
    """A walk whose steps are two workers' at once."""

    faults = (*FAULTS, "401_expired")
    steps = (*STEPS, "a_sleeper", "a_sleeper", "told_during_a_pass", "told_during_a_pass")

    def a_sleeper(self) -> None:
        """A worker is stopped amid a pass, another takes over, and then it wakes up: it writes nothing more."""
        self._wanted()
        still = Still(self.clock.now, left=self.random.randrange(2, 9))
        key = self.here.connection.pk
        sleeper = _thread(lambda: work.pass_run(key, clock=still, page_size=PAGE), self.found.wrong)
        while sleeper.is_alive() and not still.stands.wait(0.005):
            pass  # it may come to its end without so many looks
        if still.stands.is_set():
            self.found.did["slept"] += 1
            self.clock.advance(LEASE_OVER_S)
            self._wanted()
            self._pass()
        still.may_go_on.set()
        sleeper.join(PATIENCE_S)
        if Connection.objects.filter(pk=key).exclude(lease_owner="").exists():
            self.found.wrong.append("O6: a worker that woke up left the connection with a lease")

    def told_during_a_pass(self) -> None:
        """Both want the connection; whoever comes later leaves it alone."""
        self._wanted()
        self.webhooks_tell()

    def _tell(self) -> None:
        def listen() -> None:
            for connection in hearing.connections_told(self.clock.now()):
                hearing.told_run(connection, clock=self.clock.now)

        others = [_thread(listen, self.found.wrong)]
        self._pass()
        for one in others:
            one.join(PATIENCE_S)

    def _pass(self) -> None:
        """Two workers find the same connections due."""
        due = work.connections_due(self.clock.now())
        dead: list[Killed] = []

        def passes() -> None:
            try:
                for key in due:
                    work.pass_run(key, clock=self.clock.now, page_size=PAGE)
            except Killed as killed:
                dead.append(killed)

        workers = [_thread(passes, self.found.wrong) for _ in range(2)]
        for one in workers:
            one.join(PATIENCE_S)
            if one.is_alive():
                self.found.wrong.append("a worker did not come to an end")
        if dead:
            raise dead[0]


def _thread(do: Callable[[], object], wrong: list[str]) -> threading.Thread:
    """Started; what it raises is wrong."""

    def run() -> None:
        try:
            do()
        except Exception as error:  # noqa: BLE001  # whatever it is, no worker may end by it
            wrong.append(f"a worker ended by {type(error).__name__}: {error}")
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
