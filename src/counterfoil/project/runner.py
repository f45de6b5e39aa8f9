"""The embedded runner: one thread that does what is due, by asking the tables.

It decides nothing: `sync.work` says what is due and does it, and a lease keeps a second runner out.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from types import TracebackType
from typing import Self

from django.db import close_old_connections, connections

from counterfoil.sync import rates, signals, work

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
PAUSE_AFTER_FAULT_S = 5.0


class Runner:
    """Runs passes until it is stopped. Use as a context manager."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="runner", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self, *, wait_s: float = 30.0) -> None:
        """Finish the page under way, then end; what is left goes on at the next start."""
        self._stop.set()
        signals.stopping.set()
        signals.nudge.set()
        self._thread.join(wait_s)

    def _run(self) -> None:
        work.leases_of_the_dead_release()
        while not self._stop.is_set():
            try:
                close_old_connections()
                self._work_once()
            except Exception:
                # The runner must outlive any fault of one pass; the pass itself resumes.
                log.exception("the runner met a fault and goes on")
                self._stop.wait(PAUSE_AFTER_FAULT_S)
            signals.nudge.wait(LOOK_EVERY_S)
            signals.nudge.clear()
        connections.close_all()

    def _work_once(self) -> None:
        rates.refresh_if_due(dt.datetime.now(dt.UTC))
        for connection_id in work.connections_due(dt.datetime.now(dt.UTC)):
            if self._stop.is_set():
                return
            work.pass_run(connection_id)
