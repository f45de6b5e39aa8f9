"""One pass over the streams of a connection: the first sync and every later one, by the same code.

What to ask next is decided in `core.pulling`; this module asks, stores each page in one transaction
with its cursor, and keeps the progress. It catches nothing of Xero's: `outcomes` does.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import transaction

from counterfoil.core import fingerprint
from counterfoil.core.pulling import Seen, Walk
from counterfoil.sync import organisations, rates, references, signals, storing
from counterfoil.sync.leases import Lease
from counterfoil.sync.models import Connection, StreamState
from counterfoil.sync.progress import BALANCES, Progress
from counterfoil.sync.quiet import Quiet
from counterfoil.sync.reading import Reader
from counterfoil.sync.settings import ground_of
from counterfoil.sync.storing import Prepared, Stored
from counterfoil.sync.streams import CONTACTS, CURRENCIES, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.xero.client import Page, XeroClient

PAGE_SIZE = 1000
# A page this large of which nothing could be stored is a fault of ours, not of its records (P14).
ALL_REFUSED_AT = 10
# A page makes some hundred thousand tuples that hold no cycles: the collector would look through all that
# the process holds a dozen times a page and find nothing.
COLLECT_EVERY = 50_000


class Stopping(Exception):
    """This process is ending; the pass goes on with the next start."""


class NothingStored(Exception):
    """Every record of a page was refused: the stream stops, its cursor stays."""


Clock = Callable[[], dt.datetime]


class Pull:
    """A pass under way. `full`: read everything whatever the cursors say (the daily compare, SY-6)."""

    def __init__(
        self,
        connection: Connection,
        lease: Lease,
        progress: Progress,
        *,
        clock: Clock,
        full: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> None:
        if connection.tokens_id is None:
            raise ValueError("a connection without tokens cannot be read")
        self.connection = connection
        self.progress = progress
        self.full = full
        self._lease = lease
        self._clock = clock
        self._page_size = page_size
        self._ground = ground_of(connection)
        self._tokens = StoredTokens(connection.tokens_id)
        self._client = organisations.client_for(connection.tenant_id, self._tokens)
        self._touched: set[str] = set()
        self._quiet = Quiet(connection, allowed=not (full or progress.run.is_first))

    @property
    def client(self) -> XeroClient:
        return self._client

    def stream(self, stream: Stream) -> None:
        """Bring one stream up to date."""
        self.progress.begin(stream.key)
        state, _ = StreamState.objects.get_or_create(connection=self.connection, stream=stream.key)
        if stream.reference or stream.whole:
            self._whole(stream, state)
            if stream is CURRENCIES:
                rates.bundled_ensure(self._ground.company, at=self._clock())
        else:
            self._walk(stream, state)

    def balances(self) -> None:
        """Read again the contacts whose documents changed: their balances move without a stamp (SY-6)."""
        self.progress.begin(BALANCES)
        at = self._clock()
        read = written = 0
        for records, broken in references.contacts_by_id(self._client, sorted(self._touched), self._count):
            page = storing.prepare(CONTACTS, records, broken, self._ground)
            with transaction.atomic():
                self._lease.renew(at)
                stored = self._store(CONTACTS, page, at)
            read, written = read + len(page.rows), written + stored.written
        self.progress.add(BALANCES, read=read, written=written, set_aside=0, total=read)
        self.progress.finish(BALANCES)
        with transaction.atomic():
            if not self._quiet.is_empty:
                self._lease.renew(at)
                self._quiet.save()
            self.progress.save(at)

    def _walk(self, stream: Stream, state: StreamState) -> None:
        walk = self._walk_begin(stream, state)
        if gc.get_threshold()[0] < COLLECT_EVERY:
            gc.set_threshold(COLLECT_EVERY)
        prepare = partial(self._prepare, stream)
        with Reader(self._client, self._tokens.access_token, prepare, page_size=self._page_size) as reader:
            while not walk.done:
                answer, page = reader.page(stream.endpoint, walk)
                self._count(answer)
                walk = self._page(stream, state, walk, answer, page)
                if signals.stopping.is_set() and not walk.done:
                    raise Stopping

    def _walk_begin(self, stream: Stream, state: StreamState) -> Walk:
        if state.walk:
            return Walk.load(state.walk).resume()
        cursor = None if self.full else state.cursor_ms
        return Walk.begin(cursor, rows_vanish=stream.endpoint.rows_vanish)

    def _prepare(self, stream: Stream, answer: Page[Any]) -> Prepared:
        return storing.prepare(stream, answer.records, answer.broken, self._ground)

    def _page(
        self, stream: Stream, state: StreamState, walk: Walk, answer: Page[Any], page: Prepared
    ) -> Walk:
        """Store one page of a walk with its cursor."""
        if walk.page == 1 and not state.walk and self._quiet.all_known(stream, page):
            after = walk.after(_seen(page, Stored(), answer))
            if after.done:
                self._unchanged(stream, state, len(page.rows), walk=None)
                state.cursor_ms = after.cursor_after(state.cursor_ms)
                return after
        fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        at = self._clock()
        with transaction.atomic():
            self._lease.renew(at)
            references.missing_store(stream, fetched, self.connection.pk, self._ground, at)
            stored = self._store(stream, page, at)
            after = walk.after(_seen(page, stored, answer))
            self._state_keep(stream, state, after, page, stored, at)
            self.progress.add(
                stream.key,
                read=len(page.rows),
                written=stored.written,
                set_aside=stored.set_aside,
                total=answer.item_count if walk.mode == "pages" else None,
            )
            if after.done:
                self.progress.finish(stream.key)
            self.progress.save(at)
        return after

    def _whole(self, stream: Stream, state: StreamState) -> None:
        """Read a small or blind stream as a whole; an answer equal to the last one is not applied."""
        answer = self._client.page(stream.endpoint)
        self._count(answer)
        digest = _digest(answer)
        at = self._clock()
        same = (state.walk or {}).get("digest") == digest and not self.full
        if same and self._quiet.may_wait():
            self._unchanged(stream, state, len(answer.records) + len(answer.broken), walk=state.walk)
            state.cursor_ms = answer.server_time_ms
            return
        with transaction.atomic():
            self._lease.renew(at)
            rows = len(answer.records) + len(answer.broken)
            stored = Stored() if same else self._whole_store(stream, answer, at)
            state.walk = {"digest": digest}
            state.cursor_ms = answer.server_time_ms
            self._success(stream, state, rows, stored, at)
            self.progress.add(
                stream.key, read=rows, written=stored.written, set_aside=stored.set_aside, total=rows
            )
            self.progress.finish(stream.key)
            self.progress.save(at)

    def _unchanged(
        self, stream: Stream, state: StreamState, rows: int, *, walk: dict[str, Any] | None
    ) -> None:
        """Remember, with the end of the pass, that a stream holds nothing new."""
        state.walk, state.problem, state.done_once = walk, "", True
        state.last_success_at = self._clock()
        state.read += rows
        self._quiet.add(state)
        self.progress.add(stream.key, read=rows, written=0, set_aside=0, total=rows)
        self.progress.finish(stream.key)

    def _whole_store(self, stream: Stream, answer: Page[Any], at: dt.datetime) -> Stored:
        page = self._prepare(stream, answer)
        stored = self._store(stream, page, at)
        present = {stream.endpoint.id_of(record) for record in answer.records}
        present |= {one.xero_id for one in answer.broken if one.xero_id}
        references.gone_withdraw(stream, self.connection.pk, self._ground, present, stored, at)
        return stored

    def _store(self, stream: Stream, page: Prepared, at: dt.datetime) -> Stored:
        stored = storing.page_store(
            stream, page, connection_id=self.connection.pk, ground=self._ground, at=at
        )
        _check_not_all_refused(page, stored)
        if stream.ledger == "sales" and not self.progress.run.is_first:
            self._touched.update(value.ledger_id for value in stored.touched)
        return stored

    def _state_keep(
        self, stream: Stream, state: StreamState, walk: Walk, page: Prepared, stored: Stored, at: dt.datetime
    ) -> None:
        state.walk = None if walk.done else walk.dump()
        if walk.done:
            state.cursor_ms = walk.cursor_after(state.cursor_ms)
            state.done_once = True
            self._success(stream, state, len(page.rows), stored, at)
        else:
            state.read += len(page.rows)
            state.written += stored.written
            state.save(update_fields=["walk", "read", "written"])

    def _success(
        self, stream: Stream, state: StreamState, rows: int, stored: Stored, at: dt.datetime
    ) -> None:
        state.done_once = True
        state.problem = ""
        state.last_success_at = at
        state.read += rows
        state.written += stored.written
        if stored.written:
            state.last_data_at = at
        state.save()

    def _count(self, answer: Page[Any]) -> None:
        self.progress.call(answer.wire_bytes)


def _digest(answer: Page[Any]) -> str:
    """Of all that an answer holds, and of how it is mapped."""
    digest = blake2b(f"{fingerprint.VERSION}".encode(), digest_size=16)
    digest.update(msgspec.json.encode(answer.records))
    for one in answer.broken:
        digest.update(one.raw)
    return digest.hexdigest()


def _seen(page: Prepared, stored: Stored, answer: Page[Any]) -> Seen:
    return Seen(
        rows=page.rows,
        page_size=answer.page_size,
        server_ms=answer.server_time_ms,
        moved=stored.moved,
        repeats=page.repeats,
        page=answer.page,
        page_count=answer.page_count,
        item_count=answer.item_count,
    )


def _check_not_all_refused(page: Prepared, stored: Stored) -> None:
    """A page of some size of which nothing could be kept is a fault, not its records' (P14). Raises NothingStored."""
    if ALL_REFUSED_AT <= len(page.rows) <= stored.set_aside:
        raise NothingStored(
            f"None of {len(page.rows)} records could be stored; the first one: {stored.reason} Nothing was changed, "
            "and the stream will be read from the same place again."
        )
