"""Stop reading from Xero and sending to it for a while, without losing anything, and go on (ST-1)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import Connection, ConnectionState, Pass, PassState
from counterfoil.sync.signals import nudge, push_nudge

PAUSABLE = (ConnectionState.CONNECTED, ConnectionState.WAITING)
REASON = "Paused by {}. Nothing is read or sent; what is made here waits, and nothing is lost."


def connection_pause(connection: Connection, *, actor: User, at: dt.datetime) -> bool:
    """Neither a pass nor a push begins from now on; False if there was nothing to pause.

    A pass under way stops at its next page and goes on there later. What is just being sent is finished.
    """
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk, state__in=PAUSABLE)
        if not rows.update(state=ConnectionState.PAUSED, state_reason=REASON.format(actor), state_since=at):
            return False
        lease_break(connection.pk)
        running = Pass.objects.filter(connection=connection, state=PassState.RUNNING)
        running.update(state=PassState.WAITING, problem="Paused.", resumes_at=None)
        _say(connection, "connection.paused", "Paused reading from Xero and sending to it.", actor, at)
    return True


def connection_resume(connection: Connection, *, actor: User, at: dt.datetime) -> bool:
    """Go on, with a pass at once; False if it was not paused."""
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk, state=ConnectionState.PAUSED)
        if not rows.update(
            state=ConnectionState.CONNECTED, state_reason="", state_since=at, pass_wanted_at=at
        ):
            return False
        _say(connection, "connection.resumed", "Resumed reading from Xero and sending to it.", actor, at)
    transaction.on_commit(nudge.set)
    transaction.on_commit(push_nudge.set)
    return True


def _say(connection: Connection, action: str, summary: str, actor: User, at: dt.datetime) -> None:
    audit_record(
        connection.operating_company,
        at=at,
        actor=actor,
        action=action,
        subject=f"connection:{connection.pk}",
        summary=summary,
    )
