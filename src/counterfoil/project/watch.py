"""A thread of the web server that looks after the link to Xero: it rings although no worker runs (TK-6)."""

from __future__ import annotations

import datetime as dt
import threading
from types import TracebackType
from typing import Self

from django.db import close_old_connections, connections

from counterfoil.project.faults import Faults
from counterfoil.sync import signals, telling, watching

LOOK_EVERY_S = 20.0


class Watch:
    """Looks, and sends what is due, until it is stopped. Use as a context manager; any number may run."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._faults = Faults("What looks after the connections")
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        signals.alert_nudge.set()
        self._thread.join(telling.TIME_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                close_old_connections()
                at = dt.datetime.now(dt.UTC)
                watching.watch(at)
                telling.deliver_due(at)
            except Exception as error:  # noqa: BLE001  # it is written down, with its trace
                # Whatever one look meets, the next one must come.
                self._faults.tell(error)
            signals.alert_nudge.wait(LOOK_EVERY_S)
            signals.alert_nudge.clear()
        connections.close_all()
