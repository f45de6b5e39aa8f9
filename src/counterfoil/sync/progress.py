"""How a pass stands, as people watch it live (SY-3): one row, rewritten with each page.

A pass that nobody asked for and that reads a page or nothing of each stream is over before anybody could watch: its row
is written once, when it ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from counterfoil.database import bulk
from counterfoil.sync.models import CallDay, Connection, Pass, PassState
from counterfoil.sync.streams import Stream

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
BALANCES = "balances"
# A pass every five minutes is a hundred thousand rows a year.
KEPT = dt.timedelta(days=366)


class Progress:
    """The stages of one pass, kept in `Pass.progress`."""

    def __init__(self, run: Pass) -> None:
        self.run = run
        self.wrote_data = any(row["written"] for row in run.progress)
        self._counted = (run.calls, run.wire_bytes)

    @property
    def keys(self) -> set[str]:
        """The stages this pass has."""
        return {row["stream"] for row in self.run.progress}

    def stage(self, key: str) -> dict[str, Any]:
        return next(row for row in self.run.progress if row["stream"] == key)

    def is_done(self, key: str) -> bool:
        return bool(self.stage(key)["state"] == DONE)

    def begin(self, key: str) -> None:
        self.stage(key)["state"] = RUNNING

    def add(self, key: str, *, read: int, written: int, set_aside: int, total: int | None) -> None:
        row = self.stage(key)
        row["done"] += read
        row["written"] += written
        row["set_aside"] += set_aside
        if total is not None:
            row["total"] = max(total, row["done"])
        self.wrote_data = self.wrote_data or written > 0

    def finish(self, key: str, *, problem: str = "") -> None:
        row = self.stage(key)
        row["state"] = FAILED if problem else DONE
        row["problem"] = problem
        if not problem:
            row["total"] = row["done"]

    @property
    def is_shown(self) -> bool:
        """Whether anybody can watch."""
        return not self.run._state.adding

    def show(self, at: dt.datetime) -> None:
        """Let people watch from now on. Not inside a transaction that may be undone."""
        if not self.is_shown:
            self.run.beat_at = at
            self.run.save(force_insert=True)

    def page_save(self, at: dt.datetime) -> None:
        """With the page it describes, if anybody can watch."""
        if self.is_shown:
            self.save(at)

    def save(self, at: dt.datetime) -> None:
        self.run.beat_at = at
        if not self.is_shown:
            columns = [field.attname for field in Pass._meta.concrete_fields if not field.primary_key]
            self.run.pk = bulk.insert_one(Pass, {name: getattr(self.run, name) for name in columns})
            self.run._state.adding, self.run._state.db = False, DEFAULT_DB_ALIAS
        else:
            self.run.save()
        calls, wire_bytes = self._counted
        calls_count(
            self.run.connection, self.run.calls - calls, self.run.wire_bytes - wire_bytes, on=at.date()
        )
        self._counted = (self.run.calls, self.run.wire_bytes)

    def call(self, wire_bytes: int) -> None:
        self.run.calls += 1
        self.run.wire_bytes += wire_bytes


def progress_open(
    connection: Connection,
    streams: Sequence[Stream],
    *,
    is_first: bool,
    is_shown: bool,
    at: dt.datetime,
) -> Progress:
    """A new pass over `streams`; if the latest one was cut off, that one, to go on with it.

    `connection` as `work.pass_run` reads it, with the latest pass's state.
    """
    if connection.latest_pass in (PassState.RUNNING, PassState.WAITING):  # type: ignore[attr-defined]
        latest = Pass.objects.filter(connection=connection).latest("started_at")
        latest.state, latest.problem, latest.resumes_at = PassState.RUNNING, "", None
        latest.save(update_fields=["state", "problem", "resumes_at"])
        return Progress(latest)
    stages = [(stream.key, stream.label) for stream in streams]
    if not is_first:
        stages.append((BALANCES, "Balances"))
    run = Pass(
        connection=connection,
        is_first=is_first,
        state=PassState.RUNNING,
        started_at=at,
        beat_at=at,
        progress=[
            {
                "stream": key,
                "label": label,
                "done": 0,
                "total": None,
                "written": 0,
                "set_aside": 0,
                "state": WAITING,
                "problem": "",
            }
            for key, label in stages
        ],
    )
    progress = Progress(run)
    if is_shown:
        progress.show(at)
        # Of these there is one a day at least, so others need not look.
        Pass.objects.filter(connection=connection, started_at__lt=at - KEPT, is_first=False).delete()
    return progress


def calls_count(connection: Connection, calls: int, wire_bytes: int, *, on: dt.date) -> None:
    """Add to the day's calls and bytes of a connection."""
    if not calls:
        return
    today: dict[str, Any] = {"connection_id": connection.pk, "on": on}
    more = {"calls": calls, "wire_bytes": wire_bytes}
    if not bulk.add(CallDay, today, more):
        # A pass and a push may both have the day's first call.
        CallDay.objects.get_or_create(**today)
        bulk.add(CallDay, today, more)
