"""Give a customer made here its ContactID (PU-1)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.changes.services import audit_record
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import SalesLedger


def sales_ledger_linked(ledger: SalesLedger, ledger_id: str, *, at: dt.datetime) -> None:
    """Note the ContactID of a customer made here once the contact exists (PU-1); the sync calls it.

    Raises CustomerRefused when the ledger has another one, or another ledger has this one.
    """
    with transaction.atomic():
        row: SalesLedger = SalesLedger.objects.select_for_update().get(pk=ledger.pk)
        if row.ledger_id == ledger_id:
            return
        if row.ledger_id is not None:
            raise CustomerRefused(f"{row.name} is another contact in Xero already. Nothing was changed.")
        holder = SalesLedger.objects.of(row.operating_company).filter(ledger_id=ledger_id).first()
        if holder is not None:
            raise CustomerRefused(
                f"That contact in Xero is {holder.name} here already, so {row.name} cannot be it too. Nothing was "
                f"changed; go on with {holder.name}, or give {row.name} another name and make it anew."
            )
        row.ledger_id, row.updated_at = ledger_id, at
        row.save(update_fields=["ledger_id", "updated_at"])
        audit_record(
            row.operating_company,
            at=at,
            actor=None,
            action="sales_ledger.linked",
            subject=f"sales_ledger:{row.pk}",
            summary=f"{row.name} is a contact in Xero now.",
            detail={"ledger_id": ledger_id},
        )
    ledger.ledger_id = ledger_id
