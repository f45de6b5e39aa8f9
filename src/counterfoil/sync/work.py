"""What is due, and doing it: called by the embedded runner, by the terminal, and by tests.

The truth is in the tables, so any number of workers may call this; the lease lets one through.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from counterfoil.core import budget
from counterfoil.core.pulling import WalkStuck
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync import (
    enriching,
    loading,
    membership,
    organisations,
    outcomes,
    pushing_work,
    quiet,
    webhooks,
    wiring,
)
from counterfoil.sync.leases import Lease, LeaseLost, lease_of
from counterfoil.sync.membership import RoleLost
from counterfoil.sync.meters import said_now
from counterfoil.sync.models import (
    Connection,
    ConnectionRole,
    ConnectionState,
    Doubt,
    Pass,
    PassState,
    StreamState,
)
from counterfoil.sync.owners import is_gone, owner_name
from counterfoil.sync.progress import BALANCES, Progress, progress_open
from counterfoil.sync.pull import Pull, Stopping
from counterfoil.sync.references import TooManyGone
from counterfoil.sync.settings import import_settings_of, reserve_of
from counterfoil.sync.streams import BY_KEY, CONTACTS, IN_ORDER, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.zones import day_begun
from counterfoil.xero.errors import Forbidden, ScopeMissing

log = logging.getLogger(__name__)

DAY = dt.timedelta(days=1)
# The clocks of several machines never agree to the second.
CLOCKS_DIFFER = dt.timedelta(minutes=1)
# Calls that send go one at a time (`places`); while one waits for its answer another may see to the tables.
PUSHERS = 2
READABLE = (ConnectionState.CONNECTED, ConnectionState.WAITING)

Clock = Callable[[], dt.datetime]

# All that a pass asks of our tables before it asks Xero: every pass of every organisation, most of which find nothing.
_LATEST = Pass.objects.filter(connection=OuterRef("pk")).order_by("-started_at")
_CONNECTION = PreparedQuery(
    lambda pk: (
        Connection.objects.filter(pk=pk)
        .select_related("operating_company__import_settings", "tokens", "hearing")
        .annotate(latest_pass=Subquery(_LATEST.values("state")[:1]))
    )
)
# What of a stream's state says whether there is anything new; a stream that is read has its whole row read again.
_STANDING = ("connection_id", "stream", "cursor_ms", "walk", "last_success_at", "problem")
_STATES = PreparedQuery(lambda pk: StreamState.objects.filter(connection_id=pk).only(*_STANDING))


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def readable(connection: Connection) -> bool:
    """Whether it may be read as it is now: since it was found due, somebody may have paused or disconnected it."""
    return connection.state in READABLE and connection.tokens_id is not None


def connections_due(at: dt.datetime) -> list[int]:
    """Connections that want a pass now, the longest waiting first."""
    # A pass from the future: the clock was ahead and has been put right (O7).
    due = Q(pass_wanted_at__lte=at) | Q(next_pass_at__lte=at) | Q(last_pass_at__gt=at + CLOCKS_DIFFER)
    rows = Connection.objects.filter(due, state__in=READABLE, tokens__isnull=False)
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    return list(
        rows.filter(free).order_by(F("next_pass_at").asc(nulls_first=True)).values_list("pk", flat=True)
    )


def pushes_due(at: dt.datetime) -> list[int]:
    """Connections of companies that have something to bring to Xero now, the longest waiting first.

    What is not connected keeps its work until it is again.
    """
    return pushing_work.connections_due(at)


def push_run(connection_id: int, *, clock: Clock = now, workers: int = PUSHERS) -> int:
    """Bring to Xero what is due; returns how much moved. Needs no lease of the connection: each intent has its own,
    so orders go out while a first import is under way (reliability R12).
    """
    return pushing_work.run(connection_id, clock=clock, workers=workers, owner=owner_name())


def left_behind_clear() -> None:
    """See to what workers left that were killed: free the leases of those that have ended for certain, so that a
    restart goes on at once, and make the indexes that wait for the end of a first sync.
    """
    loading.indexes_make()
    for connection in Connection.objects.exclude(lease_owner=""):
        if is_gone(connection.lease_owner):
            Lease(connection.pk, connection.lease_token).release()
    pushing_work.leases_of_the_dead_release()


def pass_run(connection_id: int, *, clock: Clock = now, page_size: int = 1000) -> Pass | None:
    """Run one pass, or go on with the one that was cut off. None while another worker has it, or nobody may."""
    (connection,) = _CONNECTION.rows(connection_id)
    if not readable(connection):
        return None
    lease = lease_of(connection, owner=owner_name(), at=clock())
    if lease is None:
        return None
    try:
        if connection.role == ConnectionRole.SECONDARY:
            return enriching.pass_over(connection, lease, clock=clock)
        return _pass_run(connection, lease, clock=clock, page_size=page_size)
    except BaseException as error:
        lease.release()
        if isinstance(error, LeaseLost | Stopping):
            return None
        raise


def _pass_run(connection: Connection, lease: Lease, *, clock: Clock, page_size: int) -> Pass:
    began = clock()
    wanted = connection.pass_wanted_at
    is_first = connection.last_pass_at is None
    wiring.governor(connection.tenant_id, day_reserve=reserve_of(connection.operating_company))
    full = not is_first and _full_due(connection, began)
    if full or _hears(connection):
        webhooks.settle(connection, began)
    states = _states(connection)
    streams = IN_ORDER if is_first or full or wanted else _streams_due(connection, states, began)
    progress = progress_open(
        connection,
        _chosen(connection, streams),
        is_first=is_first,
        is_shown=bool(is_first or full or wanted),
        at=began,
    )
    # A pass that was cut off goes on with the streams it had, which may be fewer.
    whole = progress.keys >= {stream.key for stream in _chosen(connection, IN_ORDER)}
    full = full and whole
    unchanged: set[str] = set()
    try:
        with (
            loading.indexes_put_off() if is_first else nullcontext(),
            Pull(connection, states, lease, progress, clock=clock, full=full, page_size=page_size) as pull,
        ):
            _facts_refresh(connection, progress, at=began)
            _streams_run(pull, progress, clock=clock)
            unchanged = pull.unchanged
    except (LeaseLost, Stopping):
        raise
    except Exception as error:  # noqa: BLE001  # the one place that decides what becomes of a pass
        told = membership.explained(connection, error, at=clock())
        outcome = outcomes.pass_outcome(told, failures=_failures_in_a_row(connection), at=clock())
    else:
        outcome = outcomes.Outcome(ConnectionState.CONNECTED, PassState.DONE, "")
    at = clock()
    changes = _row_changes(connection, progress, outcome, full=full, unchanged=unchanged, at=at)
    with transaction.atomic():
        if not lease.release(**changes):
            raise LeaseLost  # whoever was disconnected meanwhile, or overtaken, leaves no state behind
        _finish(connection, progress, outcome, at=at)
        if wanted and (whole or outcome.pass_state != PassState.DONE):
            # A request that came while this pass ran stays: it wants what changed since.
            Connection.objects.filter(pk=connection.pk, pass_wanted_at=wanted).update(pass_wanted_at=None)
    return progress.run


def _hears(connection: Connection) -> bool:
    """Whether webhooks ever told of this organisation."""
    return getattr(connection, "hearing", None) is not None


def _states(connection: Connection) -> dict[str, StreamState]:
    """How far each stream has been read."""
    found = {state.stream: state for state in _STATES.rows(connection.pk)}
    missing = [StreamState(connection=connection, stream=key) for key in BY_KEY if key not in found]
    if missing:
        StreamState.objects.bulk_create(missing)
        return _states(connection)
    return found


def _streams_run(pull: Pull, progress: Progress, *, clock: Clock) -> None:
    unread = [one for one in IN_ORDER if one.key in progress.keys and not progress.is_done(one.key)]
    left = _chosen(pull.connection, unread)
    for stream in unread:
        if stream not in left:
            progress.finish(stream.key)  # of a pass that was cut off before somebody took it over (IS-5)
    pull.ask_ahead(left)
    barred: list[Exception] = []
    for stream in left:
        try:
            with _barred(pull, barred, clock):
                pull.stream(stream)
        except outcomes.OF_ONE_STREAM as error:
            problem = outcomes.stream_problem(error)
            progress.finish(stream.key, problem=problem)
            progress.page_save(clock())
            state = StreamState.objects.filter(connection=pull.connection, stream=stream.key)
            state.update(problem=problem)
            if isinstance(error, TooManyGone):
                state.update(doubt=Doubt.DOUBTED)
            if isinstance(error, WalkStuck):
                state.update(walk=None)  # from where it stood nothing moves on; others go on from there
    if 1 < len(left) == len(barred):
        # What bars every stream is about the connection, and said of it alone.
        StreamState.objects.filter(connection=pull.connection).update(problem="")
        raise barred[0]
    if not progress.run.is_first and not progress.is_done(BALANCES):
        _retries_run(pull)
        pull.balances()


@contextmanager
def _barred(pull: Pull, before: list[Exception], clock: Clock) -> Iterator[None]:
    """Note what bars a stream. Xero's list of connections is asked about the first one alone (TK-3)."""
    try:
        yield
    except ScopeMissing as error:
        before.append(error)
        raise
    except Forbidden as error:
        known = next((one for one in before if isinstance(one, RoleLost)), None)
        told = known or membership.explained(pull.connection, error, at=clock())
        before.append(told)
        raise told from error


def _retries_run(pull: Pull) -> None:
    """What waits for a contact need not be looked at while no contact has changed."""
    if pull.connection.pass_wanted_at is None and CONTACTS.key in pull.unchanged:
        return
    try:
        pull.retries()
    except outcomes.OF_ONE_STREAM as error:
        log.warning("what was set aside could not be read again: %s", error)  # it stays where it was


def _chosen(connection: Connection, streams: Sequence[Stream]) -> list[Stream]:
    """Without currency import the currencies are the users' own (IS-5)."""
    by_hand = not import_settings_of(connection.operating_company).currency_import
    return [stream for stream in streams if not (by_hand and stream.key == "currencies")]


def _streams_due(
    connection: Connection, states: Mapping[str, StreamState], at: dt.datetime
) -> tuple[Stream, ...]:
    """The streams whose turn it is: reference data daily, the rest by the rhythm of the day's calls."""
    minutes = import_settings_of(connection.operating_company).pass_minutes
    told = webhooks.trusted(connection, at) if _hears(connection) else ()
    allowed = wiring.background_calls_a_day(reserve_of(connection.operating_company))
    every = budget.rhythm(minutes, allowed, told)

    def due(stream: Stream) -> bool:
        before = quiet.success_at(connection, states[stream.key])
        if before is None:
            return True
        if stream.reference:
            return at - before >= DAY
        # Half a pass of tolerance: a pass that began a moment early must not skip a turn.
        return at - before >= dt.timedelta(minutes=minutes * (every[stream.key] - 0.5))

    return tuple(stream for stream in IN_ORDER if due(stream))


def _full_due(connection: Connection, at: dt.datetime) -> bool:
    """With each new day of the organisation everything is compared: some changes carry no newer stamp (SY-6)."""
    last = connection.limits.get("full_at")
    return last is not None and day_begun(connection.time_zone, dt.datetime.fromisoformat(last), at)


def _facts_refresh(connection: Connection, progress: Progress, *, at: dt.datetime) -> None:
    """CN-10: what the organisation offers is looked at again daily."""
    if connection.checked_at is not None and at - connection.checked_at < DAY:
        return
    membership.confirm(connection, at=at)
    source = StoredTokens(connection.tokens_id or 0)
    facts = organisations.facts_read(connection.tenant_id, source, connection.scopes)
    organisations.facts_keep(connection, facts, at=at)
    connection.save(update_fields=organisations.FACTS)
    for _ in range(organisations.FACTS_CALLS):
        progress.call(0)


def _failures_in_a_row(connection: Connection) -> int:
    return int(connection.limits.get("failures", 0))


def _finish(
    connection: Connection, progress: Progress, outcome: outcomes.Outcome, *, at: dt.datetime
) -> None:
    run = progress.run
    run.state, run.problem, run.resumes_at = outcome.pass_state, outcome.problem, outcome.resumes_at
    run.ended_at = at if outcome.pass_state in (PassState.DONE, PassState.FAILED) else None
    progress.save(at)
    outcomes.state_change(connection, outcome.connection_state, outcome.problem, at=at, cause=outcome.cause)


def _row_changes(
    connection: Connection,
    progress: Progress,
    outcome: outcomes.Outcome,
    *,
    full: bool,
    unchanged: set[str],
    at: dt.datetime,
) -> dict[str, object]:
    """What the end of a pass leaves in the connection's row."""
    minutes = import_settings_of(connection.operating_company).pass_minutes
    done = outcome.pass_state == PassState.DONE
    changes: dict[str, object] = {
        "next_pass_at": at + dt.timedelta(minutes=minutes) if done else outcome.resumes_at,
        "limits": _limits(
            connection, done=done, full=full or progress.run.is_first, began=progress.run.started_at, at=at
        )
        | {"day_over": outcome.day_over, "looked": quiet.looked(connection, unchanged, at)},
    }
    if done:
        changes["last_pass_at"] = at
        if progress.wrote_data:
            changes["last_data_at"] = at
    return changes


def _limits(
    connection: Connection, *, done: bool, full: bool, began: dt.datetime, at: dt.datetime
) -> dict[str, object]:
    """`full_at` is when it began: what was read before midnight says nothing about the day after."""
    failures = 0 if done else _failures_in_a_row(connection) + 1
    full_at = began.isoformat() if done and full else connection.limits.get("full_at")
    return {**said_now(connection, at), "failures": failures, "full_at": full_at}
