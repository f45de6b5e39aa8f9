"""A pass over a Secondary: what it knows is put onto customers, suppliers and products that are here already (CN-5).

It keeps no links, makes no record and sends nothing. It asks for what changed since the last time, and daily, or when
somebody asks for a pass, for everything, so that what was made here meanwhile is found too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from counterfoil.core.applied import Applied
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.crm.customers.services import ledgers_enrich
from counterfoil.crm.products.services import products_enrich
from counterfoil.sync import membership, organisations, outcomes
from counterfoil.sync.leases import Lease, LeaseLost
from counterfoil.sync.models import Connection, ConnectionRole, ConnectionState, Pass, PassState, StreamState
from counterfoil.sync.progress import Progress, progress_open
from counterfoil.sync.settings import ground_of, import_settings_of
from counterfoil.sync.streams import CONTACTS, ITEMS, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.zones import day_begun
from counterfoil.xero.client import Page, XeroClient
from counterfoil.xero.errors import Forbidden

IN_ORDER = (CONTACTS, ITEMS)
DAY = dt.timedelta(days=1)
# The clock of Xero's servers and the moment a change shows differ by seconds; a record seen twice does no harm.
OVERLAP_MS = 5 * 60 * 1000

Clock = Callable[[], dt.datetime]


def pass_over(connection: Connection, lease: Lease, *, clock: Clock) -> Pass:
    """One pass under the lease. Raises LeaseLost when somebody else took over."""
    began = clock()
    wanted = connection.pass_wanted_at
    is_first = connection.last_pass_at is None
    everything = is_first or bool(wanted) or _day_over(connection, began)
    progress = progress_open(connection, IN_ORDER, is_first=True, is_shown=everything, at=began)
    progress.run.is_first = is_first
    try:
        _streams_run(connection, lease, progress, everything=everything, clock=clock)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  # as in `work`: the one place that decides what becomes of it
        failures = int(connection.limits.get("failures", 0))
        told = membership.explained(connection, error, at=clock())
        outcome = outcomes.pass_outcome(told, failures=failures, at=clock())
    else:
        outcome = outcomes.Outcome(ConnectionState.CONNECTED, PassState.DONE, "")
    return _end(connection, lease, progress, outcome, everything=everything, wanted=wanted, at=clock())


def _day_over(connection: Connection, at: dt.datetime) -> bool:
    last = connection.limits.get("full_at")
    return last is None or day_begun(connection.time_zone, dt.datetime.fromisoformat(last), at)


def _streams_run(
    connection: Connection, lease: Lease, progress: Progress, *, everything: bool, clock: Clock
) -> None:
    client = organisations.client_for(connection.tenant_id, StoredTokens(connection.tokens_id or 0))
    if connection.checked_at is None or clock() - connection.checked_at >= DAY:
        facts = organisations.facts_read(
            connection.tenant_id, StoredTokens(connection.tokens_id or 0), connection.scopes
        )
        organisations.facts_keep(connection, facts, at=clock())
        connection.save(update_fields=organisations.FACTS)
    barred: list[Exception] = []
    for stream in IN_ORDER:
        state, _ = StreamState.objects.get_or_create(connection=connection, stream=stream.key)
        since = None if everything or state.cursor_ms is None else state.cursor_ms - OVERLAP_MS
        progress.begin(stream.key)
        try:
            server_ms = _stream(connection, client, lease, progress, stream, since, clock=clock)
        except (Forbidden, *outcomes.OF_ONE_STREAM) as error:
            told = membership.explained(connection, error, at=clock())
            if not isinstance(told, outcomes.OF_ONE_STREAM):
                raise told from error
            barred.append(told)
            problem = outcomes.stream_problem(told)
            progress.finish(stream.key, problem=problem)
            StreamState.objects.filter(pk=state.pk).update(problem=problem)
            continue
        row = progress.stage(stream.key)
        state.cursor_ms = server_ms or state.cursor_ms
        state.done_once, state.problem, state.last_success_at = True, "", clock()
        state.read, state.written = state.read + row["done"], state.written + row["written"]
        if row["written"]:
            state.last_data_at = clock()
        state.save()
        progress.finish(stream.key)
    if len(barred) == len(IN_ORDER):
        raise barred[0]  # what bars both is about the connection


def _stream(
    connection: Connection,
    client: XeroClient,
    lease: Lease,
    progress: Progress,
    stream: Stream,
    since: int | None,
    *,
    clock: Clock,
) -> int | None:
    """Read and apply every page; the server's time as it was on the first."""
    number, server_ms = 1, None
    while True:
        page = number if stream is CONTACTS else None
        answer: Page[Any] = client.page(stream.endpoint, page=page, modified_since_ms=since)
        server_ms = server_ms or answer.server_time_ms
        progress.call(answer.wire_bytes)
        at = clock()
        with transaction.atomic():
            lease.renew(at)
            applied = _applied(connection, stream, answer.records, at)
            progress.add(
                stream.key,
                read=len(answer.records),
                written=applied.updated,
                set_aside=0,
                total=answer.item_count,
            )
            progress.page_save(at)
        if stream is not CONTACTS or not answer.records or number >= (answer.page_count or number + 1):
            return server_ms
        number += 1


def _applied(connection: Connection, stream: Stream, records: list[Any], at: dt.datetime) -> Applied:
    ground = ground_of(connection)
    values = []
    for record in records:
        try:
            values.append(stream.value(record, ground))
        except CannotMap:
            continue  # it would have enriched nothing: what it lacks is the very id or code to find it by
    live = Connection.objects.of(ground.company).exclude(state=ConnectionState.DISCONNECTED)
    has_primary = live.filter(role=ConnectionRole.PRIMARY).exists()
    enrich = ledgers_enrich if stream is CONTACTS else products_enrich
    return enrich(ground.company, values, has_primary=has_primary, at=at)


def _end(
    connection: Connection,
    lease: Lease,
    progress: Progress,
    outcome: outcomes.Outcome,
    *,
    everything: bool,
    wanted: dt.datetime | None,
    at: dt.datetime,
) -> Pass:
    done = outcome.pass_state == PassState.DONE
    minutes = import_settings_of(connection.operating_company).pass_minutes
    failures = 0 if done else int(connection.limits.get("failures", 0)) + 1
    limits = connection.limits | {"failures": failures, "day_over": outcome.day_over}
    if done and everything:
        limits["full_at"] = progress.run.started_at.isoformat()
    changes: dict[str, object] = {
        "limits": limits,
        "next_pass_at": at + dt.timedelta(minutes=minutes) if done else outcome.resumes_at,
    }
    if done:
        changes["last_pass_at"] = at
        if progress.wrote_data:
            changes["last_data_at"] = at
    run = progress.run
    run.state, run.problem, run.resumes_at = outcome.pass_state, outcome.problem, outcome.resumes_at
    run.ended_at = None if outcome.pass_state == PassState.WAITING else at
    with transaction.atomic():
        if not lease.release(**changes):
            raise LeaseLost
        progress.save(at)
        outcomes.state_change(
            connection, outcome.connection_state, outcome.problem, at=at, cause=outcome.cause
        )
        mine = Connection.objects.filter(pk=connection.pk, pass_wanted_at=wanted)
        if wanted is not None:
            mine.update(pass_wanted_at=None)
    return run
