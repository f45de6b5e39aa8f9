"""At most five calls at once to one organisation, over all processes of an installation (SY-7; xero-facts §2.1).

Whoever reads under the connection's lease is alone with it and has four calls at once, which its governor counts.
Everything else, sending and what a page asks for, shares one place more, which is a row here: taken before each call and
given back after it. One at a time is as fast as Xero's sixty calls a minute allow, and a pass that finds nothing costs
no statement for it.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError
from django.db.models import Q

from counterfoil.sync import wiring
from counterfoil.sync.owners import is_gone, owner_name
from counterfoil.sync.place_models import CallPlace
from counterfoil.xero.errors import RateLimited
from counterfoil.xero.governor import Governor, Priority, Slot

log = logging.getLogger(__name__)

# Longer than the longest wait for a turn and the longest call after it.
LASTS = dt.timedelta(seconds=160)
POLL_S = 0.05
BUSY = "Another call to Xero is under way, and one at a time is what is left."

# Of the threads of this process one waits at the row, the others here.
_queues: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class OnePlace:
    """The turns of one organisation's calls that are made without the lease: as `Governor.slot`, one at a time."""

    def __init__(self, tenant_id: str, governor: Governor) -> None:
        self._tenant_id, self._governor = tenant_id, governor

    @contextmanager
    def slot(self, priority: Priority = "background", *, max_wait_s: float = 90.0) -> Iterator[Slot]:
        """Wait for the place, then for the governor; RateLimited when both would take longer than `max_wait_s`."""
        give_up = time.monotonic() + max_wait_s
        with _held(self._tenant_id, give_up):
            left_s = max(0.0, give_up - time.monotonic())
            with self._governor.slot(priority, max_wait_s=left_s) as slot:
                yield slot


def one_place(tenant_id: str, *, day_reserve: int | None = None) -> OnePlace:
    """For every call of an organisation that is made without its connection's lease."""
    return OnePlace(tenant_id, wiring.governor(tenant_id, day_reserve=day_reserve))


@contextmanager
def _held(tenant_id: str, give_up: float) -> Iterator[None]:
    queue = _queues[tenant_id]
    if not queue.acquire(timeout=max(0.0, give_up - time.monotonic())):
        raise _busy()
    try:
        until = _taken(tenant_id, give_up)
        try:
            yield
        finally:
            _give_back(tenant_id, until)
    finally:
        queue.release()


def _taken(tenant_id: str, give_up: float) -> dt.datetime:
    """Take the place; the moment it is ours until."""
    while (until := _take(tenant_id)) is None:
        if time.monotonic() >= give_up:
            raise _busy()
        time.sleep(POLL_S)
    return until


def _take(tenant_id: str) -> dt.datetime | None:
    now = dt.datetime.now(dt.UTC)
    ours = {"owner": owner_name(), "until": now + LASTS}
    row = CallPlace.objects.filter(tenant_id=tenant_id)
    if row.filter(Q(until=None) | Q(until__lt=now)).update(**ours):
        return now + LASTS
    holder = row.first()
    if holder is None:
        CallPlace.objects.get_or_create(tenant_id=tenant_id)
    elif holder.until is not None and is_gone(holder.owner):
        row.filter(owner=holder.owner, until=holder.until).update(until=None)
    return None


def _give_back(tenant_id: str, until: dt.datetime) -> None:
    try:
        CallPlace.objects.filter(tenant_id=tenant_id, owner=owner_name(), until=until).update(until=None)
    except DatabaseError:
        # The call is over, and what came of it counts more than this: the place is free again by itself.
        log.warning("the place at an organisation could not be given back", exc_info=True)


def _busy() -> RateLimited:
    return RateLimited(BUSY, kind="concurrent", retry_after_s=2.0)
