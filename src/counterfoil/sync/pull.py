"""One pass over the streams of a connection: the first sync and every later one, by the same code.

What to ask next is decided in `core.pulling`; this module asks, stores each page in one transaction
with its cursor, and keeps the progress. It catches nothing of Xero's: `outcomes` does.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from typing import Any, Self

from django.db import transaction

from counterfoil.core.applied import Applied
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.core.pulling import Seen, Walk
from counterfoil.crm.sales.selectors import Owed, owed
from counterfoil.database import bulk
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync import (
    organisations,
    quiet,
    rates,
    references,
    retrying,
    signals,
    storing,
    webhooks,
    wiring,
)
from counterfoil.sync.grounds import Ground
from counterfoil.sync.leases import Lease
from counterfoil.sync.meters import said_now
from counterfoil.sync.models import Connection, Doubt, StreamState
from counterfoil.sync.progress import BALANCES, Progress
from counterfoil.sync.reading import Answer, Reader, without_database
from counterfoil.sync.settings import ground_of
from counterfoil.sync.storing import Prepared, Stored
from counterfoil.sync.streams import CONTACTS, CURRENCIES, INVOICES, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.xero.client import Ask, Page, XeroClient
from counterfoil.xero.errors import XeroError

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
States = dict[str, StreamState]

_STATE = PreparedQuery(lambda pk: StreamState.objects.filter(pk=pk))
# What a stream that was read to its end keeps.
_KEPT = (
    "cursor_ms",
    "walk",
    "done_once",
    "problem",
    "doubt",
    "last_success_at",
    "last_data_at",
    "read",
    "written",
)


class Pull:
    """A pass under way. Use as a context manager: it owns threads.

    `full`: read everything whatever the cursors say (the daily compare, SY-6).
    """

    def __init__(
        self,
        connection: Connection,
        states: States,
        lease: Lease,
        progress: Progress,
        *,
        clock: Clock,
        full: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> None:
        if connection.tokens is None:
            raise ValueError("a connection without tokens cannot be read")
        self.connection = connection
        self.progress = progress
        self.full = full
        self.unchanged: set[str] = set()
        self._states = states
        self._lease = lease
        self._clock = clock
        self._page_size = page_size
        self._ground = ground_of(connection)
        self._tokens = StoredTokens(connection.tokens.pk, connection.tokens)
        self._client = organisations.client_for(connection.tenant_id, self._tokens)
        self._stamps: dict[str, Mapping[str, int]] = {}
        self._started: list[Future[Any]] = []
        self._asked: dict[str, Page[Any] | XeroError] = {}
        self._reader = Reader(self._in_thread, self._ask, self._prepare, self._tokens.access_token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        wait([started for started in self._started if not started.cancel()])
        for asked in self._asked.values():
            if isinstance(asked, Page):
                self._count(asked)  # answered, although an error before it ended the pass
        for answer in self._reader.unstored():
            self._count(answer)

    @property
    def client(self) -> XeroClient:
        return self._client

    def ask_ahead(self, streams: Sequence[Stream]) -> None:
        """Ask for the first page of each stream at once: most answers of a later pass hold nothing new.

        When everything is read, pages are mapped ahead of need as well; not after a crash, which would lose again
        what was asked ahead.
        """
        self._tokens.access_token()  # refreshed here rather than in a thread
        if self.full or self.progress.run.is_first:
            lows = [(one, self._walk_begin(one, self._states[one.key]).low_ms) for one in streams]
            if not any("mode" in (self._states[one.key].walk or {}) for one in streams):
                self._reader.expect(lows, longest=INVOICES)
            return
        answers = self._client.pages([self._first_ask(stream) for stream in streams])
        self._asked = {one.key: answer for one, answer in zip(streams, answers, strict=True) if answer}

    def _in_thread(self, do: Callable[[], Answer]) -> Future[Answer]:
        """In one of the process's threads; the pass does not end before it."""
        self._started = [one for one in self._started if not one.done()]
        future = wiring.threads().submit(without_database, do)
        self._started.append(future)
        return future

    def stream(self, stream: Stream) -> None:
        """Bring one stream up to date."""
        self.progress.begin(stream.key)
        page = None
        asked = self._asked.pop(stream.key, None)
        if fetched := self._reader.expected(stream):
            answer, page = fetched
        else:
            if isinstance(asked, XeroError):
                raise asked
            answer = asked or self._first_page(stream)
        self._count(answer)
        if quiet.is_quiet(answer, self._states[stream.key]):
            self.unchanged.add(stream.key)
            self.progress.finish(stream.key)
        else:
            self._read(stream, answer, page)
        self._reader.drop(stream)

    def _first_page(self, stream: Stream) -> Page[Any]:
        return self._client.page(**self._first_ask(stream)._asdict())

    def _first_ask(self, stream: Stream) -> Ask[Any]:
        """What a stream is asked first."""
        state = self._states[stream.key]
        tag = "" if self.full else quiet.tag_of(state)
        if not stream.is_walked:
            return Ask(stream.endpoint, unless=tag)
        ask = self._walk_begin(stream, state).ask
        return Ask(
            stream.endpoint,
            page=ask.page,
            page_size=self._page_size,
            modified_since_ms=ask.low_ms,
            unless=None if self.full or self.progress.run.is_first else tag,
        )

    def _ask(self, stream: Stream, low_ms: int | None, page: int) -> Page[Any]:
        if not stream.is_walked:
            return self._first_page(stream)
        size = self._page_size
        return self._client.page(stream.endpoint, page=page, page_size=size, modified_since_ms=low_ms)

    def _read(self, stream: Stream, answer: Page[Any], page: Prepared | None) -> None:
        asked_as = self._states[stream.key]
        (state,) = _STATE.rows(asked_as.pk)
        self._states[stream.key] = state
        if (state.cursor_ms, state.walk) != (asked_as.cursor_ms, asked_as.walk):
            # Somebody asked to read it afresh meanwhile (SY-9).
            answer, page = self._first_page(stream), None
            self._count(answer)
        if stream.is_walked:
            self._walk(stream, state, answer, page)
        else:
            self._whole(stream, state, answer, page or self._prepare(stream, answer))

    def retries(self) -> None:
        """Read again by id what was set aside and may be taken in now (SY-10)."""
        for stream, ids in retrying.due(self.connection.pk, self._ground):
            for part in retrying.read(self._client, stream, ids, self._count):
                self._retry(stream, part)

    def _retry(self, stream: Stream, part: retrying.Read) -> None:
        page = storing.prepare(stream, part.records, part.broken, self._ground)
        fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        at = self._clock()
        with transaction.atomic():
            self._lease.renew(at)
            references.missing_store(stream, fetched, self.connection.pk, self._ground, at)
            stored = self._page_store(stream, page, at)
            retrying.close(self.connection, stream, part.ids, page, at=at)
            self.progress.wrote_data = self.progress.wrote_data or stored.written > 0

    def balances(self) -> None:
        """Read again the contacts whose documents add another amount: their balances move without a stamp (SY-6)."""
        self.progress.begin(BALANCES)
        at = self._clock()
        read = written = 0
        due = self.connection.balances_due
        for records, broken in references.contacts_by_id(self._client, due, self._count):
            page = storing.prepare(CONTACTS, records, broken, self._ground)
            with transaction.atomic():
                self._lease.renew(at)
                stored = self._store(CONTACTS, page, at)
            read, written = read + len(page.rows), written + stored.written
        if due:
            self._balances_due_set([])
        self.progress.add(BALANCES, read=read, written=written, set_aside=0, total=read)
        self.progress.finish(BALANCES)

    def _balances_due_set(self, ledgers: Sequence[str]) -> None:
        self.connection.balances_due = list(ledgers)
        Connection.objects.filter(pk=self.connection.pk).update(balances_due=list(ledgers))

    def _walk(self, stream: Stream, state: StreamState, answer: Page[Any], page: Prepared | None) -> None:
        walk = self._walk_begin(stream, state)
        if walk.start_low_ms is not None and page is None:
            ids = [stream.endpoint.id_of(record) for record in answer.records]
            self._stamps[stream.key] = storing.stamps_stored(stream, self.connection.pk, ids)
        if gc.get_threshold()[0] < COLLECT_EVERY:
            gc.set_threshold(COLLECT_EVERY)
        if page is None:
            answer, page = self._reader.follow(stream, walk, answer)
        walk = self._page(stream, state, walk, answer, page)
        while not walk.done:
            if signals.stopping.is_set():
                raise Stopping
            self.progress.show(self._clock())
            answer, page = self._reader.page(stream, walk)
            self._count(answer)
            walk = self._page(stream, state, walk, answer, page)

    def _walk_begin(self, stream: Stream, state: StreamState) -> Walk:
        if state.walk and "mode" in state.walk:
            return Walk.load(state.walk).resume()
        cursor = None if self.full else state.cursor_ms
        return Walk.begin(cursor, rows_vanish=stream.endpoint.rows_vanish)

    def _prepare(self, stream: Stream, answer: Page[Any]) -> Prepared:
        stamps = self._stamps.get(stream.key, storing.NO_STAMPS)
        return storing.prepare(stream, answer.records, answer.broken, self._ground, stamps)

    def _hold(self, at: dt.datetime) -> None:
        """With each page: prove the lease, and let who watches see what is left of the minute."""
        if self.progress.is_shown:
            self._lease.renew(at, limits=self.connection.limits | said_now(self.connection, at))
        else:
            self._lease.renew(at)

    def _page(
        self, stream: Stream, state: StreamState, walk: Walk, answer: Page[Any], page: Prepared
    ) -> Walk:
        """Store one page of a walk with its cursor."""
        fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        at = self._clock()
        with transaction.atomic():
            self._hold(at)
            references.missing_store(stream, fetched, self.connection.pk, self._ground, at)
            stored = self._store(stream, page, at)
            self._compare_with_told(stream, state, page, stored, at)
            after = walk.after(_seen(page, stored, answer))
            self._state_keep(state, after, answer, page, stored, at)
            self.progress.add(
                stream.key,
                read=len(page.rows),
                written=stored.written,
                set_aside=stored.set_aside,
                total=answer.item_count if walk.mode == "pages" else None,
            )
            if after.done:
                self.progress.finish(stream.key)
            self.progress.page_save(at)
        # Callers still hold the page; its records need not stay while the next one is waited for.
        answer.records.clear()
        page.good.clear()
        return after

    def _compare_with_told(
        self, stream: Stream, state: StreamState, page: Prepared, stored: Stored, at: dt.datetime
    ) -> None:
        """Changes that only polling found tell how far webhooks can be relied on; a full read tells nothing new."""
        if self.full or state.cursor_ms is None or getattr(self.connection, "hearing", None) is None:
            return
        stamps = {value.external_id: page.good[value.external_id].updated_ms for value in stored.touched}
        fresh = {xero_id: ms for xero_id, ms in stamps.items() if ms > state.cursor_ms}
        webhooks.poll_found(self.connection, stream, fresh, at)

    def _whole(self, stream: Stream, state: StreamState, answer: Page[Any], page: Prepared) -> None:
        """Store a small or blind stream as a whole."""
        at = self._clock()
        rows = len(answer.records) + len(answer.broken)
        with transaction.atomic():
            self._hold(at)
            stored = self._whole_store(stream, state, answer, page, at)
            state.walk = quiet.tag_kept(answer, set_aside=stored.set_aside)
            state.cursor_ms = answer.server_time_ms
            self._success(state, rows, stored, at)
            if stream is CURRENCIES:
                # Here, since whoever goes on after a crash does not read them again.
                rates.bundled_ensure(self._ground.company, at=at)
            self.progress.add(
                stream.key, read=rows, written=stored.written, set_aside=stored.set_aside, total=rows
            )
            self.progress.finish(stream.key)
            self.progress.page_save(at)

    def _whole_store(
        self, stream: Stream, state: StreamState, answer: Page[Any], page: Prepared, at: dt.datetime
    ) -> Stored:
        stored = self._store(stream, page, at)
        present = {stream.endpoint.id_of(record) for record in answer.records}
        present |= {one.xero_id for one in answer.broken if one.xero_id}
        believed = state.doubt == Doubt.ACCEPTED
        references.gone_withdraw(
            stream, self.connection.pk, self._ground, present, stored, at, believed=believed
        )
        return stored

    def _store(self, stream: Stream, page: Prepared, at: dt.datetime) -> Stored:
        stored = self._page_store(stream, page, at)
        _check_not_all_refused(page, stored)
        return stored

    def _page_store(self, stream: Stream, page: Prepared, at: dt.datetime) -> Stored:
        """With the balances that are due because of it, in the caller's transaction: a crash forgets none."""
        moves = stream.ledger == "sales" and not self.progress.run.is_first
        before: dict[str, Owed] = {}

        def apply(ground: Ground, values: Sequence[DocumentValues], at: dt.datetime, **more: Any) -> Applied:
            before.update(owed(ground.company, [value.external_id for value in values]))
            return stream.apply(ground, values, at, **more)

        stored = storing.page_store(
            stream,
            page,
            connection_id=self.connection.pk,
            ground=self._ground,
            at=at,
            apply=apply if moves else None,
        )
        due = set(self.connection.balances_due)
        if moves:
            due |= references.balances_moved(before, stored.touched)
        if stream is CONTACTS:  # what it owed is its survivor's, whose stamp does not move
            due |= {value.merged_to for value in stored.touched if value.merged_to}
        if len(due) > len(self.connection.balances_due):
            self._balances_due_set(sorted(due))
        return stored

    def _state_keep(
        self,
        state: StreamState,
        walk: Walk,
        answer: Page[Any],
        page: Prepared,
        stored: Stored,
        at: dt.datetime,
    ) -> None:
        if not walk.done:
            state.walk = walk.dump()
            state.read += len(page.rows)
            state.written += stored.written
            state.save(update_fields=["walk", "read", "written"])
            return
        # A full page would tell nothing of what may come to follow it.
        is_short = len(page.rows) < answer.page_size
        state.walk = quiet.tag_kept(answer, set_aside=stored.set_aside) if is_short else None
        state.cursor_ms = walk.cursor_after(state.cursor_ms)
        self._success(state, len(page.rows), stored, at)

    def _success(self, state: StreamState, rows: int, stored: Stored, at: dt.datetime) -> None:
        state.done_once = True
        state.problem = state.doubt = ""
        state.last_success_at = at
        state.read += rows
        state.written += stored.written
        if stored.written:
            state.last_data_at = at
        kept = {column: getattr(state, column) for column in _KEPT}
        bulk.change(StreamState, {"id": state.pk}, kept)

    def _count(self, answer: Page[Any]) -> None:
        self.progress.call(answer.wire_bytes)


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
