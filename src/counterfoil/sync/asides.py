"""Many records that were set aside, tried again or dismissed at once (SY-10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.sync import retrying
from counterfoil.sync.models import Connection, SetAside
from counterfoil.sync.services import pass_request, stream_reset

# What of a record goes into the audit trail.
RAW_KEPT = 2_000


class DismissalRefused(Exception):
    """Nothing was dismissed; the message says why, for people."""


def set_aside_retry_all(
    connection: Connection, items: Sequence[SetAside], *, actor: User, at: dt.datetime
) -> int:
    """Read these records again with the next pass, which starts at once; returns how many."""
    alone = [item for item in items if retrying.has_address(item)]
    with transaction.atomic():
        SetAside.objects.filter(pk__in=[item.pk for item in alone]).update(retry_wanted=True)
        if alone:
            _say(
                connection, "retry", f"Asked to try {len(alone):,} set-aside records again.", alone, actor, at
            )
        for stream in {item.stream for item in items} - {item.stream for item in alone}:
            stream_reset(connection, stream, actor=actor, at=at)
        pass_request(connection, actor=None, at=at)
    return len(items)


def set_aside_dismiss(
    connection: Connection, items: Sequence[SetAside], reason: str, *, actor: User, at: dt.datetime
) -> int:
    """Hear no more of these records until they change in Xero; returns how many. Raises DismissalRefused."""
    why = " ".join(reason.split())
    if not why:
        raise DismissalRefused("Nothing was dismissed: say why, so that others understand it later.")
    with transaction.atomic():
        rows = SetAside.objects.filter(pk__in=[item.pk for item in items], dismissed_at=None)
        number = rows.update(dismissed_at=at, retry_wanted=False)
        if number:
            _say(connection, "dismissed", f"Dismissed {number:,} set-aside records: {why}", items, actor, at)
    return number


def _say(
    connection: Connection,
    what: str,
    summary: str,
    items: Sequence[SetAside],
    actor: User,
    at: dt.datetime,
) -> None:
    audit_record(
        connection.operating_company,
        at=at,
        actor=actor,
        action=f"sync.set_aside_{what}",
        subject=f"connection:{connection.pk}",
        summary=summary,
        detail={
            "records": [
                {"stream": item.stream, "id": item.xero_id, "reason": item.reason, "raw": item.raw[:RAW_KEPT]}
                for item in items
            ]
        },
    )
