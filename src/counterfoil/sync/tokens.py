"""Access tokens, refreshed by one worker at a time (TK-1).

Refresh tokens rotate: two workers refreshing at once store the older pair last and kill the
connection (reliability A1). So a worker first claims the row, refreshes outside any transaction,
and commits the new pair (compare-and-set on `version`) before anybody uses it. A crash in between
leaves the old refresh token in the row, which Xero honours for 30 minutes (xero-facts 1.4).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from counterfoil.sync import wiring
from counterfoil.sync.crashing import crashpoint
from counterfoil.sync.models import AppKind, ConnectionState, TokenFamily, XeroApp
from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.sync.xero_apps import app_of, scopes_asked, unused_forget
from counterfoil.xero import identity
from counterfoil.xero.auth import TokenPair
from counterfoil.xero.errors import ReconnectNeeded, RefreshRejected, TemporarilyUnavailable, XeroError

log = logging.getLogger(__name__)

# Refresh a little before the end, so that a request never starts with a token that dies under way.
AHEAD = dt.timedelta(seconds=90)
CLAIM = dt.timedelta(seconds=45)
# Xero ends a refresh token that was not used for 60 days (xero-facts 1.4); this leaves room for weeks switched off.
UNUSED = dt.timedelta(days=20)
WAIT_S = 60.0
POLL_S = 0.05
ENDED = "Xero ended this connection's permission; connect again."


class JustGranted:
    """The token source of a consent that is not stored yet."""

    def __init__(self, access: str) -> None:
        self._access = access

    def access_token(self) -> str:
        return self._access

    def refreshed_after(self, rejected: str) -> str:
        raise ReconnectNeeded("Xero does not accept the permission it has just given; connect again.")


class StoredTokens:
    """The token source of one connection's client; safe in any number of threads and processes."""

    def __init__(self, family_id: int, read: TokenFamily | None = None) -> None:
        """`read`: the family as read just now, if it was."""
        self._family_id = family_id
        self._read = read
        self._access = ""
        self._good_until = dt.datetime.min.replace(tzinfo=dt.UTC)

    def access_token(self) -> str:
        """A token with at least a moment to live; refreshes at need."""
        now = dt.datetime.now(dt.UTC)
        if self._access and now + AHEAD < self._good_until:
            return self._access
        family = self._family()
        if now + AHEAD < family.expires_at:
            return self._keep(family)
        crashpoint("T1")  # found to end soon, nothing claimed
        access = self._keep(_refreshed(family))
        crashpoint("T6")  # taken up by this worker
        return access

    def refreshed_after(self, rejected: str) -> str:
        """Xero did not accept `rejected`: whatever came after it, else a refresh."""
        family = self._family()
        if unseal(family.access_sealed) != rejected:
            return self._keep(family)
        return self._keep(_refreshed(family))

    def _family(self) -> TokenFamily:
        family = self._read or TokenFamily.objects.filter(pk=self._family_id).first()
        self._read = None
        if family is None:
            raise ReconnectNeeded("This connection has no permission any more; connect again.")
        if family.rejected_at is not None:
            raise RefreshRejected(ENDED)
        return family

    def _keep(self, family: TokenFamily) -> str:
        self._access, self._good_until = unseal(family.access_sealed), family.expires_at
        return self._access


def family_keep(pair: TokenPair, *, client_id: str, app: XeroApp | None, at: dt.datetime) -> TokenFamily:
    """Store the tokens of a fresh consent: into the row of this Xero user and app if there is one (xero-facts 1.4).

    So every organisation of that user goes on with the newest pair, and one that had died with the old pair lives again.
    A custom connection has no user; its row is its app's.
    """
    fields: dict[str, Any] = {
        "app": app,
        "authorised_by": pair.user_name or pair.user_email or "",
        "access_sealed": seal(pair.access),
        "refresh_sealed": seal(pair.refresh or ""),
        "expires_at": dt.datetime.fromtimestamp(pair.expires_at, dt.UTC),
        "refreshed_at": at,
        "scopes": " ".join(sorted(pair.scopes)),
    }
    is_custom = app is not None and app.kind == AppKind.CUSTOM
    if not pair.user_id and not is_custom:
        return TokenFamily.objects.create(client_id=client_id, **fields)
    whose = {"app": app} if is_custom else {"client_id": client_id, "xero_user_id": pair.user_id}
    with transaction.atomic():
        known, is_new = TokenFamily.objects.get_or_create(**whose, defaults={"client_id": client_id} | fields)
        if is_new:
            return known
        # The larger version makes a refresh that is under way with the old pair come to nothing.
        fields |= {"version": F("version") + 1, "refresh_claimed_until": None, "rejected_at": None}
        TokenFamily.objects.filter(pk=known.pk).update(**fields)
    return TokenFamily.objects.get(pk=known.pk)


def family_let_go(family: TokenFamily | None) -> None:
    """Erase tokens that no connection needs any more, and their app if it is not entered for new ones."""
    if family is not None and not family.connections.exists():
        family.delete()
        unused_forget()


def unused_renew(at: dt.datetime) -> int:
    """Renew tokens that nobody uses since their connections are paused, so that these can be resumed after months.

    Returns how many were. What Xero refuses is found out when it is resumed; anything else is tried again.
    """
    rows = TokenFamily.objects.filter(refreshed_at__lt=at - UNUSED, rejected_at=None)
    paused = rows.filter(connections__state=ConnectionState.PAUSED).exclude(app__kind=AppKind.CUSTOM)
    renewed = 0
    for family in paused.distinct():
        try:
            renewed += _refreshed(family).version > family.version
        except (XeroError, SealBroken) as error:
            log.warning("the tokens of a paused connection were not renewed: %s", error)
    return renewed


def _refreshed(family: TokenFamily) -> TokenFamily:
    """The family after one refresh, ours or another worker's. Raises as `identity.token_refresh`."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if _claim(family):
            return _refresh_claimed(family)
        time.sleep(POLL_S)
        current = TokenFamily.objects.get(pk=family.pk)
        if current.rejected_at is not None:
            raise RefreshRejected(ENDED)
        if current.version != family.version:
            return current
    raise TemporarilyUnavailable("Another worker has been refreshing the Xero token for too long.")


def _claim(family: TokenFamily) -> bool:
    """Take the right to refresh this version of the pair; False while another worker holds it, or Xero has ended it."""
    now = dt.datetime.now(dt.UTC)
    free = Q(refresh_claimed_until=None) | Q(refresh_claimed_until__lt=now)
    rows = TokenFamily.objects.filter(free, pk=family.pk, version=family.version, rejected_at=None)
    return rows.update(refresh_claimed_until=now + CLAIM) == 1


def _refresh_claimed(family: TokenFamily) -> TokenFamily:
    mine = TokenFamily.objects.filter(pk=family.pk, version=family.version)
    crashpoint("T2")  # claimed, nothing sent
    try:
        pair = _next_pair(family)
    except RefreshRejected:
        if mine.update(rejected_at=dt.datetime.now(dt.UTC), refresh_claimed_until=None):
            raise
        return TokenFamily.objects.get(pk=family.pk)  # somebody connected anew meanwhile
    except BaseException:
        mine.update(refresh_claimed_until=None)
        raise
    crashpoint("T3")  # the pair is in memory only: Xero honours the stored one for 30 minutes more
    with transaction.atomic():
        _pair_keep(family, mine, pair)
        crashpoint("T4")  # written, not committed
    crashpoint("T5")  # committed, not used yet
    return TokenFamily.objects.get(pk=family.pk)


def _pair_keep(family: TokenFamily, mine: QuerySet[TokenFamily], pair: TokenPair) -> None:
    mine.update(
        access_sealed=seal(pair.access),
        refresh_sealed=seal(pair.refresh) if pair.refresh else family.refresh_sealed,
        expires_at=dt.datetime.fromtimestamp(pair.expires_at, dt.UTC),
        refreshed_at=dt.datetime.now(dt.UTC),
        version=F("version") + 1,
        refresh_claimed_until=None,
    )


def _next_pair(family: TokenFamily) -> TokenPair:
    """A refresh; of a custom connection, which has no refresh token, another request (xero-facts 1.10)."""
    app = app_of(family)
    if family.app is not None and family.app.kind == AppKind.CUSTOM:
        wanted = scopes_asked(family.app.kind, family.app.scopes)
        return identity.token_client_credentials(wiring.transport(), wiring.hosts(), app, wanted)
    return identity.token_refresh(wiring.transport(), wiring.hosts(), app, unseal(family.refresh_sealed))
