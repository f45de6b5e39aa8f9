"""Files that people put with a customer: contracts, drawings, orders on paper. Only the CRM has them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.core.filenames import safe_name
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import CustomerFile, SalesLedger

FILE_BYTES: Final = 10_000_000
FILES_MOST: Final = 200


def file_add(ledger: SalesLedger, *, name: str, content: bytes, actor: User, at: dt.datetime) -> CustomerFile:
    """Keep a file. Raises CustomerRefused for one that is empty, too large or here already, or one too many."""
    name = safe_name(name)
    _check(name, content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        # Two clicks on the same button wait for each other here, and the second finds the first one's file.
        row: SalesLedger = SalesLedger.objects.select_for_update().get(pk=ledger.pk)
        _room(row, name, digest)
        made: CustomerFile = CustomerFile.objects.create(
            operating_company=row.operating_company,
            sales_ledger=row,
            name=name,
            size=len(content),
            digest=digest,
            added_by=actor,
            added_at=at,
            content=content,
        )
        _audit(made, "file_added", f"The file {name} was added.", actor, at)
    return made


def file_delete(file: CustomerFile, *, actor: User, at: dt.datetime) -> None:
    """Delete a file for good; that it was there, and its digest, stays in the trail."""
    with transaction.atomic():
        gone, _ = CustomerFile.objects.filter(pk=file.pk).delete()
        if not gone:
            raise CustomerRefused(f"{file.name} was deleted already. Nothing was changed.")
        _audit(file, "file_deleted", f"The file {file.name} was deleted.", actor, at)


def _check(name: str, content: bytes) -> None:
    if not content:
        raise CustomerRefused(f"{name} is empty. It was not kept.")
    if len(content) > FILE_BYTES:
        raise CustomerRefused(
            f"{name} is larger than {FILE_BYTES // 10**6} MB, so it was not kept. Make it smaller, or keep it elsewhere "
            "and write a note that says where."
        )


def _room(ledger: SalesLedger, name: str, digest: str) -> None:
    files = CustomerFile.objects.filter(sales_ledger=ledger)
    same = files.filter(digest=digest).values_list("name", flat=True).first()
    if same is not None:
        called = "" if same == name else f" under the name {same}"
        raise CustomerRefused(f"{name} is here already{called}. It was not kept a second time.")
    if files.count() >= FILES_MOST:
        raise CustomerRefused(
            f"There are {FILES_MOST} files here, which is the most. {name} was not kept; delete one first."
        )


def _audit(file: CustomerFile, action: str, summary: str, actor: User, at: dt.datetime) -> None:
    audit_record(
        file.operating_company,
        at=at,
        actor=actor,
        action=f"sales_ledger.{action}",
        subject=f"sales_ledger:{file.sales_ledger_id}",
        summary=summary,
        detail={"name": file.name, "size": file.size, "sha256": file.digest},
    )
