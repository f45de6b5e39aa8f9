"""Is anything the matter with the link to Xero? Seen from the tables alone, by whatever process is alive (TK-2, TK-6).

The silence alarm must ring when no worker runs, so the web server looks too. Any number of processes may look at once:
of one matter there is one open incident, and it is told once.
"""

from __future__ import annotations

import datetime as dt
import threading
import time

from django.db import transaction
from django.db.models import Q

from counterfoil.sync import causes, telling
from counterfoil.sync.alert_models import Incident, IncidentKind
from counterfoil.sync.incidents import alert_settings_of
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState, Pass, PassState, SetAside
from counterfoil.sync.settings import import_settings_of
from counterfoil.sync.standing import outbox_count

GLANCE_S = 60.0
DAY = dt.timedelta(days=1)
LIVE = (ConnectionState.CONNECTED, ConnectionState.WAITING, ConnectionState.RECONNECT)
# What explains a matter has been told already, so the matter itself is told only if it outlasts that.
EXPLAINED: dict[str, set[str]] = {
    IncidentKind.SILENCE: {IncidentKind.RECONNECT, IncidentKind.DAY_LIMIT},
    IncidentKind.PUSHES: {IncidentKind.RECONNECT, IncidentKind.SENDING},
}

_glancing = threading.Lock()
_glanced_at: list[float] = []


def watch(at: dt.datetime) -> None:
    """Look at every connection: open what is new, close what is over."""
    rows = Connection.objects.filter(
        Q(state__in=LIVE) | Q(incidents__closed_at=None, incidents__isnull=False)
    )
    for connection in rows.select_related("operating_company__import_settings").distinct():
        watch_one(connection, at)


def watch_if_due(at: dt.datetime) -> None:
    """As `watch`, but at most once a minute in this process: for pages and probes."""
    with _glancing:
        now = time.monotonic()
        if _glanced_at and now - _glanced_at[0] < GLANCE_S:
            return
        _glanced_at[:] = [now]
    watch(at)


def glances_forget() -> None:
    """The next `watch_if_due` looks."""
    _glanced_at.clear()


def watch_one(connection: Connection, at: dt.datetime) -> None:
    """Open and close incidents of one connection, each with its messages in one transaction."""
    found = matters(connection, at)
    known = {row.kind: row for row in Incident.objects.filter(connection=connection, closed_at=None)}
    for kind, reason in found.items():
        if kind not in known and not EXPLAINED.get(kind, set()) & found.keys():
            _open(connection, kind, reason, at)
    for kind, incident in known.items():
        if kind not in found:
            _close(incident, at)


def matters(connection: Connection, at: dt.datetime) -> dict[str, str]:
    """What is the matter, by kind, in a sentence each."""
    if connection.state not in LIVE:
        return {}
    found: dict[str, str] = {}
    if connection.state == ConnectionState.RECONNECT:
        found[IncidentKind.RECONNECT] = f"{connection.state_reason} {causes.next_step(connection)}"
    elif connection.sending_cause:
        found[IncidentKind.SENDING] = (
            f"{causes.sending_reason(connection)} {causes.sending_next_step(connection)}"
        )
    if connection.state != ConnectionState.RECONNECT and connection.limits.get("day_over"):
        found[IncidentKind.DAY_LIMIT] = (
            "Xero's calls of the day are used up. Nothing is lost; reading and sending go on by themselves when Xero "
            "allows calls again."
        )
    if words := _silence(connection, at):
        found[IncidentKind.SILENCE] = words
    if connection.role == ConnectionRole.PRIMARY and (
        stuck := outbox_count(connection.operating_company, "needs_you")
    ):
        found[IncidentKind.PUSHES] = (
            f"{stuck} of what was made here could not be brought to Xero and {'needs' if stuck == 1 else 'need'} a "
            "decision. The outbox has Xero's words; nothing is lost."
        )
    if words := _set_aside(connection, at):
        found[IncidentKind.SET_ASIDE] = words
    return found


def silent_since(connection: Connection, at: dt.datetime) -> dt.datetime | None:
    """Since when there was no good pass, if that is longer than two intervals (TK-6). Costs no look at the tables."""
    minutes = import_settings_of(connection.operating_company).pass_minutes
    since = max(connection.last_pass_at or connection.connected_at, connection.connected_at)
    return since if at - since > 2 * dt.timedelta(minutes=minutes) else None


def _silence(connection: Connection, at: dt.datetime) -> str:
    since = silent_since(connection, at)
    if since is None:
        return ""
    minutes = import_settings_of(connection.operating_company).pass_minutes
    latest = Pass.objects.filter(connection=connection).order_by("-started_at").first()
    tried = latest.beat_at if latest is not None else connection.connected_at
    is_alive = at - tried <= 2 * dt.timedelta(minutes=minutes)
    if latest is not None and latest.state == PassState.RUNNING and is_alive:
        return ""  # a long pass that moves on, such as the first one
    why = connection.state_reason
    if not why:
        why = (
            "What was tried did not end well; the passes on the page of the connection say more."
            if is_alive
            else "Nothing has been tried since: no worker seems to run. Start Counterfoil's worker again."
        )
    company_zone = telling.zone_of(connection.operating_company)
    return (
        f"No good sync since {since.astimezone(company_zone):%d %b %Y, %H:%M}, more than twice the {minutes} minutes "
        f"between two passes. {why}"
    )


def _set_aside(connection: Connection, at: dt.datetime) -> str:
    most = alert_settings_of(connection.operating_company).set_aside_most
    fresh = SetAside.objects.filter(connection=connection, first_at__gt=at - DAY).count()
    if fresh <= most:
        return ""
    return (
        f"{fresh} records were set aside within a day, more than {most}. They are kept, and all others go on; the list "
        "of what was set aside has the reasons."
    )


def _open(connection: Connection, kind: str, reason: str, at: dt.datetime) -> None:
    with transaction.atomic():
        incident, is_new = Incident.objects.get_or_create(
            connection=connection,
            kind=kind,
            closed_at=None,
            defaults={
                "operating_company": connection.operating_company,
                "reason": reason,
                "opened_at": at,
            },
        )
        if is_new:
            telling.opened(incident, at)


def _close(incident: Incident, at: dt.datetime) -> None:
    with transaction.atomic():
        if Incident.objects.filter(pk=incident.pk, closed_at=None).update(closed_at=at):
            telling.closed(incident, at)
