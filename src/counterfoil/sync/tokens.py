"""Access tokens, refreshed by one worker at a time (TK-1).

Refresh tokens rotate: two workers refreshing at once store the older pair last and kill the
connection (reliability A1). So a worker first claims the row, refreshes outside any transaction,
and commits the new pair (compare-and-set on `version`) before anybody uses it. A crash in between
leaves the old refresh token in the row, which Xero honours for 30 minutes (xero-facts 1.4).
"""

from __future__ import annotations

import datetime as dt
import time

from django.db.models import F, Q

from counterfoil.sync import wiring
from counterfoil.sync.models import TokenFamily
from counterfoil.sync.sealing import seal, unseal
from counterfoil.xero import identity
from counterfoil.xero.auth import TokenPair
from counterfoil.xero.errors import ReconnectNeeded, RefreshRejected, TemporarilyUnavailable

# Refresh a little before the end, so that a request never starts with a token that dies under way.
AHEAD = dt.timedelta(seconds=90)
CLAIM = dt.timedelta(seconds=45)
WAIT_S = 60.0
POLL_S = 0.05


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

    def __init__(self, family_id: int) -> None:
        self._family_id = family_id
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
        return self._keep(_refreshed(family))

    def refreshed_after(self, rejected: str) -> str:
        """Xero did not accept `rejected`: whatever came after it, else a refresh."""
        family = self._family()
        if unseal(family.access_sealed) != rejected:
            return self._keep(family)
        return self._keep(_refreshed(family))

    def _family(self) -> TokenFamily:
        family = TokenFamily.objects.filter(pk=self._family_id).first()
        if family is None or family.rejected_at is not None:
            raise ReconnectNeeded("Xero ended this connection's permission; connect again.")
        return family

    def _keep(self, family: TokenFamily) -> str:
        self._access, self._good_until = unseal(family.access_sealed), family.expires_at
        return self._access


def family_create(pair: TokenPair, *, client_id: str, at: dt.datetime) -> TokenFamily:
    """Store the tokens of a fresh consent."""
    return TokenFamily.objects.create(
        client_id=client_id,
        authorised_by=pair.user_name or pair.user_email or "",
        access_sealed=seal(pair.access),
        refresh_sealed=seal(pair.refresh or ""),
        expires_at=dt.datetime.fromtimestamp(pair.expires_at, dt.UTC),
        refreshed_at=at,
        scopes=" ".join(sorted(pair.scopes)),
    )


def _refreshed(family: TokenFamily) -> TokenFamily:
    """The family after one refresh, ours or another worker's. Raises as `identity.token_refresh`."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if _claim(family):
            return _refresh_claimed(family)
        time.sleep(POLL_S)
        current = TokenFamily.objects.get(pk=family.pk)
        if current.rejected_at is not None:
            raise ReconnectNeeded("Xero ended this connection's permission; connect again.")
        if current.version != family.version:
            return current
    raise TemporarilyUnavailable("Another worker has been refreshing the Xero token for too long.")


def _claim(family: TokenFamily) -> bool:
    """Take the right to refresh this version of the pair; False while another worker holds it."""
    now = dt.datetime.now(dt.UTC)
    free = Q(refresh_claimed_until=None) | Q(refresh_claimed_until__lt=now)
    rows = TokenFamily.objects.filter(free, pk=family.pk, version=family.version)
    return rows.update(refresh_claimed_until=now + CLAIM) == 1


def _refresh_claimed(family: TokenFamily) -> TokenFamily:
    mine = TokenFamily.objects.filter(pk=family.pk, version=family.version)
    try:
        pair = identity.token_refresh(
            wiring.transport(), wiring.hosts(), wiring.app(), unseal(family.refresh_sealed)
        )
    except RefreshRejected:
        mine.update(rejected_at=dt.datetime.now(dt.UTC), refresh_claimed_until=None)
        raise
    except BaseException:
        mine.update(refresh_claimed_until=None)
        raise
    mine.update(
        access_sealed=seal(pair.access),
        refresh_sealed=seal(pair.refresh) if pair.refresh else family.refresh_sealed,
        expires_at=dt.datetime.fromtimestamp(pair.expires_at, dt.UTC),
        refreshed_at=dt.datetime.now(dt.UTC),
        version=F("version") + 1,
        refresh_claimed_until=None,
    )
    return TokenFamily.objects.get(pk=family.pk)
