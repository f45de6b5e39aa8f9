"""`counterfoil worker`: the runner without the pages, beside any number of others that share its database."""

from __future__ import annotations

import os
import threading

from counterfoil.project.runner import STOP_S, Runner
from counterfoil.project.stopping import stop_signal
from counterfoil.project.watch import Watch


def work_until_stopped() -> None:
    """Do what is due until Ctrl+C or a termination signal; then end within half a minute."""
    stop = stop_signal()
    with Watch(), Runner():
        print("Counterfoil works on what is due (stop with Ctrl+C)", flush=True)
        stop.wait()
        _end_by(STOP_S)
        print("Stopping: the page under way is finished first.", flush=True)


def _end_by(wait_s: float) -> None:
    """See that the process ends although a call to Xero is not answered: Python itself waits for its thread."""
    timer = threading.Timer(wait_s, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    print("Xero has not answered yet. What was under way is taken up by the next worker.", flush=True)
    os._exit(0)
