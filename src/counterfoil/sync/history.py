"""The passes there were, to search and to export (ST-2): a year of them, and every first sync."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils import timezone

from counterfoil.sync.models import Connection, Pass
from counterfoil.sync.selectors import pass_progress

RESULTS = {
    "done": Q(state="done"),
    "failed": Q(state="failed") | Q(state="waiting"),
    "problem": ~Q(problem="") & ~Q(state="undone"),
    "first": Q(is_first=True),
}
HEADS = (
    "Started (UTC)",
    "Ended (UTC)",
    "Result",
    "First sync",
    "Records read",
    "Records written",
    "Set aside",
    "Calls",
    "Bytes",
    "Problem",
)


def passes_found(connection: Connection, *, text: str = "", result: str = "") -> QuerySet[Pass]:
    """Passes, the newest first. `text`: words of the problem, or a day as 2026-11-22, which is one of the reader's zone;
    `result` of RESULTS.
    """
    rows = Pass.objects.filter(connection=connection).filter(RESULTS.get(result, Q()))
    if text and (day := _day(text)):
        zone = timezone.get_current_timezone()
        since, until = (
            dt.datetime.combine(one, dt.time(), zone) for one in (day, day + dt.timedelta(days=1))
        )
        rows = rows.filter(started_at__gte=since, started_at__lt=until)
    elif text:
        rows = rows.filter(problem__icontains=text)
    return rows.order_by("-started_at", "-pk")


def rows_for_export(passes: QuerySet[Pass]) -> Iterator[tuple[object, ...]]:
    """A row per pass, in the order of HEADS."""
    for run in passes.iterator(chunk_size=500):
        shown = pass_progress(run)
        yield (
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            f"{run.ended_at:%Y-%m-%d %H:%M:%S}" if run.ended_at else "",
            run.get_state_display(),
            "yes" if run.is_first else "no",
            shown.done,
            sum(row.written for row in shown.rows),
            sum(row.set_aside for row in shown.rows),
            run.calls,
            run.wire_bytes,
            run.problem,
        )


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
