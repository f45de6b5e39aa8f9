"""Records that were set aside, read again one by one (SY-10): a person asked, or what they lacked is here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from counterfoil.changes.services import audit_record
from counterfoil.crm.customers import selectors as customers
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync.by_ids import records_by_id
from counterfoil.sync.grounds import Ground
from counterfoil.sync.models import Connection, SetAside
from counterfoil.sync.references import Count
from counterfoil.sync.storing import NO_ADDRESS, Prepared
from counterfoil.sync.streams import BY_KEY, Stream
from counterfoil.xero.client import Broken, XeroClient

# So many a pass at most: some take a call each, and the rest is still there with the next pass.
AT_ONCE = 100
NOT_GIVEN = (
    "Xero answered with an error of its own when this record was asked for alone. Nothing was changed. It is read again with "
    "the next whole compare; if it stays here, ask Xero's support about it."
)
_WAITING = PreparedQuery(
    lambda connection_id: (
        SetAside.objects.filter(connection_id=connection_id)
        .exclude(lacks="", retry_wanted=False)
        .order_by("last_at", "pk")
        .values_list("stream", "xero_id", "lacks", "retry_wanted")
    )
)


@dataclass(frozen=True)
class Read:
    """What came of asking for `ids`; those that Xero does not have are in neither list."""

    ids: Sequence[str]
    records: list[Any]
    broken: list[Broken]


def has_address(item: SetAside) -> bool:
    """Whether Xero can be asked for just this record: not in streams that it gives whole, nor without a readable id."""
    return not BY_KEY[item.stream].reference and not item.xero_id.startswith(NO_ADDRESS)


def due(connection_id: int, ground: Ground) -> list[tuple[Stream, list[str]]]:
    """The records to read again now, by stream in the order of SY-1, those that wait longest first."""
    waiting = _WAITING.rows(connection_id)
    if not waiting:
        return []
    found = []
    for key, stream in BY_KEY.items():
        mine = [row[1:] for row in waiting if row[0] == key]
        here = _arrived(stream, {lacks for _, lacks, _ in mine if lacks}, ground)
        if ids := [xero_id for xero_id, lacks, wanted in mine if wanted or lacks in here][:AT_ONCE]:
            found.append((stream, ids))
    return found


def _arrived(stream: Stream, ledgers: set[str], ground: Ground) -> set[str]:
    if not ledgers:
        return set()
    find = customers.sales_ledger_ids if stream.ledger == "sales" else customers.purchase_ledger_ids
    return set(find(ground.company, ledgers))


def read(client: XeroClient, stream: Stream, ids: Sequence[str], count: Count) -> Iterator[Read]:
    """Ask Xero for these records, together where it has a filter by ids, else one by one.

    For one that Xero cannot give by its id nobody asks again until somebody wants it, or its list brings it.
    """

    def lost(xero_id: str) -> None:
        rows = SetAside.objects.filter(stream=stream.key, xero_id=xero_id)
        rows.update(retry_wanted=False, lacks="", reason=NOT_GIVEN, attempts=F("attempts") + 1)

    for asked, records, broken in records_by_id(client, stream.endpoint, ids, count, lost=lost):
        yield Read(asked, records, broken)


def close(
    connection: Connection, stream: Stream, asked: Sequence[str], page: Prepared, *, at: dt.datetime
) -> None:
    """Let go of records that are no longer there to be taken in, and say so in the audit trail."""
    answered = page.good.keys() | page.refused.keys()
    rows = SetAside.objects.filter(connection=connection, stream=stream.key)
    for item in rows.filter(xero_id__in=[one for one in asked if one not in answered]):
        audit_record(
            connection.operating_company,
            at=at,
            actor=None,
            action="sync.set_aside_gone",
            subject=f"connection:{connection.pk}",
            summary=f"A record of {stream.label.lower()} that was set aside is no longer in Xero ({item.xero_id}).",
            detail={"reason": item.reason, "raw": item.raw[:2000]},
        )
        item.delete()
