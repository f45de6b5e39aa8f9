"""At most one worker per connection: a lease with a growing token.

Every write of a pass carries the token, so a worker that was paused past its lease cannot write
over the one that took its place (reliability O6).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F

from counterfoil.database import bulk
from counterfoil.sync.models import Connection

LEASE = dt.timedelta(minutes=5)


class LeaseLost(Exception):
    """Another worker holds the connection now: stop without writing."""


@dataclass(frozen=True)
class Lease:
    connection_id: int
    token: int

    def renew(self, at: dt.datetime, **changes: object) -> None:
        """Inside a writing transaction: prove that the connection is still ours, with `changes` to its row.

        Raises LeaseLost, and nothing changes, if it is not.
        """
        mine = {"id": self.connection_id, "lease_token": self.token}
        if bulk.change(Connection, mine, {"lease_until": at + LEASE, **changes}) != 1:
            raise LeaseLost

    def release(self, **changes: object) -> bool:
        """Give the connection back, with `changes` to its row; False, and nothing changes, if it is no longer ours."""
        mine = {"id": self.connection_id, "lease_token": self.token}
        return bulk.change(Connection, mine, {"lease_until": None, "lease_owner": "", **changes}) == 1


def lease_take(connection_id: int, *, owner: str, at: dt.datetime) -> Lease | None:
    """The lease on a connection, or None while another worker holds it."""
    return lease_of(Connection.objects.get(pk=connection_id), owner=owner, at=at)


def lease_of(connection: Connection, *, owner: str, at: dt.datetime) -> Lease | None:
    """The lease on a connection as it was read; None if another worker holds it, or has held it since."""
    if connection.lease_until is not None and connection.lease_until >= at:
        return None
    token = connection.lease_token + 1
    as_read = {"id": connection.pk, "lease_token": connection.lease_token}
    ours = {"lease_owner": owner, "lease_until": at + LEASE, "lease_token": token}
    taken = bulk.change(Connection, as_read, ours)
    return Lease(connection.pk, token) if taken else None


def lease_break(connection_id: int) -> None:
    """Whoever reads this connection now stops at its next write."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.update(lease_token=F("lease_token") + 1, lease_until=None, lease_owner="")
