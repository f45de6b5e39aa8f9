"""Look before the first import: hold a new connection, ask for a count, then import (SY-8)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState
from counterfoil.sync.pausing import connection_resume
from counterfoil.sync.preview_models import Preview, PreviewState

HELD = "Nothing is imported yet: it is counted first what would come in. Look at it below, then import."
FRESH: dict[str, Any] = {
    "state": PreviewState.WAITING,
    "ended_at": None,
    "calls": 0,
    "streams": [],
    "reasons": {},
    "names": {},
    "problem": "",
}


def hold(connection: Connection, *, actor: User | None, at: dt.datetime) -> bool:
    """Keep a connection that has read nothing yet from importing, and ask for the count. The caller's transaction.

    False, and nothing is held, for one that has read before or is a Secondary.
    """
    if connection.last_pass_at is not None or connection.role != ConnectionRole.PRIMARY:
        return False
    connection.state, connection.state_reason = ConnectionState.PAUSED, HELD
    connection.state_since, connection.pass_wanted_at = at, None
    connection.save(update_fields=["state", "state_reason", "state_since", "pass_wanted_at"])
    preview_request(connection, actor=actor, at=at)
    return True


def is_held(connection: Connection) -> bool:
    """Whether it waits for somebody to say that the import may begin; allowing access again must not begin it."""
    still = (ConnectionState.PAUSED, ConnectionState.RECONNECT)
    held = connection.state in still and connection.last_pass_at is None
    return held and Preview.objects.filter(connection=connection).exists()


def preview_request(connection: Connection, *, actor: User | None, at: dt.datetime) -> None:
    """Count, or count again after settings have changed."""
    Preview.objects.update_or_create(
        connection=connection, defaults=FRESH | {"asked_by": actor, "asked_at": at}
    )


def import_begin(connection: Connection, *, actor: User, at: dt.datetime) -> bool:
    """Import now; a count under way is given up. False if nothing was held."""
    lease_break(connection.pk)
    Preview.objects.filter(connection=connection).delete()
    return connection_resume(connection, actor=actor, at=at)


def preview_of(company: OperatingCompany) -> Preview | None:
    """The count of a connection that is held now; None once its import has begun."""
    rows = Preview.objects.filter(
        connection__operating_company=company,
        connection__state=ConnectionState.PAUSED,
        connection__last_pass_at=None,
    )
    return rows.select_related("connection").order_by("-asked_at").first()
