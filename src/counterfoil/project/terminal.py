"""What the terminal shows of the sync: progress bars, status lines."""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import connections
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from counterfoil.accounts import administrators as accounts
from counterfoil.sync import selectors, services, signals, work
from counterfoil.sync.models import Connection, ConnectionState, Pass
from counterfoil.sync.selectors import PassProgress
from counterfoil.web import showing

READABLE = (ConnectionState.CONNECTED, ConnectionState.WAITING)
# What shells say of a program that Ctrl+C ended.
INTERRUPTED = 130
# How long Ctrl+C waits for the page under way; who presses it again does not wait.
FINISH_S = 5.0
NOT_CONNECTED = "No operating company is connected to Xero. Connect one in System Settings → Integration."
PAUSED = "The connection to Xero is paused. Resume it in System Settings → Integration → Xero."


def sync_in_terminal(*, watch: bool) -> int:
    """Run passes here and show them.

    0: all good, 1: something could not be read, 2: nothing to read, 130: interrupted before one pass ended.
    """
    live = Connection.objects.filter(state__in=READABLE).select_related("operating_company")
    if not live.exists():
        is_paused = Connection.objects.filter(state=ConnectionState.PAUSED).exists()
        print(PAUSED if is_paused else NOT_CONNECTED)
        return 2
    work.left_behind_clear()
    if not watch:
        for connection in live:
            services.pass_request(connection, actor=None, at=work.now())
    result = 0
    try:
        while True:
            for connection_id in work.connections_due(work.now()):
                result = max(result, _pass_shown(connection_id))
            if not watch:
                return result
            time.sleep(1)
    except KeyboardInterrupt:
        print("Stopped. What was read is stored; the next pass goes on from there.", flush=True)
        # Python itself would wait for the threads of calls that Xero does not answer.
        os._exit(result if watch else INTERRUPTED)


def _pass_shown(connection_id: int) -> int:
    """One pass in a worker thread, its progress drawn from the table as any watcher sees it."""
    outcome: list[Pass | None] = []
    thread = threading.Thread(target=_pass_in_thread, args=(connection_id, outcome), daemon=True)
    thread.start()
    try:
        with Bars() as bars:
            while thread.is_alive():
                thread.join(0.2)
                bars.show(connection_id)
    except KeyboardInterrupt:
        signals.stopping.set()
        thread.join(FINISH_S)
        raise
    run = outcome[0] if outcome else None
    if run is None:
        print("Another worker is reading this organisation already.")
        return 0
    print(summary(run))
    return 0 if not run.problem else 1


def _pass_in_thread(connection_id: int, outcome: list[Pass | None]) -> None:
    try:
        outcome.append(work.pass_run(connection_id))
    finally:
        connections.close_all()


class _Headed(Progress):
    """Bars under a line about all of them."""

    headline = ""

    def get_renderables(self) -> Iterator[RenderableType]:
        yield Text(self.headline)
        yield self.make_tasks_table(self.tasks)


class Bars:
    """How a pass stands, and a progress bar per stage, from the newest pass of a connection (SY-3)."""

    def __init__(self) -> None:
        self._progress = _Headed(
            TextColumn("{task.description:<26}"),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[done]:>8,} / {task.fields[size]:<8}"),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(),
            transient=False,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, connection_id: int) -> None:
        """Draw how the newest pass stands."""
        run = Pass.objects.filter(connection_id=connection_id).order_by("-started_at").first()
        if run is None:
            return
        shown = selectors.pass_progress(run)
        self._progress.headline = headline(shown)
        for row in shown.rows:
            if row.stream not in self._tasks:
                self._tasks[row.stream] = self._progress.add_task(row.label, done=0, size="?", note="")
            self._progress.update(
                self._tasks[row.stream],
                completed=row.percent,
                total=None if row.state == "running" and row.total is None else 100,
                done=row.done,
                size="?" if row.total is None else f"{row.total:,}",
                note=f"{row.set_aside} set aside" if row.set_aside else row.problem,
            )


def headline(shown: PassProgress) -> str:
    """Stage, records, rate, time left and calls, as the page has them."""
    said = [f"Stage {shown.stage} of {shown.stages}", f"{shown.done:,} records"]
    if shown.state == "running":
        said.append(f"{shown.rate:,.0f} a second")
        if shown.seconds_left:
            said.append(f"{showing.duration_text(shown.seconds_left)} left")
    return " · ".join([*said, f"{shown.calls:,} calls"])


def summary(run: Pass) -> str:
    """One line about a pass that ended, or about an import that was undone."""
    if run.state == "undone":
        return run.problem
    shown = selectors.pass_progress(run)
    written = sum(row.written for row in shown.rows)
    aside = sum(row.set_aside for row in shown.rows)
    line = f"Read {shown.done:,} records, wrote {written:,}, with {shown.calls} calls"
    if aside:
        line += f"; {aside} set aside (see System Settings → Integration → Xero)"
    return f"{line}. {shown.problem}".strip()


def status_lines(at: dt.datetime) -> tuple[list[str], list[dict[str, Any]], bool]:
    """Lines for people, the same for programs, and whether any link is red."""
    lines: list[str] = []
    data: list[dict[str, Any]] = []
    red = False
    for company in accounts.operating_companies():
        status = selectors.integration_status(company, at)
        red = red or status.light == selectors.RED
        organisation = status.connection.organisation_name if status.connection else None
        lines.append(f"{company.name}: {status.light.upper()}  {status.light_reason}")
        if status.last_pass_at:
            lines.append(
                f"  last pass {status.last_pass_at:%Y-%m-%d %H:%M:%S} UTC, calls today {status.calls_today}"
            )
        lines += [
            f"  {row.label:<26}{row.read:>9,} read {row.written:>9,} written {row.set_aside:>5} set aside"
            for row in status.streams
            if row.last_success_at
        ]
        data.append(
            {
                "operating_company": company.name,
                "organisation": organisation,
                "light": status.light,
                "reason": status.light_reason,
                "last_pass_at": status.last_pass_at,
                "last_data_at": status.last_data_at,
                "calls_today": status.calls_today,
                "streams": {row.stream: {"read": row.read, "written": row.written} for row in status.streams},
            }
        )
    return lines or ["No operating company yet. Make one with: counterfoil createadmin"], data, red


def administrator_create(*, email: str, company: str, name: str, password: str) -> int:
    """Make an administrator; 1 with a sentence when the values cannot be used."""
    try:
        accounts.administrator_create(email=email, company=company, name=name, password=password)
    except ValidationError as error:
        print("Nothing was made: " + " ".join(error.messages), file=sys.stderr)
        return 1
    print(f"{email} administers {company}.")
    return 0


def watch_until(stop: threading.Event) -> None:
    """Show passes as they happen until `stop` is set: bars for a first sync, a line for later ones."""
    told: set[int] = set()
    while not stop.wait(0.3):
        run = Pass.objects.order_by("-started_at").first()
        if run is None or run.pk in told:
            continue
        if run.is_first:
            with Bars() as bars:
                while run.state == "running" and not stop.wait(0.2):
                    bars.show(run.connection_id)
                    run.refresh_from_db()
                bars.show(run.connection_id)
        if run.state in ("done", "failed", "undone"):
            told.add(run.pk)
            print(f"{run.ended_at:%H:%M:%S}  {summary(run)}", flush=True)
