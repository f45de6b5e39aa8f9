"""However a command is ended, it leaves no process and shows no traceback."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAIT_S = 60


@contextmanager
def started(*words: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """The program in a process group of its own, as a terminal would start it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERFOIL_")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "counterfoil", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"} | environ,
        start_new_session=True,
    ) as program:
        try:
            yield program
        finally:
            program.kill()  # nothing, where it has ended


def read_to(program: subprocess.Popen[str], words: str) -> str:
    """What it prints up to the line with these words."""
    said = ""
    assert program.stdout is not None
    for line in program.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"It ended and never said {words!r}:\n{said}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda one: one.name)
def test_however_the_demo_ends_its_stand_in_ends_too(number: signal.Signals, tmp_path: Path) -> None:
    with started("demo", "--port", "0", "--sandbox-port", "0", TMPDIR=str(tmp_path)) as demo:
        said = read_to(demo, "Ctrl+C ends everything")
        port = re.search(r"localhost:(\d+)/face", said)
        assert port
        with socket.create_connection(("127.0.0.1", int(port[1])), timeout=WAIT_S) as stand_in:
            os.kill(demo.pid, number)
            assert stand_in.recv(1) == b""  # it is gone: nobody else would close this
        rest, _ = demo.communicate(timeout=WAIT_S)
        assert "Traceback" not in rest
    if number != signal.SIGKILL:
        assert list(tmp_path.glob("counterfoil-demo-*")) == []


def test_the_stand_in_on_a_leash_answers_until_its_holder_lets_go() -> None:
    with started("sandbox", "--port", "0", "--invoices", "1", "--while-input-is-open") as stand_in:
        read_to(stand_in, "control")
        os.killpg(stand_in.pid, signal.SIGINT)  # it would have the status of that, had it not been ignored
        assert stand_in.stdin is not None
        stand_in.stdin.close()
        assert stand_in.wait(WAIT_S) == 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Whoever started the tests may ignore Ctrl+C, as a job in the background does, and children would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_while_modules_are_loaded_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", ""), *sys.path])
    with interruptible(), started("status", PYTHONPATH=path) as status:
        said, _ = status.communicate(timeout=WAIT_S)
    assert (said, status.returncode) == ("", -signal.SIGINT)
