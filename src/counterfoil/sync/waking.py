"""Who waits for what: an order for its customer and products, everything for a connection."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from msgspec.structs import replace

from counterfoil.core import pushing
from counterfoil.core.intents import Push
from counterfoil.sync import outcomes
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState, PushIntent
from counterfoil.sync.outbox import changed_by_person, push_of, to_ms

_FOR_THE_CONNECTION = Q(state="waiting", reason__in=["connection", "other_organisation"])
# What Xero did not let in is tried again so long after, without anybody connecting: a role may have been given back.
TRIED_AGAIN = outcomes.LONGEST_PUSH_RETRY


def orders_of_part(row: PushIntent, push: Push, *, at: dt.datetime) -> None:
    """A part has come to rest: orders that wait for it go on at once, or learn that they cannot."""
    if push.state not in {"sent", "waiting", "refused", "removed"}:
        return
    company = row.operating_company_id
    waiting = Q(state="blocked") | Q(state="waiting", reason="parts")
    intents = PushIntent.objects.of(company).filter(waiting, kind="invoice", skipped_at=None)
    if row.kind == "contact":
        intents = intents.filter(quote__sales_ledger=row.ledger_id)
    else:
        intents = intents.filter(quote__lines__product=row.product_id) | intents.filter(
            quote__delivery_product=row.product_id
        )
    for order in intents.distinct():
        _go_on(order, at=at)


def _go_on(order: PushIntent, *, at: dt.datetime) -> None:
    def change(push: Push) -> Push:
        if push.state == "waiting":
            return pushing.resumed(push, now_ms=to_ms(at))
        return _now(push, to_ms(at))

    changed_by_person(order, change, at=at)


def _now(push: Push, now_ms: int) -> Push:
    return replace(push, not_before_ms=min(push.not_before_ms, now_ms))


def companies_back(at: dt.datetime) -> list[int]:
    """Companies with something that waited for its connection, which can be worked with again."""
    parked = list(PushIntent.objects.filter(_FOR_THE_CONNECTION, skipped_at=None))
    if not parked:
        return []
    live = Connection.objects.filter(
        operating_company__in={row.operating_company_id for row in parked},
        role=ConnectionRole.PRIMARY,
        state__in=[ConnectionState.CONNECTED, ConnectionState.WAITING],
    )
    back = {row.operating_company_id: row for row in live}
    return sorted(
        {
            row.operating_company_id
            for row in parked
            if row.operating_company_id in back and _is_back(back[row.operating_company_id], row, at)
        }
    )


def connected_again(connection: Connection, *, at: dt.datetime) -> int:
    """Release what waited for this connection since before it was made or allowed again; returns how many."""
    parked = PushIntent.objects.of(connection.operating_company_id).filter(
        _FOR_THE_CONNECTION, skipped_at=None
    )
    released = 0
    for row in parked:
        if _is_back(connection, row, at):
            released += (
                changed_by_person(row, lambda p: pushing.resumed(p, now_ms=to_ms(at)), at=at) is not None
            )
    return released


def _is_back(connection: Connection, row: PushIntent, at: dt.datetime) -> bool:
    """Whether the connection is another than the one that this work waits for, or it is time to try it again."""
    if push_of(row).epoch not in {"", connection.tenant_id}:
        return False
    is_other = row.updated_at < max(connection.connected_at, connection.state_since)
    return is_other or (row.reason == "connection" and at - row.updated_at >= TRIED_AGAIN)
