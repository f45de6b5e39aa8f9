"""What becomes of a pass that Xero stopped: the one place that catches the client's errors.

Each class of error has one reaction (see `xero.errors`). A sentence says what happened, what is
safe, and what to do; technical words stay in the log with the correlation id.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction

from counterfoil.changes.services import audit_record
from counterfoil.core.pulling import WalkStuck
from counterfoil.sync import causes, membership, prerequisites
from counterfoil.sync.membership import OrganisationGone, RoleLost
from counterfoil.sync.models import Cause, Connection, ConnectionState, PassState
from counterfoil.sync.pull import NothingStored
from counterfoil.sync.references import TooManyGone
from counterfoil.sync.sealing import SealBroken
from counterfoil.sync.signals import alert_nudge
from counterfoil.xero.errors import (
    BadAnswer,
    Forbidden,
    Misconfigured,
    RateLimited,
    ReconnectNeeded,
    RefreshRejected,
    ScopeMissing,
    TemporarilyUnavailable,
    TokenExpired,
    XeroError,
)

log = logging.getLogger(__name__)

# Of one stream only: the pass goes on with the next one.
OF_ONE_STREAM = (ScopeMissing, RoleLost, BadAnswer, WalkStuck, NothingStored, TooManyGone)

FIRST_RETRY = dt.timedelta(seconds=30)
LONGEST_RETRY = dt.timedelta(minutes=15)
LONGEST_PUSH_RETRY = dt.timedelta(hours=1)
# Of what was asked for, not of the connection: work without its lease leaves that to the next pass, which reads on
# where it may (CN-10) and asks for a reconnect where it may nothing (TK-3).
OF_ONE_PERMISSION = (RoleLost, ScopeMissing, Forbidden)
_BARRED = ("sending_cause", "sending_since", "push_failures", "push_not_before", "prerequisites")
_OF_ONE_PERMISSION = (Cause.ROLE, Cause.SCOPE, "")
WORKING = (ConnectionState.CONNECTED, ConnectionState.WAITING)


@dataclass(frozen=True)
class Outcome:
    """How a pass ends: the connection's state, the pass's state, a sentence, and when to go on.

    `cause` (models.Cause) where the connection has to be made again; `day_over`: the day's calls are used up.
    """

    connection_state: str
    pass_state: str
    problem: str
    resumes_at: dt.datetime | None = None
    cause: str = ""
    day_over: bool = False


def stream_problem(error: Exception) -> str:
    """The sentence for a stream that could not be read while the others could."""
    log.warning("stream stopped: %s", error)
    if isinstance(error, ScopeMissing):
        return "Xero did not grant the permission this needs. Connect again and allow access."
    if isinstance(error, RoleLost):
        return (
            "Xero does not let the person who connected read this. Ask for the role or permission in Xero, or have "
            "somebody connect who has it. What is stored stays."
        )
    if isinstance(error, NothingStored | TooManyGone):
        return str(error)
    return (
        f"Xero's answer could not be used: {error} What is stored stays; it is read again with the next pass."
    )


def _cause_of(error: Exception) -> str:
    """Why only a person can mend this, or "" when it mends itself or nobody can tell."""
    reasons: tuple[tuple[type[Exception], Cause], ...] = (
        (RefreshRejected, Cause.ENDED),
        (OrganisationGone, Cause.REMOVED),
        (RoleLost, Cause.ROLE),
        (ScopeMissing, Cause.SCOPE),
        (ReconnectNeeded, Cause.UNKNOWN),
        (TokenExpired, Cause.UNKNOWN),
        (Misconfigured, Cause.APP),
        (SealBroken, Cause.KEYS),
    )
    return next((cause for kind, cause in reasons if isinstance(error, kind)), "")


def pass_outcome(error: Exception, *, failures: int, at: dt.datetime) -> Outcome:
    """The reaction to an error that stops the pass. `failures`: how many passes failed in a row before."""
    log.warning("pass stopped: %s", error)
    if isinstance(error, RateLimited):
        return _limited(error, at)
    if isinstance(error, TemporarilyUnavailable):
        return _unavailable(error, failures, at)
    if cause := _cause_of(error):
        said = causes.reason(cause)
        if isinstance(error, Misconfigured):
            said = f"{error.message} {causes.SAFE}"
        if isinstance(error, SealBroken):
            said = str(error)
        return Outcome(ConnectionState.RECONNECT, PassState.FAILED, said, cause=cause)
    if isinstance(error, Forbidden):
        return Outcome(ConnectionState.RECONNECT, PassState.FAILED, causes.reason(""))
    if isinstance(error, XeroError):
        said = f"Xero's answer could not be used: {error.message}"
    else:
        log.error("a fault of Counterfoil stopped the pass", exc_info=error)
        said = f"Counterfoil met a fault of its own ({type(error).__name__}); its log says more."
    return Outcome(
        ConnectionState.WAITING,
        PassState.WAITING,
        f"{said} Everything read so far is stored; it is tried again by itself.",
        at + LONGEST_RETRY,
    )


def push_outcome(
    connection: Connection,
    problem: Exception | None,
    *,
    made_progress: bool,
    at: dt.datetime,
    is_let_in: bool = False,
) -> None:
    """What a run of pushes leaves behind: when the next may begin, and what people must know.

    Failures in a row make the pauses longer, up to an hour, so that a day of failures costs few calls (R11).
    `is_let_in`: Xero took something, or refused it for what it says and not for who sends it.
    """
    row = Connection.objects.filter(pk=connection.pk)
    if problem is None:
        if is_let_in and connection.sending_cause:
            _sending_again(connection, at=at)
        if made_progress:
            row.update(push_failures=0, push_not_before=None)
        return
    log.warning("pushes stopped: %s", problem)
    wait_s = getattr(problem, "wait_s", None) or getattr(problem, "retry_after_s", None)
    if isinstance(problem, RateLimited) or hasattr(problem, "wait_s"):
        row.update(push_not_before=at + dt.timedelta(seconds=max(1.0, wait_s or 0.0)))
        return
    problem = membership.explained(connection, problem, at=at)
    failures = connection.push_failures + 1
    if isinstance(problem, OF_ONE_PERMISSION):
        _sending_barred(connection, problem, failures=failures, at=at)
        return
    pause = min(FIRST_RETRY * 2 ** min(failures - 1, 10), LONGEST_PUSH_RETRY)
    row.update(
        push_failures=failures,
        push_not_before=at + max(pause, dt.timedelta(seconds=wait_s or 0.0)),
    )
    ended(connection, pass_outcome(problem, failures=failures, at=at), at=at)


def _sending_barred(connection: Connection, problem: Exception, *, failures: int, at: dt.datetime) -> None:
    """Nothing goes out: say so, and try again each hour, since whoever gives the role back need not tell us."""
    cause = Cause.SCOPE if isinstance(problem, ScopeMissing) else Cause.ROLE
    with transaction.atomic():
        current = _working(connection)
        if current is None:
            return
        is_news = current.sending_cause != cause
        current.sending_since = at if is_news else current.sending_since
        current.sending_cause, current.push_failures = cause, failures
        current.push_not_before = at + LONGEST_PUSH_RETRY
        if cause == Cause.ROLE:
            current.prerequisites = prerequisites.without_role(current.prerequisites)
        current.save(update_fields=_BARRED)
        if is_news:
            _say(current, "connection.sending_barred", causes.sending_reason(current), at=at)


def _sending_again(connection: Connection, *, at: dt.datetime) -> None:
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk).exclude(sending_cause="")
        # What the organisation offers is looked at anew with the next pass.
        if rows.update(sending_cause="", sending_since=None, checked_at=None):
            _say(connection, "connection.sending", "Xero takes again what is sent to it.", at=at)


def ended(connection: Connection, outcome: Outcome, *, at: dt.datetime) -> None:
    """Say that a connection has to be made again, if that is the outcome, of work that holds no lease of it.

    Nor if it may still be read for all that is known here: the next pass finds out.
    """
    if outcome.connection_state != ConnectionState.RECONNECT or outcome.cause in _OF_ONE_PERMISSION:
        return
    with transaction.atomic():
        current = _working(connection)
        if current is not None:
            state_change(current, outcome.connection_state, outcome.problem, at=at, cause=outcome.cause)


def _working(connection: Connection) -> Connection | None:
    """The row, locked, unless somebody has paused, disconnected or made it again: a refusal is no news then."""
    rows = Connection.objects.select_for_update(of=("self",)).select_related("operating_company")
    return rows.filter(pk=connection.pk, state__in=WORKING, tokens=connection.tokens_id).first()


def _say(connection: Connection, action: str, summary: str, *, at: dt.datetime) -> None:
    transaction.on_commit(alert_nudge.set)
    audit_record(
        connection.operating_company,
        at=at,
        actor=None,
        action=action,
        subject=f"connection:{connection.pk}",
        summary=summary,
    )


def state_change(
    connection: Connection, state: str, reason: str, *, at: dt.datetime, cause: str = ""
) -> None:
    """Set the connection's state and, when it changed, say so in the audit trail."""
    if connection.state == state and connection.state_reason == reason:
        return
    changed = connection.state != state
    connection.state, connection.state_reason, connection.state_cause = state, reason, cause
    if changed:
        connection.state_since = at
        said = reason or f"{connection.organisation_name} answers again."
        _say(connection, f"connection.{state}", said, at=at)
    connection.save(update_fields=["state", "state_reason", "state_cause", "state_since"])


def _limited(error: RateLimited, at: dt.datetime) -> Outcome:
    until = at + dt.timedelta(seconds=max(1.0, error.retry_after_s))
    what = "today's calls to Xero are used up" if error.kind == "day" else "Xero asks to slow down"
    return Outcome(
        ConnectionState.CONNECTED,
        PassState.WAITING,
        f"Waiting because {what}. Everything read so far is stored; reading goes on by itself.",
        until,
        day_over=error.kind == "day",
    )


def _unavailable(error: TemporarilyUnavailable, failures: int, at: dt.datetime) -> Outcome:
    pause = min(FIRST_RETRY * 2 ** min(failures, 10), LONGEST_RETRY)
    if error.retry_after_s:
        pause = max(pause, dt.timedelta(seconds=error.retry_after_s))
    return Outcome(
        ConnectionState.WAITING,
        PassState.WAITING,
        "Xero cannot be reached or is out of order. Everything read so far is stored; it is tried again "
        "by itself.",
        at + pause,
    )
