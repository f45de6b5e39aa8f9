"""Who holds a lease: a process of this machine, told from every other, also from one that had its name before (O6, O10).

A host's name and a process id are not enough: in containers both come again, id 1 with every restart, and two containers
of one name see only their own processes. So a holder is named by host, by kernel boot and process namespace, by when it
was started, and by its id. Of a holder in another namespace nothing can be known but when its lease ends.
"""

from __future__ import annotations

import os
import socket
import zlib
from functools import cache
from pathlib import Path

# The whole has to fit into 80 characters.
_LONGEST_HOST = 40


def owner_name() -> str:
    """This process."""
    return _named(os.getpid())


def is_gone(owner: str) -> bool:
    """Whether the holder has ended for certain: then its lease may be given to others before its time is over."""
    place, _, pid = owner.rpartition(":")
    here, _, started = place.rpartition(":")
    if here != _here() or not pid.isdecimal():
        return False
    return _started(int(pid)) != started


@cache
def _named(pid: int) -> str:
    """By id, since a process that was forked off is another."""
    return f"{_here()}:{_started(pid)}:{pid}"


@cache
def _here() -> str:
    """This host and the namespace in which its process ids mean something."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        scope = f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:  # no Linux: there are no namespaces either
        scope = ""
    return f"{socket.gethostname()[:_LONGEST_HOST]}:{zlib.crc32(scope.encode()):08x}"


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks since boot; "" when there is none, or only its remains.

    proc(5): the state is the third field of `stat` and the start the 22nd; the second may hold spaces and brackets.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else _alive(pid)
    except OSError:  # it ended while its file was read
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]


def _alive(pid: int) -> str:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
