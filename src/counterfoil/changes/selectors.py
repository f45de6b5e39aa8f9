"""Read the changes that wait for somebody to act on them, and the audit trail of a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.models import AuditEntry, ChangeRecord


def changes_due(
    company: OperatingCompany, kinds: Collection[str], *, at: dt.datetime, most: int = 500
) -> list[ChangeRecord]:
    """Changes of these kinds that nobody has acted on, oldest first."""
    rows = ChangeRecord.objects.of(company).filter(kind__in=kinds, handled_at=None, due_at__lte=at)
    return list(rows.select_related("actor").order_by("due_at", "pk")[:most])


def audit_of(company: int, subject: str, *, most: int = 200) -> list[AuditEntry]:
    """What happened to a record (`kind:id`), newest first."""
    rows = AuditEntry.objects.of(company).filter(subject=subject).select_related("actor")
    return list(rows.order_by("-at", "-pk")[:most])


def audit_about(company: int, subjects: Collection[str] | QuerySet[Any]) -> QuerySet[AuditEntry]:
    """What happened to any of these records (`kind:id`, or a query for such texts), in no order yet."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.of(company).filter(subject__in=subjects)
    return rows.select_related("actor")


def audit_actions(company: int, subject: str, actions: Collection[str]) -> set[str]:
    """Which of these have ever happened to a record."""
    rows = AuditEntry.objects.of(company).filter(subject=subject, action__in=actions)
    return set(rows.order_by().values_list("action", flat=True).distinct())


def audit_log(company: OperatingCompany, actions: Collection[str] = ()) -> QuerySet[AuditEntry]:
    """The whole trail of an operating company, newest first; only actions that begin with one of `actions`, if any."""
    rows: QuerySet[AuditEntry] = AuditEntry.objects.of(company).select_related("actor").order_by("-at", "-pk")
    if not actions:
        return rows
    return rows.filter(reduce(or_, (Q(action__startswith=action) for action in actions)))


def subjects_by_people(company: OperatingCompany, kind: str) -> set[str]:
    """Of the subjects of a kind (`kind:id`) the ids that a person has done something to; the sync is nobody."""
    rows = AuditEntry.objects.of(company).filter(actor__isnull=False, subject__startswith=f"{kind}:")
    return {subject.partition(":")[2] for subject in rows.values_list("subject", flat=True).distinct()}
