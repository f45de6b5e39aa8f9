"""The table of intents: claim one, keep what became of it, under a lease with a growing token (reliability 5.4).

`core.pushing` decides; this module stores. A write that finds the token grown belongs to a worker that was paused past
its lease: it changes nothing and says so.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from counterfoil.core import pushing
from counterfoil.core.intents import Push
from counterfoil.sync.models import PushIntent

log = logging.getLogger(__name__)
evidence = logging.getLogger("counterfoil.evidence")

RETRY_S = 1.0


class LeaseGone(Exception):
    """The intent is another worker's now: stop without a word."""


def to_ms(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def from_ms(ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def push_of(row: PushIntent) -> Push:
    return msgspec.convert(row.push, Push)


def columns_of(push: Push) -> dict[str, Any]:
    """The row's own columns for a push: the whole of it, and what queries need beside it."""
    return {
        "push": msgspec.to_builtins(push),
        "state": push.state,
        "reason": push.reason,
        "marker": push.marker,
        "xero_id": push.xero_id,
        "due_ms": push.due_ms,
        "lease_owner": push.lease_owner,
        "lease_token": push.lease_token,
        "lease_until_ms": push.lease_until_ms,
    }


def intent_add(row: PushIntent, push: Push, *, at: dt.datetime) -> bool:
    """Write an intent down; False when there is one for this order and revision already. In the caller's transaction."""
    _, is_new = PushIntent.objects.get_or_create(
        operating_company_id=row.operating_company_id,
        kind=push.kind,
        order=push.order,
        revision=push.revision,
        defaults={
            "quote_id": row.quote_id,
            "ledger_id": row.ledger_id,
            "product_id": row.product_id,
            "created_at": at,
            "updated_at": at,
            **columns_of(push),
        },
    )
    return is_new


def due_ids(company_id: int, now_ms: int, *, most: int = 50) -> list[int]:
    """Intents to take up now: contacts and items first, since invoices wait for them; then the longest waiting."""
    free = Q(lease_until_ms=None) | Q(lease_until_ms__lte=now_ms)
    rows = PushIntent.objects.of(company_id).filter(free, due_ms__lte=now_ms, skipped_at=None)
    return list(rows.order_by("due_ms", "pk").values_list("pk", flat=True)[:most])


def claim(pk: int, *, owner: str, now_ms: int) -> tuple[PushIntent, Push] | None:
    """Step 2: the intent with a lease of ours, or None when somebody else has it or it is not due any more."""
    with transaction.atomic():
        rows = PushIntent.objects.select_for_update(skip_locked=True).filter(pk=pk, skipped_at=None)
        row = rows.first()
        if row is None:
            return None
        push = push_of(row)
        if not pushing.is_free(push, now_ms=now_ms) or row.due_ms is None or row.due_ms > now_ms:
            return None
        push = pushing.claimed(push, owner=owner, now_ms=now_ms)
        PushIntent.objects.filter(pk=pk).update(**columns_of(push), updated_at=from_ms(now_ms))
    return row, push


def keep(
    row: PushIntent,
    push: Push,
    *,
    token: int,
    owner: str,
    at: dt.datetime,
    effects: Callable[[], None] | None = None,
    **more: Any,
) -> None:
    """Commit a step with its effects, if the lease is still ours. Raises LeaseGone.

    `more` are further columns, such as the frozen body.
    """
    with transaction.atomic():
        mine = PushIntent.objects.filter(pk=row.pk, lease_token=token, lease_owner=owner)
        if mine.update(**columns_of(push), updated_at=at, **more) != 1:
            raise LeaseGone
        if effects is not None:
            effects()
    for name, value in more.items():
        setattr(row, name, value)


def keep_made(
    save: Callable[[], Push], *, row: PushIntent, push: Push, correlation_id: str, until: float
) -> Push:
    """Step 8: what was made must not be forgotten. If the database refuses, evidence goes to the log first, then the
    commit is tried until the lease ends (`until`, monotonic); after that the next look finds it again.
    """
    is_noted = False
    while True:
        try:
            return save()
        except DatabaseError:
            if not is_noted:
                evidence.critical(
                    "made in Xero but not yet recorded: intent %s, Xero id %s, correlation id %s",
                    row.pk,
                    push.xero_id,
                    correlation_id,
                )
                is_noted = True
            if time.monotonic() + RETRY_S >= until:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(RETRY_S)


def stored(row: PushIntent) -> Push:
    """The intent as it is in the database now."""
    return push_of(PushIntent.objects.only("push").get(pk=row.pk))


def changed_by_person(
    row: PushIntent, change: Callable[[Push], Push], *, at: dt.datetime, **more: Any
) -> Push | None:
    """Apply a person's decision to an intent that no worker holds; None while one does, for seconds.

    The token grows, so that a worker paused since long cannot write over the decision.
    """
    with transaction.atomic():
        found = PushIntent.objects.select_for_update().get(pk=row.pk)
        push = push_of(found)
        if not pushing.is_free(push, now_ms=to_ms(at)):
            return None
        push = msgspec.structs.replace(pushing.released(change(push)), lease_token=push.lease_token + 1)
        PushIntent.objects.filter(pk=row.pk).update(**columns_of(push), updated_at=at, **more)
    row.refresh_from_db()
    return push
