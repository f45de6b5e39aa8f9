"""What holds when the sandbox of expressions does not: the child has nothing left to open."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
START = "from counterfoil.crm.documents.engine import confinement; confinement.limits_set(); confinement.doors_close()\n"


def child(code: str) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import ctypes, os, socket, subprocess\n{START}try:\n    {code}\nexcept BaseException as e:\n    print(type(e).__name__)",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SOURCE)},
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/hostname')",
        "os.open('/etc/hostname', os.O_RDONLY)",
        "os.listdir('/')",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.remove('/nothing')",
        "socket.socket()",
        "subprocess.run(['true'])",
        "ctypes.CDLL(None)",
    ],
)
def test_python_can_open_and_start_nothing(code):
    assert child(code) == "Refused"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_kernel_opens_nothing_for_code_beneath_python_either():
    # Looked up before the doors close, as a library in C has its functions at hand.
    libc = "libc = ctypes.CDLL(None); opening, calling = libc.open, libc.socket"
    code = f"{libc}\n{START}print(opening(b'/etc/hostname', 0), calling(2, 1, 0))"
    done = subprocess.run(
        [sys.executable, "-c", f"import ctypes\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(SOURCE)},
    )
    assert done.stdout.split() == ["-1", "-1"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold a process to its memory")
def test_memory_is_bounded():
    assert child("x = bytearray(600_000_000)") == "MemoryError"
