"""What threads met that go on, told once: seven of them that cannot reach their database would write all day."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 600.0
# Faults whose words differ each time must not be remembered without end.
MOST = 100


class Faults:
    """Thread-safe. The same fault is the same kind with the same words from the same line of code."""

    def __init__(self, whose: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._whose, self._clock = whose, clock
        self._told: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def tell(self, error: Exception) -> None:
        """Write an error with its trace into the log, unless the same was written within ten minutes."""
        same = f"{error!r} {traceback.extract_tb(error.__traceback__)[-1:]}"
        now = self._clock()
        with self._lock:
            told_at, since = self._told.get(same, (-AGAIN_AFTER_S, 0))
            if now - told_at < AGAIN_AFTER_S:
                self._told[same] = told_at, since + 1
                return
            if len(self._told) >= MOST:
                self._told.clear()
            self._told[same] = now, 0
        words = f", {since} times since this was last written" if since else ""
        log.error("%s met a fault and goes on%s.", self._whose, words, exc_info=error)
