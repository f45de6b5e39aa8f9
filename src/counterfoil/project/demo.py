"""`counterfoil demo`: the stand-in Xero, the CRM and its runner, ready to click through."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

RATES_PATH = "/stats/eurofxref/eurofxref-hist-90d.xml"  # the Bank's
PASSWORD = "counterfoil-demo"  # noqa: S105 - printed on the screen; the demo listens on this machine only
COMPANY = "Demo Trading"
PEOPLE = (
    ("admin@demo.example", "Ada Okafor", "administrator"),
    ("rep@demo.example", "Sam Rivers", "sales"),
    ("accounts@demo.example", "Mei Tanaka", "accounts"),
)
CLIENT_ID = "counterfoil-demo"
# Between a pass and the next; real installations wait five minutes.
PASS_MINUTES = 1
SANDBOX_START_S = 90.0


@dataclass(frozen=True)
class DemoOptions:
    headless_check: bool = False
    recorded: Path | None = None
    port: int = 8000
    sandbox_port: int = 8100
    home: Path | None = None
    invoices: int | None = None
    contacts: int | None = None


@dataclass(frozen=True)
class Places:
    """Where the demo's parts are, and what only they know."""

    crm: str
    xero: str
    home: Path
    secret: str
    webhook_key: str


def demo_run(options: DemoOptions) -> int:
    """Run the demo until Ctrl+C, or the unattended check. Returns the exit status."""
    if options.recorded and not options.recorded.is_dir():
        print(f"There is no folder {options.recorded}. Nothing was started.", file=sys.stderr)
        return 2
    _end_well_when_told()
    port, sandbox_port = _free(options.port), _free(options.sandbox_port)
    with _home(options.home) as home:
        places = Places(
            f"http://localhost:{port}",
            f"http://localhost:{sandbox_port}",
            home,
            secret=secrets.token_hex(16),
            webhook_key=secrets.token_hex(16),
        )
        with _sandbox(options, places, sandbox_port):
            _environment(places)
            return _crm(options, places, port)


def _end_well_when_told() -> None:
    """Being ended or losing the terminal unwinds like Ctrl+C, so that no stand-in and no folder stay behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)


def control(xero: str, path: str, order: dict[str, Any] | None = None) -> Any:
    """What the stand-in's control plane says, or its answer to an order."""
    body = None if order is None else json.dumps(order).encode()
    request = urllib.request.Request(f"{xero}/control{path}", data=body)  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        return json.load(answer)


def _crm(options: DemoOptions, places: Places, port: int) -> int:
    from counterfoil.project.start import django_start

    django_start()
    from counterfoil.project import journey, serving, terminal
    from counterfoil.project.runner import Runner
    from counterfoil.project.stopping import stop_signal
    from counterfoil.project.watch import Watch

    _people_make()
    with serving.WebServer(host="127.0.0.1", port=port), Watch(), Runner():
        _webhook_set_up(places)
        if options.headless_check:
            return journey.headless_check(places, email=PEOPLE[0][0], password=PASSWORD)
        stop = stop_signal()
        _say_where(places)
        terminal.watch_until(stop)
        print("\nStopping the demo.", flush=True)
    return 0


def _webhook_set_up(places: Places) -> None:
    """What one does on the Webhooks page of an app at developer.xero.com; the stand-in tries the address at once."""
    from counterfoil.sync import webhooks

    order = {"client_id": CLIENT_ID, "url": f"{places.crm}{webhooks.PATH}", "key": places.webhook_key}
    state = control(places.xero, "/webhooks", order)["state"]
    if state != "active":
        sys.exit(f"The stand-in's webhook was not accepted (it is {state}). The demo ends; nothing is kept.")


def _people_make() -> None:
    from counterfoil.accounts import administrators
    from counterfoil.sync import settings

    if administrators.operating_companies():
        return
    for email, name, role in PEOPLE:
        administrators.member_create(email=email, company=COMPANY, name=name, password=PASSWORD, role=role)
    (company,) = administrators.operating_companies()
    chosen = settings.import_settings_of(company)
    chosen.pass_minutes = PASS_MINUTES
    chosen.save()


def _say_where(places: Places) -> None:
    from rich.console import Console

    say = Console(highlight=False, soft_wrap=True).print
    say(f"\n[bold]Counterfoil demo[/bold]   {places.crm}")
    for email, name, role in PEOPLE:
        say(f"  sign in as   [bold]{email}[/bold]   ({name}, {role})")
    say(f"  password     [bold]{PASSWORD}[/bold]\n")
    say("  1. Sign in, open System Settings → Integration → Xero, press [bold]Connect to Xero[/bold].")
    say("  2. Allow access on the stand-in's page, then watch the first sync.")
    say(f"  3. Play the accounts side at [bold]{places.xero}/face[/bold]: approve, pay, archive, edit.")
    say("     The change arrives within seconds: the stand-in tells of it, as Xero's webhooks do.\n")
    say("  Nothing leaves this machine. Ctrl+C ends everything.\n")


@contextmanager
def _home(chosen: Path | None) -> Iterator[Path]:
    if chosen:
        try:
            chosen.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sys.exit(f"The folder {chosen} cannot be made ({error.strerror}). Nothing was started.")
        yield chosen.absolute()
        return
    fresh = Path(tempfile.mkdtemp(prefix="counterfoil-demo-"))
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _sandbox(options: DemoOptions, places: Places, port: int) -> Iterator[None]:
    """The stand-in as a program of its own, in this process group, ended with us."""
    command = [sys.executable, "-m", "counterfoil.sandbox.server", "--port", str(port), "--tier", "core"]
    command += ["--while-input-is-open"]  # ours: however this process ends, the stand-in ends too
    command += ["--client-id", CLIENT_ID, "--client-secret", places.secret]
    command += ["--redirect-uri", f"{places.crm}/integration/xero/callback"]
    if options.recorded:
        command += ["--seed", "recorded", "--recorded", str(options.recorded)]
    elif options.invoices or options.contacts:
        command += ["--seed", "sized"]
        command += ["--invoices", str(options.invoices or 1000), "--contacts", str(options.contacts or 200)]
    log = places.home / "sandbox.log"
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_ready(child, places.xero, log)
        yield
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_ready(child: subprocess.Popen[bytes], xero: str, log: Path) -> None:
    deadline = time.monotonic() + SANDBOX_START_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            sys.exit(f"The stand-in Xero did not start:\n{log.read_text(errors='replace')}")
        try:
            control(xero, "/clock")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The stand-in Xero was not ready within {SANDBOX_START_S:.0f} seconds.")


def _environment(places: Places) -> None:
    """The demo's own settings: nothing of a real installation on this machine is read or touched."""
    keep = os.environ.get("COUNTERFOIL_DATABASE_URL") if "COUNTERFOIL_TEST_DEMO" in os.environ else None
    for name in [name for name in os.environ if name.startswith("COUNTERFOIL_")]:
        del os.environ[name]
    os.environ |= {
        "COUNTERFOIL_HOME": str(places.home),
        "COUNTERFOIL_URL": places.crm,
        "COUNTERFOIL_XERO_CLIENT_ID": CLIENT_ID,
        "COUNTERFOIL_XERO_CLIENT_SECRET": places.secret,
        "COUNTERFOIL_XERO_SANDBOX": places.xero,
        "COUNTERFOIL_XERO_WEBHOOK_KEY": places.webhook_key,
        "COUNTERFOIL_MAX_CALLS_A_DAY": "5000",
        # Rates of the stand-in's own and called so, refreshed like the Bank's: nothing leaves this machine.
        "COUNTERFOIL_RATES_URL": f"{places.xero}{RATES_PATH}",
        "COUNTERFOIL_MAIL_URL": f"file://{places.home / 'mail'}",
    }
    if keep:
        os.environ["COUNTERFOIL_DATABASE_URL"] = keep


def _free(wanted: int) -> int:
    """`wanted`, or another port where that one is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    sys.exit("No port is free on this machine.")
