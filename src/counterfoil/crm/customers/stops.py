"""Stops set and released by users, and the B2C flag set by hand."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.crm.customers.editing import customer_changed
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import B2C, SalesLedger
from counterfoil.crm.customers.rules import ARCHIVED_REASON, GDPR_REASON


def sales_ledger_stop(ledger: SalesLedger, reason: str, actor: User, at: dt.datetime) -> None:
    """Put a Sales Ledger on stop; no import lifts this stop (SY-2, SY-12)."""
    reason = reason.strip()
    if not reason:
        raise CustomerRefused("Nothing was changed: say why this customer is put on stop.")
    with transaction.atomic():
        row = _locked(ledger)
        if row.stopped_by_user:
            raise CustomerRefused(f"{row.name} is on stop already: {row.stop_reason}. Nothing was changed.")
        since = row.stopped_at if row.on_stop else at
        _save(row, on_stop=True, stopped_by_user=True, stop_reason=reason, stopped_at=since)
        _audit(row, actor, at, "sales_ledger.stopped", f"{row.name} was put on stop: {reason}")
        if not row.is_archived:  # archives the contact if the settings say so (IS-10)
            customer_changed(row, {"is_archived": [False, True]}, actor=actor, at=at)
    ledger.refresh_from_db()


def sales_ledger_release(ledger: SalesLedger, actor: User, at: dt.datetime) -> None:
    """Lift a user's stop. A stop that comes from Xero stays, or takes its place."""
    with transaction.atomic():
        row = _locked(ledger)
        if not row.stopped_by_user:
            raise CustomerRefused(_why_not(row))
        reason = _reason_from_books(row)
        since = row.stopped_at if reason else None
        _save(row, on_stop=bool(reason), stopped_by_user=False, stop_reason=reason, stopped_at=since)
        _audit(row, actor, at, "sales_ledger.released", f"The stop on {row.name} was lifted.")
        if not row.is_archived:
            customer_changed(row, {"is_archived": [True, False]}, actor=actor, at=at)
    ledger.refresh_from_db()


def sales_ledger_set_b2c(ledger: SalesLedger, b2c: str, actor: User, at: dt.datetime) -> None:
    """Say by hand whether a customer is a consumer; no import or setting changes it back (IS-2).

    `unknown` gives the flag back to the import.
    """
    if b2c not in B2C.values:
        raise CustomerRefused(f"{b2c!r} is neither business nor consumer. Nothing was changed.")
    with transaction.atomic():
        row = _locked(ledger)
        before = row.b2c
        _save(row, b2c=b2c, b2c_by_user=b2c != B2C.UNKNOWN)
        summary = f"{row.name} was marked: {B2C(b2c).label}."
        _audit(row, actor, at, "sales_ledger.b2c_set", summary, {"before": before, "after": b2c})
    ledger.refresh_from_db()


def _locked(ledger: SalesLedger) -> SalesLedger:
    row: SalesLedger = SalesLedger.objects.select_for_update().get(pk=ledger.pk)
    return row


def _save(row: SalesLedger, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def _reason_from_books(row: SalesLedger) -> str:
    if row.gdpr_request:
        return GDPR_REASON
    return ARCHIVED_REASON if row.is_archived else ""


def _why_not(row: SalesLedger) -> str:
    if not row.on_stop:
        return f"{row.name} is not on stop. Nothing was changed."
    return (
        f"{row.name} is on stop because of the books: {row.stop_reason}. It is lifted by itself when "
        "the contact is active there again."
    )


def _audit(
    row: SalesLedger,
    actor: User,
    at: dt.datetime,
    action: str,
    summary: str,
    detail: dict[str, str] | None = None,
) -> None:
    audit_record(
        row.operating_company,
        at=at,
        actor=actor,
        action=action,
        subject=f"sales_ledger:{row.pk}",
        summary=summary,
        detail=detail,
    )
