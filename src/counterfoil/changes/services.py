"""Write the audit trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.models import AuditEntry


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
