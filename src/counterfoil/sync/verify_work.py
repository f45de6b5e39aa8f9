"""Comparisons and repairs that somebody asked for, and doing them: called by the runner and by the terminal."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from counterfoil.sync import outcomes
from counterfoil.sync.leases import Lease, LeaseLost, lease_take
from counterfoil.sync.models import Connection
from counterfoil.sync.owners import owner_name
from counterfoil.sync.pull import Stopping
from counterfoil.sync.repairing import Repairer
from counterfoil.sync.verify_models import Verification, VerifyState
from counterfoil.sync.verifying import Verifier
from counterfoil.sync.work import READABLE, Clock, now, pass_run

UNFINISHED = (VerifyState.WAITING, VerifyState.RUNNING)


def verifications_due(at: dt.datetime) -> list[int]:
    """Comparisons and repairs that wait and whose connection can be read now, the oldest first."""
    wanted = Q(state__in=UNFINISHED) | Q(repair_wanted_at__isnull=False)
    rows = Verification.objects.filter(wanted, connection__state__in=READABLE)
    free = Q(connection__lease_until=None) | Q(connection__lease_until__lt=at)
    first_sync_done = Q(connection__last_pass_at__isnull=False)
    return list(rows.filter(free & first_sync_done).order_by("asked_at").values_list("pk", flat=True))


def can_be_compared(connection: Connection) -> bool:
    """Whether a comparison or repair of it would begin now, rather than wait for somebody."""
    return connection.state in READABLE and connection.last_pass_at is not None


def repair_request(verification: Verification, *, at: dt.datetime) -> None:
    """Ask for what a comparison found to be repaired."""
    Verification.objects.filter(pk=verification.pk).update(repair_wanted_at=at, problem="")


def verify_run(verification_id: int, *, clock: Clock = now, page_size: int = 1000) -> Verification:
    """Compare, or repair what was found. Under a lease that another worker holds, nothing happens.

    A pass goes first, so that what is merely not read yet does not count as a difference.
    """
    verification = Verification.objects.get(pk=verification_id)
    if verification.repair_wanted_at is None:
        pass_run(verification.connection_id, clock=clock)
    lease = lease_take(verification.connection_id, owner=owner_name(), at=clock())
    if lease is None:
        return verification
    try:
        _run(verification, lease, clock=clock, page_size=page_size)
    except (LeaseLost, Stopping):
        pass
    finally:
        lease.release()
    verification.refresh_from_db()
    return verification


def _run(verification: Verification, lease: Lease, *, clock: Clock, page_size: int) -> None:
    connection = Connection.objects.select_related("operating_company", "tokens").get(
        pk=verification.connection_id
    )
    mine = Verification.objects.filter(pk=verification.pk)
    try:
        if verification.repair_wanted_at is not None:
            Repairer(verification, connection, lease, clock=clock).run()
            mine.update(repair_wanted_at=None)
        else:
            mine.update(state=VerifyState.RUNNING, problem="")
            Verifier(verification, connection, lease, clock=clock, page_size=page_size).run()
            mine.update(state=VerifyState.DONE, ended_at=clock())
    except (LeaseLost, Stopping):
        raise
    except Exception as error:  # noqa: BLE001  # the one place that decides what becomes of a comparison
        outcome = outcomes.pass_outcome(error, failures=0, at=clock())
        was_compared = verification.repair_wanted_at is not None
        state = verification.state if was_compared else VerifyState.FAILED
        mine.update(state=state, problem=outcome.problem, ended_at=clock(), repair_wanted_at=None)
