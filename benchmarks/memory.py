"""What a process has in memory, on Linux and elsewhere."""

import os
import resource
import subprocess
from pathlib import Path

STATUS = Path("/proc/self/status")
IS_TOLD = STATUS.exists()


def told(field: str) -> float:
    """MB. VmRSS: now; VmHWM: at most. Not by getrusage, which on Linux gives the parent's when that was larger."""
    with STATUS.open() as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def elsewhere(field: str) -> float:
    """The same on macOS, which counts the most in bytes."""
    if field == "VmHWM":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    command = ["ps", "-o", "rss=", "-p", str(os.getpid())]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024
