"""What every benchmark stands on: the pages' server, both databases, and processes that are timed whole."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.sets import CLIENT_ID, CLIENT_SECRET, CRM_URL, Size

DATABASES = ("sqlite", "postgresql")
Figures = dict[str, Any]


@dataclass
class Pages:
    """The server of ready-made pages in its own process."""

    size: Size
    url: str

    def ask(self, what: str) -> Figures:
        with urllib.request.urlopen(f"{self.url}/bench/{what}") as answer:
            found: Figures = json.load(answer)
            return found


@contextmanager
def pages(size: Size) -> Iterator[Pages]:
    command = [sys.executable, "-m", "benchmarks.pages", "--invoices", str(size.invoices)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            url = server.stdout.readline().strip()
            if not url:
                raise SystemExit("The pages' server did not start.")
            yield Pages(size, url)
        finally:
            server.stdin.close()


@dataclass
class Place:
    """One kind of database: fresh ones by name, as copies of a prepared one."""

    kind: str
    home: Path
    server: Any = None
    made: set[str] = field(default_factory=set)

    def fresh(self, name: str, *, like: str | None = None) -> str:
        """The address of an empty database, or of a copy of another, which nobody may be using.

        What earlier runs have left to write is written by then: it is not the next one's.
        """
        made = self._file(name, like) if self.kind == "sqlite" else self._database(name, like)
        os.sync()
        return made

    def _file(self, name: str, like: str | None) -> str:
        file = self.home / f"{name}.sqlite3"
        for old in self.home.glob(f"{name}.sqlite3*"):
            old.unlink()
        if like:
            shutil.copy(self.home / f"{like}.sqlite3", file)
        return f"sqlite:///{file}"

    def _database(self, name: str, like: str | None) -> str:
        import psycopg

        with psycopg.connect(self.server.url("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name}")
            admin.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
            admin.execute("CHECKPOINT")
        return str(self.server.url(name))

    def address(self, name: str) -> str:
        """Of a database that is there already."""
        return (
            f"sqlite:///{self.home / name}.sqlite3" if self.kind == "sqlite" else str(self.server.url(name))
        )

    def floor_target(self, address: str) -> str:
        return address.removeprefix("sqlite:///")

    @property
    def floor(self) -> str:
        return f"benchmarks.floor_{self.kind}"


@contextmanager
def places(kinds: Sequence[str]) -> Iterator[list[Place]]:
    """The databases asked for; PostgreSQL is a server of our own, on a socket, gone afterwards."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterfoil-bench-")))
        found = []
        for kind in kinds:
            server = None
            if kind == "postgresql":
                from tests import postgresql

                server = postgresql.start()
                stack.callback(server.stop)
            found.append(Place(kind, home, server))
        yield found


class Program:
    """A process that answers each line of input with a line of JSON."""

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def read(self) -> Figures:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args} ended with {self._process.wait()}.")
        found: Figures = json.loads(line)
        return found

    def tell(self, line: str) -> Figures:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.read()

    def end(self) -> float:
        """Let it end; the seconds from its start to its end."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        seconds = time.perf_counter() - self.began
        if self._process.stdout:
            self._process.stdout.close()
        return seconds


def product(address: str, sandbox: str, home: Path, **more: str) -> Program:
    environment = {name: value for name, value in os.environ.items() if name.startswith("COUNTERFOIL_")}
    for name in environment:
        del os.environ[name]  # a Counterfoil of the operator's own has nothing to say here
    chosen = {
        "COUNTERFOIL_HOME": str(home),
        "COUNTERFOIL_DATABASE_URL": address,
        "COUNTERFOIL_XERO_SANDBOX": sandbox,
        "COUNTERFOIL_XERO_CLIENT_ID": CLIENT_ID,
        "COUNTERFOIL_XERO_CLIENT_SECRET": CLIENT_SECRET,
        "COUNTERFOIL_URL": CRM_URL,
        "COUNTERFOIL_RATES_URL": "",
        "COUNTERFOIL_MAX_CALLS_A_DAY": "5000",
    }
    return Program(["benchmarks.product"], environment=chosen | more)


def connected(place: Place, sandbox: str, name: str = "connected") -> str:
    """The name of a database in which everything is ready and nothing read."""
    program = product(place.fresh(name), sandbox, place.home)
    program.tell("prepare")
    program.end()
    return name


def median(runs: Sequence[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def medians(runs: Sequence[Figures], *names: str) -> Figures:
    return {name: round(median(runs, name), 4) for name in names}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def conclude(benchmark: str, figures: Figures) -> None:
    """The last line: everything in one line of JSON."""
    print(json.dumps({"benchmark": benchmark, **figures}), flush=True)
