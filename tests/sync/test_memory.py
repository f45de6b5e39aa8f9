"""What threads need for the bodies of pages is given back to the system (docs/decisions/first-sync-speed.md)."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Two bodies after each other in each of four threads at once: the second is what glibc would not give back, having
# seen the first.
PROGRAM = """
import threading
from counterfoil.sync import wiring

def resident_mb():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * 4 / 1024

def read(_):
    together.wait()
    for size in (4_000_000, 3_500_000):
        len(b"x" * size)
    together.wait()

together = threading.Barrier(4)
threads = wiring.threads()
list(threads.map(lambda _: together.wait(), range(4)))
before = resident_mb()
list(threads.map(read, range(4)))
print(resident_mb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators need nothing")
def test_the_memory_of_bodies_goes_back():
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert float(told.stdout) < 4
