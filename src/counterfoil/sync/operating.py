"""How the whole installation stands, for its operator: over all operating companies, so never for a signed-in user."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from counterfoil.sync import meters, selectors, standing, watching
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.webhook_health import WebhookHealth, webhook_health

# What a connection of `figures` may be in.
STATES = tuple(state.value for state in ConnectionState if state != ConnectionState.DISCONNECTED)


@dataclass(frozen=True)
class Figures:
    """One connection. Times in seconds, None where nothing has happened yet or Xero has not said."""

    operating_company: str
    organisation: str
    role: str
    state: str
    light: str
    reason: str
    last_pass_age_s: float | None
    next_pass_in_s: float | None
    pass_minutes: int
    calls_today: int
    calls_left_today: int | None
    bytes_this_month: int
    set_aside: int
    outbox_waiting: int
    outbox_refused: int
    webhook_state: str
    webhook_events: int
    webhook_waiting: int
    webhook_lag_s: float | None
    webhook_gaps: int


def figures(at: dt.datetime) -> list[Figures]:
    """Every connection that is not disconnected. Whoever asks has incidents looked for, too (TK-6)."""
    watching.watch_if_due(at)
    rows = Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("pk")
    return [_figures(row, at) for row in rows.select_related("operating_company")]


def as_values(rows: list[Figures]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def not_ready() -> str:
    """Why this process cannot serve yet, "" when it can: the database answers and is as this version needs it."""
    try:
        executor = MigrationExecutor(database)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # noqa: BLE001  # whatever it is, the answer is no
        return f"The database cannot be used ({type(error).__name__})."
    return f"{len(missing)} migrations are not applied." if missing else ""


def _figures(row: Connection, at: dt.datetime) -> Figures:
    company = row.operating_company
    minutes = import_settings_of(company).pass_minutes
    light, reason = selectors.light_of(row, minutes, at)
    calls_today, bytes_this_month = selectors.calls_of(row, at)
    day_left, _ = meters.said_left(row, at)
    # Nothing is sent to a Secondary, and what it is told of is not read (CN-5).
    primary = row.role == ConnectionRole.PRIMARY
    outbox = standing.outbox_counts(company) if primary else {"moving": 0, "needs_you": 0}
    health = webhook_health(company, at) if primary else WebhookHealth(url="", state="off", words="")
    waits_s = _seconds(health.waiting_since, at)
    return Figures(
        operating_company=company.name,
        organisation=row.organisation_name,
        role=row.role,
        state=row.state,
        light=light,
        reason=reason,
        last_pass_age_s=_seconds(row.last_pass_at, at),
        next_pass_in_s=None if row.next_pass_at is None else (row.next_pass_at - at).total_seconds(),
        pass_minutes=minutes,
        calls_today=calls_today,
        calls_left_today=day_left,
        bytes_this_month=bytes_this_month,
        set_aside=selectors.set_aside_list(row).count(),
        outbox_waiting=outbox["moving"],
        outbox_refused=outbox["needs_you"],
        webhook_state=health.state,
        webhook_events=health.events,
        webhook_waiting=health.waiting,
        webhook_lag_s=health.lag_s if waits_s is None else waits_s,
        webhook_gaps=health.gaps,
    )


def _seconds(since: dt.datetime | None, at: dt.datetime) -> float | None:
    return None if since is None else (at - since).total_seconds()
