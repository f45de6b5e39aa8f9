"""Undo an import as a whole, until somebody has worked on it (SY-8): the CRM is as it was before, Xero is not touched.

All of it is one transaction, so a process killed at any moment leaves everything or nothing. Its first write is to the
connection's row, which every page of a pass writes too: a pass under way waits, and finds that it lost the connection.
The connection stays, and goes back to where it is looked at what would come in.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.crm.customers.leaving import ledgers_remove, people_lock
from counterfoil.crm.finance.leaving import finance_remove
from counterfoil.crm.products.leaving import products_lock, products_remove
from counterfoil.crm.purchasing.services import purchase_orders_remove
from counterfoil.crm.sales.services import documents_remove
from counterfoil.database import bulk
from counterfoil.sync import previews
from counterfoil.sync.crashing import crashpoint
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import (
    Connection,
    ConnectionState,
    Link,
    Pass,
    PassState,
    SetAside,
    StreamState,
)
from counterfoil.sync.signals import nudge
from counterfoil.sync.undoable import UNDOABLE, Undoable, has_imported, undoable
from counterfoil.sync.verify_models import Verification
from counterfoil.sync.webhook_models import Untold

log = logging.getLogger(__name__)

UNDONE = "The import was undone. It is counted again what would come in; look at it below, then import."
STOPPED = "Stopped: the import was undone."
AT_ONCE = (
    "Somebody began to work with an imported record just now, so nothing was undone and nothing was changed. "
    "Look at the page again."
)
NOTHING = "There is no import to undo. Nothing was changed."
# What Xero said of its limits is true of the organisation, whatever is here.
_LIMITS_KEPT = ("minute_left", "day_left", "seen_at")


class UndoRefused(Exception):
    """The import stays; the text says why. `standing`: what was found, if that is the reason."""

    def __init__(self, words: str, standing: Undoable | None = None) -> None:
        super().__init__(words)
        self.standing = standing


def import_undo(connection: Connection, *, actor: User, at: dt.datetime) -> Undoable:
    """Take out everything the imports of this connection brought; returns what that was. Raises UndoRefused.

    What was made in the CRM stays: customers with their contact's id, if they have been sent; products whose place an
    item had taken get their own values back. Afterwards nothing is read or sent until somebody imports (again).
    """
    try:
        with transaction.atomic():
            found = _held(connection, at=at)
            _remove(found.connection, at=at)
            _forget(found.connection)
            _say(found, actor=actor, at=at)
    except IntegrityError as error:
        log.warning("an import was not undone, since somebody works with it: %s", error)
        raise UndoRefused(AT_ONCE) from error
    nudge.set()
    log.info("the import from %s was undone", connection.organisation_name)
    return found


def _held(connection: Connection, *, at: dt.datetime) -> Undoable:
    """Keep passes and people away, then look whether it may be."""
    lease_break(connection.pk)
    row = Connection.objects.select_related("operating_company").get(pk=connection.pk)
    if row.state == ConnectionState.DISCONNECTED or not has_imported(row):
        raise UndoRefused(NOTHING)
    people_lock(row.operating_company)
    products_lock(row.operating_company)
    found = undoable(row)
    if not found.is_possible:
        reasons = [f"{one.count:,} {one.words}" for one in found.worked_on]
        words = f"The import has been worked on: {'; '.join(reasons)}." if reasons else found.problem
        raise UndoRefused(f"{words} Nothing was changed.", found)
    held: dict[str, Any] = {
        "state": ConnectionState.PAUSED,
        "state_reason": UNDONE,
        "state_cause": "",
        "state_since": at,
        "limits": {name: row.limits[name] for name in _LIMITS_KEPT if name in row.limits},
        "balances_due": [],
    }
    empty = dict.fromkeys(("pass_wanted_at", "next_pass_at", "last_pass_at", "last_data_at"))
    Connection.objects.filter(pk=row.pk, state__in=UNDOABLE).update(**held, **empty)
    return found


def _remove(connection: Connection, *, at: dt.datetime) -> None:
    """The CRM's records: those that refer to others first."""
    company = connection.operating_company
    documents_remove(company)
    purchase_orders_remove(company)
    crashpoint("U1")
    ledgers_remove(company)
    products_remove(company, at=at)
    finance_remove(company)


def _forget(connection: Connection) -> None:
    """What the engine knows of Xero's records: versions, cursors, what was set aside, what was compared."""
    for model in (SetAside, StreamState, Untold, Verification):
        model._default_manager.filter(connection=connection).delete()
    bulk.delete(Link, "connection_id", [connection.pk])


def _say(found: Undoable, *, actor: User, at: dt.datetime) -> None:
    """A line among the passes, which stay; one in the trail; and the count of what would come in, anew."""
    connection = found.connection
    unfinished = Pass.objects.filter(connection=connection, state__in=(PassState.RUNNING, PassState.WAITING))
    unfinished.update(state=PassState.FAILED, problem=STOPPED, ended_at=at, resumes_at=None)
    records = sum(one.count for one in found.removed)
    Pass.objects.create(
        connection=connection,
        wanted_by=actor,
        state=PassState.UNDONE,
        started_at=at,
        ended_at=at,
        beat_at=at,
        problem=f"The import was undone by {actor}: {records:,} records were removed here, none in Xero.",
    )
    audit_record(
        connection.operating_company,
        at=at,
        actor=actor,
        action="connection.import_undone",
        subject=f"connection:{connection.pk}",
        summary=f"Undid the import from {connection.organisation_name}. Nothing in Xero was touched.",
        detail={"removed": {one.words: one.count for one in found.removed}, "own_values_back": found.kept},
    )
    previews.preview_request(connection, actor=actor, at=at)
