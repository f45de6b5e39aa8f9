"""At most one worker per connection: a lease with a growing token.

Every write of a pass carries the token, so a worker that was paused past its lease cannot write
over the one that took its place (reliability O6).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from counterfoil.sync.models import Connection

LEASE = dt.timedelta(minutes=5)


class LeaseLost(Exception):
    """Another worker holds the connection now: stop without writing."""


@dataclass(frozen=True)
class Lease:
    connection_id: int
    token: int

    def renew(self, at: dt.datetime) -> None:
        """Inside a writing transaction: prove that the connection is still ours. Raises LeaseLost."""
        mine = Connection.objects.filter(pk=self.connection_id, lease_token=self.token)
        if mine.update(lease_until=at + LEASE) != 1:
            raise LeaseLost

    def release(self) -> None:
        mine = Connection.objects.filter(pk=self.connection_id, lease_token=self.token)
        mine.update(lease_until=None, lease_owner="")


def lease_take(connection_id: int, *, owner: str, at: dt.datetime) -> Lease | None:
    """The lease on a connection, or None while another worker holds it."""
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    rows = Connection.objects.filter(free, pk=connection_id)
    if rows.update(lease_owner=owner, lease_until=at + LEASE, lease_token=F("lease_token") + 1) != 1:
        return None
    token = Connection.objects.values_list("lease_token", flat=True).get(pk=connection_id)
    return Lease(connection_id, token)


def lease_break(connection_id: int) -> None:
    """Whoever reads this connection now stops at its next write."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.update(lease_token=F("lease_token") + 1, lease_until=None, lease_owner="")
