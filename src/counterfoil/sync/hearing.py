"""Act on what webhooks told: read those records by id, in batches, and store them as a pass stores them (WH-2).

Under the connection's lease like a pass, through `storing` like a pass: so a duplicate, a replay or an event that comes
late finds nothing new, and an older answer never overwrites a newer one. Where one page would be cheaper than many
reads by id, a pass is asked for instead. Cursors are never touched: polling alone still brings everything.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q

from counterfoil.core import budget
from counterfoil.sync import (
    membership,
    organisations,
    outcomes,
    references,
    services,
    signals,
    storing,
    webhooks,
    wiring,
)
from counterfoil.sync.leases import Lease, LeaseLost, lease_of
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState
from counterfoil.sync.owners import owner_name
from counterfoil.sync.progress import calls_count
from counterfoil.sync.settings import ground_of, reserve_of
from counterfoil.sync.storing import Stored
from counterfoil.sync.streams import CONTACTS, CREDIT_NOTES, INVOICES, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.webhook_models import HeardStream, Hearing, WebhookEvent
from counterfoil.sync.webhooks import CATEGORY_OF, STREAM_OF, events_of
from counterfoil.sync.work import READABLE, Clock, now, readable
from counterfoil.xero.client import Broken, Page
from counterfoil.xero.endpoints import IDS_AT_ONCE
from counterfoil.xero.errors import NotFound, TemporarilyUnavailable

log = logging.getLogger(__name__)

# Documents first: they say whose balances have moved.
IN_ORDER = (INVOICES, CREDIT_NOTES, CONTACTS)
# Events by the record they name.
Events = Mapping[str, Sequence[WebhookEvent]]
AT_ONCE = 2_000
# Calls by id that a pass over the changes since the last one is cheaper than.
PASS_ABOVE_CALLS = 10
# So many reads in vain, in one run or in one after the other, and no more of them: Xero is out of order, or it cannot
# give one of these records by its id, and then a pass brings the others (H7).
IN_VAIN = 3
# Said of credit notes alone; those of suppliers are not the CRM's.
SUPPLIERS = "ACCPAYCREDIT"


def connections_told(at: dt.datetime) -> list[int]:
    """Connections that have been told of something and may read it now, the longest waiting first."""
    webhooks.unfold()
    oldest = dict(
        WebhookEvent.objects.filter(handled_at=None)
        .values_list("tenant_id")
        .annotate(oldest=Min("received_at"))
        .values_list("tenant_id", "oldest")
    )
    if not oldest:
        return []
    _strangers_drop(oldest.keys(), at)
    rows = (
        Connection.objects.filter(state__in=READABLE, tokens__isnull=False, tenant_id__in=list(oldest))
        .filter(Q(lease_until=None) | Q(lease_until__lt=at), last_pass_at__isnull=False)
        .filter(role=ConnectionRole.PRIMARY)  # what a Secondary knows makes no records (CN-5)
        .select_related("hearing", "tokens", "operating_company__import_settings")
    )
    due = [row for row in rows if _may_read(row, at) and _waiting(row).exists()]
    return [row.pk for row in sorted(due, key=lambda row: oldest[row.tenant_id])]


def told_run(connection_id: int, *, clock: Clock = now) -> int:
    """Read what a connection was told of; returns how many events were acted on. 0 while another worker has it."""
    rows = Connection.objects.select_related("operating_company__import_settings", "tokens", "hearing")
    connection = rows.get(pk=connection_id)
    if not readable(connection):
        return 0
    lease = lease_of(connection, owner=owner_name(), at=clock())
    if lease is None:
        return 0
    listener = Listener(connection, lease, clock=clock)
    try:
        listener.run()
    except LeaseLost:
        pass
    except Exception as error:  # noqa: BLE001  # the one place that decides what becomes of a run
        _stopped(connection, error, at=clock())
    finally:
        lease.release()
    return listener.handled


def _waiting(connection: Connection) -> Any:
    return events_of(connection).filter(handled_at=None)


def _may_read(connection: Connection, at: dt.datetime) -> bool:
    hearing: Hearing | None = getattr(connection, "hearing", None)
    if hearing is None:
        return True
    if hearing.not_before is not None and at < hearing.not_before:
        return False
    return budget.may_read(hearing.spent_until, budget=_calls_a_day(connection), at=at)


def _calls_a_day(connection: Connection) -> int:
    """What reading by itself may use in a day, by the company's own reserve for people (IS-8)."""
    return wiring.background_calls_a_day(reserve_of(connection.operating_company))


def _strangers_drop(tenants: Any, at: dt.datetime) -> None:
    """Events about organisations that are nobody's Primary here, or told by an app that is not theirs (H10)."""
    gone = (ConnectionState.DISCONNECTED, ConnectionState.CHOOSING)
    live = Connection.objects.filter(
        tenant_id__in=list(tenants), tokens__isnull=False, role=ConnectionRole.PRIMARY
    ).exclude(state__in=gone)
    known = set(live.values_list("tenant_id", "tokens__client_id"))
    told = WebhookEvent.objects.filter(handled_at=None).values_list("tenant_id", "client_id").distinct()
    for tenant_id, client_id in set(told) - known:
        events = WebhookEvent.objects.filter(tenant_id=tenant_id, client_id=client_id, handled_at=None)
        dropped = events.update(handled_at=at, outcome="unknown")
        log.info("%d webhook events about an organisation that is not connected were dropped", dropped)


class Listener:
    """One run for one connection."""

    def __init__(self, connection: Connection, lease: Lease, *, clock: Clock) -> None:
        if connection.tokens_id is None:
            raise ValueError("a connection without tokens cannot be read")
        self.handled = 0
        self._has_read = False
        self._connection = connection
        self._lease = lease
        self._clock = clock
        self._ground = ground_of(connection)
        wiring.governor(connection.tenant_id, day_reserve=reserve_of(connection.operating_company))
        self._client = organisations.client_for(connection.tenant_id, StoredTokens(connection.tokens_id))
        self._calls = self._bytes = 0
        self._in_vain: list[tuple[Stream, Events, TemporarilyUnavailable]] = []
        self._failed_before = _failures(connection)

    def run(self) -> None:
        """Raises what Xero raises when nothing at all could be read."""
        self._leave_others()
        for stream in IN_ORDER:
            events = self._open(stream)
            if _calls_for(stream, len(events)) > PASS_ABOVE_CALLS or self._failed_before >= IN_VAIN:
                self._ask_for_pass(stream, events)
            else:
                self._read(stream, events)
        if self._failed_before < IN_VAIN:
            # A merged contact's balance is now its survivor's, of whom Xero need not tell (SY-13).
            self._read(CONTACTS, {})
        self._in_vain_settle()

    def _read(self, stream: Stream, events: Events) -> None:
        ids = list(events)
        if stream is CONTACTS:
            ids = [*ids, *(one for one in self._connection.balances_due if one not in events)]
        for batch in _batches(stream, ids):
            if signals.stopping.is_set() or len(self._in_vain) >= IN_VAIN:
                return
            named = {one: events.get(one, []) for one in batch}
            try:
                self._batch(stream, named)
            except TemporarilyUnavailable as error:
                self._in_vain.append((stream, named, error))

    def _in_vain_settle(self) -> None:
        """What could not be read although its neighbours could is left to a pass."""
        if self._in_vain and not self._has_read:
            raise self._in_vain[0][2]
        for stream, events, error in self._in_vain:
            log.warning("what a webhook told of could not be read by id: %s", error)
            self._ask_for_pass(stream, events)

    def _open(self, stream: Stream) -> dict[str, list[WebhookEvent]]:
        """Waiting events by record, so that many about one record cost one read."""
        waiting = _waiting(self._connection).filter(category=CATEGORY_OF[stream.key]).order_by("pk")
        events: dict[str, list[WebhookEvent]] = {}
        for event in waiting[:AT_ONCE]:
            events.setdefault(event.resource_id, []).append(event)
        return events

    def _leave_others(self) -> None:
        """What the CRM does not hold needs no read."""
        waiting = _waiting(self._connection)
        others = waiting.exclude(category__in=STREAM_OF) | waiting.filter(kind=SUPPLIERS)
        self.handled += others.update(handled_at=self._clock(), outcome="not ours")

    def _ask_for_pass(self, stream: Stream, events: Events) -> None:
        if not events:
            return
        at = self._clock()
        with transaction.atomic():
            self._lease.renew(at)
            self._done(stream, events, outcome="pass", at=at)
            services.pass_request(self._connection, actor=None, at=at)

    def _batch(self, stream: Stream, events: Events) -> None:
        try:
            records, broken = self._fetch(stream, list(events))
            page = storing.prepare(stream, records, broken, self._ground)
            fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        except outcomes.OF_ONE_STREAM as error:
            log.warning("what a webhook told of could not be read: %s", error)
            self._ask_for_pass(stream, events)
            return
        at = self._clock()
        with transaction.atomic():
            self._lease.renew(at)
            references.missing_store(stream, fetched, self._connection.pk, self._ground, at)
            stored = storing.page_store(
                stream, page, connection_id=self._connection.pk, ground=self._ground, at=at
            )
            self._balances_note(stream, events, stored)
            self._done(stream, events, outcome="read", at=at)
            if stored.written:
                Connection.objects.filter(pk=self._connection.pk).update(last_data_at=at)
        self._has_read = True

    def _fetch(self, stream: Stream, ids: list[str]) -> tuple[list[Any], list[Broken]]:
        """The records, without those that are gone or not the CRM's, such as bills."""
        try:
            answer = self._client.page(stream.endpoint, ids=ids)
        except NotFound:
            self._calls += 1
            return [], []
        self._count(answer)
        return answer.records, answer.broken

    def _balances_note(self, stream: Stream, read: Container[str], stored: Stored) -> None:
        """Balances that move without a stamp (SY-6) are due until the contact was read: that of a document's customer and
        that of a merged contact's survivor.
        """
        before = self._connection.balances_due
        if stream is CONTACTS:
            survivors = {value.merged_to for value in stored.touched if value.merged_to}
            due = sorted(one for one in {*before, *survivors} if one not in read)
        else:
            due = sorted({*before, *(value.ledger_id for value in stored.touched)})
        if due != before:
            self._connection.balances_due = due
            Connection.objects.filter(pk=self._connection.pk).update(balances_due=due)

    def _done(self, stream: Stream, events: Events, *, outcome: str, at: dt.datetime) -> None:
        every = [event for some in events.values() for event in some]
        WebhookEvent.objects.filter(pk__in=[one.pk for one in every]).update(handled_at=at, outcome=outcome)
        hearing, _ = Hearing.objects.get_or_create(connection=self._connection)
        hearing.spent_until = budget.spend(
            hearing.spent_until, self._calls, budget=_calls_a_day(self._connection), at=at
        )
        hearing.not_before, hearing.failures, hearing.problem = None, 0, ""
        hearing.events += len(every)
        if every:
            hearing.read_at = at
            hearing.lag_ms = round((at - min(one.received_at for one in every)).total_seconds() * 1000)
            last = max(one.received_at for one in every)
            HeardStream.objects.update_or_create(
                connection=self._connection, stream=stream.key, defaults={"last_event_at": last}
            )
        hearing.save()
        calls_count(self._connection, self._calls, self._bytes, on=at.date())
        self.handled += len(every)
        self._calls = self._bytes = 0

    def _count(self, answer: Page[Any]) -> None:
        self._calls += 1
        self._bytes += answer.wire_bytes


def _failures(connection: Connection) -> int:
    hearing: Hearing | None = getattr(connection, "hearing", None)
    return hearing.failures if hearing else 0


def _calls_for(stream: Stream, ids: int) -> int:
    return -(-ids // _size(stream))


def _size(stream: Stream) -> int:
    return IDS_AT_ONCE if stream.endpoint.ids_parameter else 1


def _batches(stream: Stream, ids: Sequence[str]) -> Iterator[Sequence[str]]:
    size = _size(stream)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _stopped(connection: Connection, error: Exception, *, at: dt.datetime) -> None:
    """Events stay where they are and are tried again; a connection that ended says so as after a pass."""
    hearing, _ = Hearing.objects.get_or_create(connection=connection)
    told = membership.explained(connection, error, at=at)
    outcome = outcomes.pass_outcome(told, failures=hearing.failures, at=at)
    Hearing.objects.filter(pk=hearing.pk).update(
        not_before=outcome.resumes_at or at + outcomes.LONGEST_RETRY,
        failures=F("failures") + 1,
        problem=outcome.problem,
    )
    outcomes.ended(connection, outcome, at=at)
