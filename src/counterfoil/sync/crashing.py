"""Where tests kill a real process (reliability 5.4: crash points K1 to K12). Without their variable it does nothing."""

from __future__ import annotations

import os
import signal

VARIABLE = "COUNTERFOIL_TEST_CRASH"


def crashpoint(name: str) -> None:
    """Die here, as by `kill -9`, if a test has asked for it. Only names starting with COUNTERFOIL_TEST_ are allowed
    beside the settings, so no installation can switch this on by accident.
    """
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
