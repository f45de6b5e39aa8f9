"""The runner, in the web server or in a worker: threads that do what is due, by asking the tables.

Some read from Xero, each one organisation at a time, so that a long first import holds up no other company. One brings
to Xero what people made here, so that an order never waits for an import (reliability R12), one reads at once what
webhooks told of, one compares when somebody asks for it, and one keeps house. It decides nothing: `sync` says what is
due and does it, and leases keep a second runner out.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import close_old_connections, connections

from counterfoil.project.faults import Faults
from counterfoil.sync import connections as connections_of_xero
from counterfoil.sync import hearing, previewing, rates, signals, tokens, verify_work, wiring, work

LOOK_EVERY_S = 1.0
HOUSE_EVERY_S = 3600.0
PAUSE_AFTER_FAULT_S = 5.0
# Containers are commonly killed 30 s after they were told to stop.
STOP_S = 25.0


class Runner:
    """Runs passes and pushes until it is stopped. Use as a context manager."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._house_at = 0.0
        self._reading: set[int] = set()
        self._lock = threading.Lock()
        self._faults = Faults("The runner")
        loops = (
            *((f"reader-{number}", self._passes, signals.nudge) for number in range(wiring.PASSES_AT_ONCE)),
            ("pusher", self._pushes, signals.push_nudge),
            ("listener", self._told, signals.told_nudge),
            ("comparer", self._comparisons, threading.Event()),
            ("keeper", self._house, threading.Event()),
        )
        self._threads = [
            threading.Thread(target=self._run, args=(do, nudge), name=name, daemon=True)
            for name, do, nudge in loops
        ]

    def __enter__(self) -> Self:
        work.left_behind_clear()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, *, wait_s: float = STOP_S) -> None:
        """Finish the page under way, then end; what is left goes on at the next start. All threads share `wait_s`."""
        self._stop.set()
        signals.stopping.set()
        signals.nudge.set()
        signals.push_nudge.set()
        signals.told_nudge.set()
        give_up = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))

    def _run(self, do: Callable[[], None], nudge: threading.Event) -> None:
        while not self._stop.is_set():
            try:
                close_old_connections()
                do()
            except Exception as error:  # noqa: BLE001  # it is written down, with its trace
                # The runner must outlive any fault of one pass; the pass itself resumes.
                self._faults.tell(error)
                self._stop.wait(PAUSE_AFTER_FAULT_S)
            nudge.wait(LOOK_EVERY_S)
            nudge.clear()
        connections.close_all()

    def _passes(self) -> None:
        for connection_id in work.connections_due(dt.datetime.now(dt.UTC)):
            if self._stop.is_set():
                return
            if self._taken(connection_id):
                try:
                    work.pass_run(connection_id)
                finally:
                    self._reading.discard(connection_id)

    def _taken(self, connection_id: int) -> bool:
        """Whether this thread may read it; the lease would say so too, but at the cost of a write."""
        with self._lock:
            is_free = connection_id not in self._reading
            self._reading.add(connection_id)
            return is_free

    def _house(self) -> None:
        at = dt.datetime.now(dt.UTC)
        rates.refresh_if_due(at)
        if time.monotonic() >= self._house_at:
            self._house_at = time.monotonic() + HOUSE_EVERY_S
            tokens.unused_renew(at)
            connections_of_xero.attempts_forget(at)

    def _comparisons(self) -> None:
        for preview_id in previewing.previews_due(dt.datetime.now(dt.UTC)):
            previewing.preview_run(preview_id)
        for verification_id in verify_work.verifications_due(dt.datetime.now(dt.UTC)):
            if self._stop.is_set():
                return
            verify_work.verify_run(verification_id)

    def _pushes(self) -> None:
        for connection_id in work.pushes_due(dt.datetime.now(dt.UTC)):
            if self._stop.is_set():
                return
            work.push_run(connection_id)

    def _told(self) -> None:
        for connection_id in hearing.connections_told(dt.datetime.now(dt.UTC)):
            if self._stop.is_set():
                return
            hearing.told_run(connection_id)
