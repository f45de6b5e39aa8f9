"""Waiting for what another thread or process does: long enough for a machine that stalls, no longer than it takes."""

import time
from collections.abc import Callable


def wait_until(
    done: Callable[[], bool], *, most_s: float = 120.0, otherwise: str = "it never came to that"
) -> None:
    """Look until it is so; fails when it does not come to that."""
    ends = time.monotonic() + most_s
    while not done():
        assert time.monotonic() < ends, otherwise
        time.sleep(0.01)  # until the other one has done it
