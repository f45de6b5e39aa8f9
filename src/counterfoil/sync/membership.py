"""Whether Xero's own list of connections still has an organisation (TK-3; reliability A10, A13).

Xero answers 403 alike when the app was disconnected there, when a demo company was reset and when the person who
connected lost a role; only the list tells them apart (xero-facts 1.9). It is asked at most four times a day.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from counterfoil.sync import wiring
from counterfoil.sync.models import CallDay, Connection
from counterfoil.sync.tokens import StoredTokens
from counterfoil.xero import identity, records
from counterfoil.xero.errors import BadAnswer, Forbidden, RateLimited, TemporarilyUnavailable, TokenExpired

MOST_A_DAY = 4
FRESH = dt.timedelta(hours=6)


class OrganisationGone(Exception):
    """Xero's list of connections does not have the organisation: nothing may be sent to it."""

    def __init__(self) -> None:
        super().__init__("Xero's list of connections does not have the organisation")


class RoleLost(Exception):
    """The organisation is connected, but its user may not do this in it (any more)."""

    def __init__(self) -> None:
        super().__init__("the organisation is connected, but its user may not do this in it")


def confirm(connection: Connection, *, at: dt.datetime) -> None:
    """Look whether the organisation is connected, unless that was seen within six hours. Raises OrganisationGone.

    Without an answer nothing is known, and work goes on: every call names the organisation, and Xero refuses others.
    """
    if connection.member_at is not None and at - connection.member_at < FRESH:
        return
    if _is_member(connection, at) is False:
        raise OrganisationGone


def explained(connection: Connection, error: Exception, *, at: dt.datetime) -> Exception:
    """What a refusal means: OrganisationGone, RoleLost, or `error` as it is while nobody can tell."""
    if not isinstance(error, Forbidden):
        return error
    try:
        member = _is_member(connection, at)
    except Exception as worse:  # noqa: BLE001  # the permission itself has ended: that is the better reason
        return worse
    if member is None:
        return error
    return RoleLost() if member else OrganisationGone()


def _is_member(connection: Connection, at: dt.datetime) -> bool | None:
    """None: it was asked often enough today, or Xero did not answer."""
    if not _may_ask(connection, at):
        return None
    try:
        found = _listed(StoredTokens(connection.tokens_id or 0))
    except (TemporarilyUnavailable, RateLimited, BadAnswer):
        return None
    if all(one.tenant_id != connection.tenant_id for one in found):
        return False
    connection.member_at = at
    Connection.objects.filter(pk=connection.pk).update(member_at=at)
    return True


def _listed(tokens: StoredTokens) -> list[records.Connection]:
    access = tokens.access_token()
    try:
        return identity.connections(wiring.transport(), wiring.hosts(), access)
    except TokenExpired:
        return identity.connections(wiring.transport(), wiring.hosts(), tokens.refreshed_after(access))


def _may_ask(connection: Connection, at: dt.datetime) -> bool:
    today, _ = CallDay.objects.get_or_create(connection=connection, on=at.date())
    left = CallDay.objects.filter(pk=today.pk, member_checks__lt=MOST_A_DAY)
    return left.update(member_checks=F("member_checks") + 1) == 1
