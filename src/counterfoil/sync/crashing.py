"""Where tests kill or pause a real process (reliability 5.4: points K1 to K12). Without their variables it does nothing."""

from __future__ import annotations

import os
import signal

VARIABLE = "COUNTERFOIL_TEST_CRASH"
PAUSE = "COUNTERFOIL_TEST_PAUSE"


def crashpoint(name: str) -> None:
    """Die here, as by `kill -9`, or stand still, as a paused machine does, if a test has asked for it.

    Only names starting with COUNTERFOIL_TEST_ are allowed beside the settings, so no installation can switch this on by
    accident.
    """
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get(PAUSE) == name:
        del os.environ[PAUSE]  # once: whoever is woken goes on
        os.kill(os.getpid(), signal.SIGSTOP)
