"""Limits that a child process puts on itself before it touches what somebody uploaded."""

from __future__ import annotations

import sys
from typing import Any, Final

MEMORY_BYTES: Final = 400 * 1024 * 1024
CPU_S: Final = 10
OUTPUT_BYTES: Final = 25 * 1024 * 1024

# Python asks before each of these. What a template has no business with is refused even if some way
# round the sandbox of expressions were found.
_REFUSED: Final = (
    "os.",
    "socket.",
    "subprocess.",
    "shutil.",
    "ctypes.",
    "ftplib.",
    "urllib.",
    "webbrowser.",
    "mmap.",
    "pty.",
    "syslog.",
    "tempfile.",
)


class Refused(RuntimeError):
    """Code in the child tried to leave it."""


def limits_set() -> None:
    """Bound memory, processor time and output. Where the system has no such limits (Windows), the parent's clock remains."""
    try:
        import resource
    except ImportError:
        return
    wanted = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: CPU_S,
        resource.RLIMIT_FSIZE: OUTPUT_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (least, least))
        except (ValueError, OSError):
            # macOS refuses RLIMIT_AS; the other limits still hold.
            continue


def doors_close() -> None:
    """From here on nothing can be opened: no file, no connection, no program.

    The kernel refuses every new descriptor, also to libraries written in C; those for the request and
    the answer are open already. The audit hook, which cannot be taken away again, refuses by name.
    """
    sys.addaudithook(_audit)
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" or event.startswith(_REFUSED):
        raise Refused(event)
