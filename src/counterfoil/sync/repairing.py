"""Read again just the records that a comparison found to differ, and store them (SY-11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import transaction

from counterfoil.sync import organisations, references, storing
from counterfoil.sync.leases import Lease
from counterfoil.sync.models import Connection
from counterfoil.sync.progress import calls_count
from counterfoil.sync.settings import ground_of
from counterfoil.sync.storing import NO_ADDRESS
from counterfoil.sync.streams import BY_KEY, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.verify_models import Difference, Verification
from counterfoil.sync.verifying import page_compare, page_store_anew
from counterfoil.xero.client import Broken, Page
from counterfoil.xero.endpoints import IDS_AT_ONCE
from counterfoil.xero.errors import NotFound

Clock = Callable[[], dt.datetime]
Records = tuple[list[Any], list[Broken]]


class Repairer:
    """One repair under way, under the connection's lease like a pass. Raises as a pass does."""

    def __init__(
        self, verification: Verification, connection: Connection, lease: Lease, *, clock: Clock
    ) -> None:
        if connection.tokens is None:
            raise ValueError("a connection without tokens cannot be read")
        self._verification = verification
        self._connection = connection
        self._lease = lease
        self._clock = clock
        self._ground = ground_of(connection)
        tokens = StoredTokens(connection.tokens.pk, connection.tokens)
        self._client = organisations.client_for(connection.tenant_id, tokens)

    def run(self) -> int:
        """Repair what is open of a comparison; returns how many of its differences are gone."""
        open_ones = Difference.objects.filter(verification=self._verification, repaired_at=None)
        return sum(
            self._stream(stream, list(open_ones.filter(stream=key)))
            for key, stream in BY_KEY.items()
            if open_ones.filter(stream=key).exists()
        )

    def _stream(self, stream: Stream, found: Sequence[Difference]) -> int:
        ids = sorted({one.xero_id for one in found})
        # What Xero does not give any more is no difference that was put right.
        left = set() if stream.reference or stream.whole else set(ids)
        for records, broken in self._read(stream, ids):
            answered = {stream.endpoint.id_of(record) for record in records}
            left -= answered | {one.xero_id for one in broken if one.xero_id}
            left |= self._store(stream, records, broken)
        # What only the CRM has is withdrawn by a whole list; elsewhere a person decides.
        stays = {one.xero_id for one in found if one.wins == "person" and one.side == "here"}
        done = [one.pk for one in found if one.xero_id not in left | stays]
        return Difference.objects.filter(pk__in=done).update(repaired_at=self._clock())

    def _read(self, stream: Stream, ids: Sequence[str]) -> Iterator[Records]:
        if stream.reference or stream.whole:
            answer = self._client.page(stream.endpoint)
            self._count(answer)
            yield answer.records, answer.broken
            return
        ids = [one for one in ids if not one.startswith(NO_ADDRESS)]
        size = IDS_AT_ONCE if stream.endpoint.ids_parameter else 1
        for start in range(0, len(ids), size):
            try:
                answer = self._client.page(stream.endpoint, ids=ids[start : start + size])
            except NotFound:
                continue
            self._count(answer)
            yield answer.records, answer.broken

    def _store(self, stream: Stream, records: list[Any], broken: list[Broken]) -> set[str]:
        """Store them; returns the ids that still differ."""
        page = storing.prepare(stream, records, broken, self._ground)
        fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        at = self._clock()
        with transaction.atomic():
            self._lease.renew(at)
            references.missing_store(stream, fetched, self._connection.pk, self._ground, at)
            stored = page_store_anew(stream, page, self._connection, self._ground, at=at)
            if stream.reference or stream.whole:
                present = {xero_id for xero_id, _ in page.rows}
                references.gone_withdraw(stream, self._connection.pk, self._ground, present, stored, at)
        again = page_compare(stream, page, [], self._connection, self._ground, at=self._clock())
        return {one.xero_id for one in again}

    def _count(self, answer: Page[Any]) -> None:
        calls_count(self._connection, 1, answer.wire_bytes, on=self._clock().date())
