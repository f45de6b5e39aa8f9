"""How a process of ours is told to end: by Ctrl+C or a termination signal."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_signal() -> threading.Event:
    """An event that Ctrl+C and SIGTERM set."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    return stop
