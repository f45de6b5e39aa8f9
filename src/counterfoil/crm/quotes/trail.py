"""One audit entry per change of a quote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.crm.quotes.models import Quote


def quote_audit(
    quote: Quote,
    action: str,
    summary: str,
    *,
    actor: User | None,
    at: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add the entry to the trail of `quote:<id>`, in the caller's transaction."""
    audit_record(
        quote.operating_company,
        at=at,
        actor=actor,
        action=action,
        subject=f"quote:{quote.pk}",
        summary=summary,
        detail={name: shown(value) for name, value in (detail or {}).items()},
    )


def shown(value: Any) -> Any:
    """A value as the trail keeps it: amounts and dates as text, records by name."""
    if isinstance(value, list | tuple):
        return [shown(part) for part in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(getattr(value, "name", "") or getattr(value, "code", "") or value)
    return value
