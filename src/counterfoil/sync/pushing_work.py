"""What is due to be brought to Xero, and doing it; `sync.work` is the door to it.

The truth is in the tables, so any number of workers of any number of processes may call this.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
from django.db.models import Q

from counterfoil.changes.models import ChangeRecord
from counterfoil.core import pushing
from counterfoil.sync import errands, installations, membership, outcomes, waking
from counterfoil.sync.absorbing import HANDLERS, Absorber
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState, Errand, PushIntent
from counterfoil.sync.outbox import columns_of, push_of, to_ms
from counterfoil.sync.owners import is_gone
from counterfoil.sync.push import Pusher, stuck_companies
from counterfoil.xero.errors import XeroError

Clock = Callable[[], dt.datetime]
READABLE = (ConnectionState.CONNECTED, ConnectionState.WAITING)


def connections_due(at: dt.datetime) -> list[int]:
    """Connections whose company has changes to act on or intents that are due, the longest waiting first."""
    now_ms = to_ms(at)
    waiting: dict[int, dt.datetime] = {}
    changes = ChangeRecord.objects.filter(handled_at=None, due_at__lte=at, kind__in=HANDLERS)
    for company, since in changes.values_list("operating_company", "due_at").order_by("due_at")[:1000]:
        waiting.setdefault(company, since)
    free = Q(lease_until_ms=None) | Q(lease_until_ms__lte=now_ms)
    intents = PushIntent.objects.filter(free, due_ms__lte=now_ms, skipped_at=None)
    for rows in (intents, errands.due(now_ms)):
        for company in rows.values_list("operating_company", flat=True).distinct().order_by():
            waiting.setdefault(company, at)
    for company in waking.companies_back(at):
        waiting.setdefault(company, at)
    connections = Connection.objects.filter(
        Q(push_not_before=None) | Q(push_not_before__lte=at),
        role=ConnectionRole.PRIMARY,
        operating_company__in=waiting.keys() - stuck_companies(list(waiting)),
        state__in=READABLE,
        tokens__isnull=False,
    )
    due = list(connections.values_list("pk", "operating_company"))
    return [pk for pk, company in sorted(due, key=lambda row: waiting[row[1]])]


def run(connection_id: int, *, clock: Clock, workers: int, owner: str) -> int:
    """One run for one connection. Returns how many intents moved."""
    at = clock()
    restore_notice(at)
    connection = Connection.objects.select_related("operating_company", "tokens").get(pk=connection_id)
    if connection.state not in READABLE or connection.tokens_id is None:
        return 0
    Absorber(connection, at=at).run()
    waking.connected_again(connection, at=at)
    if stuck_companies([connection.operating_company_id]):
        return 0
    try:
        membership.confirm(connection, at=at)
    except (membership.OrganisationGone, XeroError) as error:
        outcomes.push_outcome(connection, error, made_progress=False, at=at)
        return 0
    # After a failure one worker tries alone, so that a bad day costs one call a try.
    return Pusher(connection, clock=clock, owner=owner).run(
        workers=1 if connection.push_failures else workers
    )


def restore_notice(at: dt.datetime) -> int:
    """If this database is a restored one, have everything open looked up before it is sent (reliability 5.6)."""
    backup_at = installations.restored_since(at)
    if backup_at is None:
        return 0
    count = 0
    for row in PushIntent.objects.exclude(state__in=["sent", "removed", "refused"]):
        push = pushing.restored(push_of(row), backup_ms=to_ms(backup_at), now_ms=to_ms(at))
        push = msgspec.structs.replace(push, lease_token=push.lease_token + 1)
        PushIntent.objects.filter(pk=row.pk).update(**columns_of(push), updated_at=at)
        count += 1
    return count


def leases_of_the_dead_release() -> None:
    """Free what workers held that have ended for certain, so that a restart goes on at once."""
    for row in PushIntent.objects.exclude(lease_owner=""):
        if is_gone(row.lease_owner):
            push = msgspec.structs.replace(push_of(row), lease_until_ms=None, lease_owner="")
            mine = PushIntent.objects.filter(
                pk=row.pk, lease_token=row.lease_token, lease_owner=row.lease_owner
            )
            mine.update(**columns_of(push))
    for errand in Errand.objects.exclude(lease_owner=""):
        if is_gone(errand.lease_owner):
            mine = Errand.objects.filter(
                pk=errand.pk, lease_token=errand.lease_token, lease_owner=errand.lease_owner
            )
            mine.update(lease_owner="", lease_until_ms=None)
