"""Write the audit trail, and the changes that others have to act on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.models import AuditEntry, ChangeRecord


def audit_record(
    operating_company: OperatingCompany,
    *,
    at: dt.datetime,
    actor: User | None,
    action: str,
    summary: str,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry; call it inside the transaction that makes the change.

    `action` is a dotted verb such as `connection.connected`; `summary` is a sentence for people and
    `detail` holds values before and after, never a secret.
    """
    return AuditEntry.objects.create(
        operating_company=operating_company,
        at=at,
        actor=actor,
        action=action,
        summary=summary,
        subject=subject,
        detail=detail or {},
    )


def change_record(
    operating_company: OperatingCompany,
    *,
    kind: str,
    key: str,
    subject: str,
    payload: dict[str, Any],
    actor: User | None,
    at: dt.datetime,
    held: bool = False,
) -> ChangeRecord:
    """Say that something changed; call it inside the transaction that makes the change.

    `kind` is a dotted verb such as `order.confirmed`; of one kind each `key` exists once, and a second
    one raises IntegrityError. `held` keeps it back until `changes_release`.
    """
    record: ChangeRecord = ChangeRecord.objects.create(
        operating_company=operating_company,
        kind=kind,
        key=key,
        subject=subject,
        payload=payload,
        actor=actor,
        at=at,
        due_at=None if held else at,
    )
    return record


def changes_release(
    operating_company: OperatingCompany, *, kind: str, keys: Collection[str], at: dt.datetime
) -> int:
    """Let changes that were held back count from `at` on; returns how many there were."""
    held = ChangeRecord.objects.of(operating_company).filter(kind=kind, key__in=keys, due_at=None)
    count: int = held.update(due_at=at)
    return count


def change_handled(change: ChangeRecord, *, at: dt.datetime) -> bool:
    """Say that a change was acted on; False when somebody else had said so already."""
    waiting = ChangeRecord.objects.filter(pk=change.pk, handled_at=None)
    return waiting.update(handled_at=at) == 1
