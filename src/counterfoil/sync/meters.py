"""How much of what Xero allows is used: calls of the day and of the minute, bytes of the month (SY-7, ST-2).

Xero counts a day of calls and bills bytes read (xero-facts 2.1, 2.2); what it said last counts, as long as it is of
today or of this minute.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum

from counterfoil.sync import wiring
from counterfoil.sync.models import AppKind, CallDay, Connection
from counterfoil.sync.settings import reserve_of

CALLS_A_MINUTE = 60
MINUTE = dt.timedelta(minutes=1)
# An unused refresh token ends after 60 days (xero-facts 1.4).
REFRESH_LASTS = dt.timedelta(days=60)


@dataclass(frozen=True)
class Meters:
    """Counts of one connection. `reserve`: calls that passes leave for what people do."""

    day_used: int
    day_left: int
    day_limit: int
    reserve: int
    minute_used: int
    minute_left: int
    minute_limit: int
    bytes_today: int
    bytes_month: int
    calls_month: int

    @property
    def day_percent(self) -> int:
        return min(100, 100 * self.day_used // max(1, self.day_limit))

    @property
    def minute_percent(self) -> int:
        return min(100, 100 * self.minute_used // self.minute_limit)

    @property
    def at_reserve(self) -> bool:
        """Whether passes wait for tomorrow, and only what people do still goes."""
        return self.day_left <= self.reserve


def meters_of(connection: Connection, at: dt.datetime) -> Meters:
    """What is used and left now."""
    today = CallDay.objects.filter(connection=connection, on=at.date()).first() or CallDay()
    month = CallDay.objects.filter(connection=connection, on__gte=at.date().replace(day=1), on__lte=at.date())
    sums = month.aggregate(calls=Sum("calls"), wire_bytes=Sum("wire_bytes"))
    limit = int(wiring.configuration().max_calls_a_day)
    day_left, minute_left = said_left(connection, at)
    # The organisation's count is the app's own: others' calls through another app are not in it.
    left = max(0, limit - today.calls) if day_left is None else day_left
    minute_left = CALLS_A_MINUTE if minute_left is None else minute_left
    return Meters(
        day_used=today.calls,
        day_left=left,
        day_limit=max(limit, today.calls + left),
        reserve=reserve_of(connection.operating_company),
        minute_used=max(0, CALLS_A_MINUTE - minute_left),
        minute_left=minute_left,
        minute_limit=CALLS_A_MINUTE,
        bytes_today=today.wire_bytes,
        bytes_month=sums["wire_bytes"] or 0,
        calls_month=sums["calls"] or 0,
    )


@dataclass(frozen=True)
class TokenFacts:
    """How long a connection can be used: `ends_at` unless it is used before; None where it does not end by itself."""

    expires_at: dt.datetime
    ends_at: dt.datetime | None
    is_rejected: bool


def token_facts(connection: Connection) -> TokenFacts | None:
    """None when the connection holds no tokens any more."""
    family = connection.tokens
    if family is None:
        return None
    is_custom = connection.way == AppKind.CUSTOM  # signs in anew each time (xero-facts 1.10)
    ends_at = None if is_custom else family.refreshed_at + REFRESH_LASTS
    return TokenFacts(family.expires_at, ends_at, family.rejected_at is not None)


def said_now(connection: Connection, at: dt.datetime) -> dict[str, object]:
    """For `Connection.limits`: what Xero's last answer to this process said is left."""
    snapshot = wiring.governor(connection.tenant_id).snapshot()
    return {
        "minute_left": snapshot.minute_left,
        "day_left": snapshot.day_left,
        "seen_at": at.isoformat(),
    }


def said_left(connection: Connection, at: dt.datetime) -> tuple[int | None, int | None]:
    """What Xero's last answer said is left of the day and of the minute, if that is still true."""
    limits = connection.limits
    if not limits.get("seen_at"):
        return None, None
    seen_at = dt.datetime.fromisoformat(limits["seen_at"])
    return (
        limits.get("day_left") if seen_at.date() == at.date() else None,
        limits.get("minute_left") if at - seen_at < MINUTE else None,
    )
