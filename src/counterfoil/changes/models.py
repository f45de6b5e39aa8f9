"""The audit trail: who changed what, written in the transaction of the change itself."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from counterfoil.accounts.models import Owned


class AuditEntry(Owned):
    """One change. Entries are only ever added.

    `actor` is empty for work the sync did; `subject` names the record as `kind:id`.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=100, blank=True)
    summary = models.TextField()
    detail = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "-at"], name="audit_by_time"),
            models.Index(fields=["operating_company", "subject", "-at"], name="audit_by_subject"),
        ]


class ChangeRecord(Owned):
    """Something changed here that others may have to act on, such as the sync.

    `key` keeps one and the same change from being recorded twice. A record counts from `due_at` on;
    empty means that something else has to happen first. Whoever acts on it sets `handled_at`.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    subject = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "kind", "key"], name="change_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], condition=models.Q(handled_at=None), name="change_unhandled"
            ),
            models.Index(fields=["operating_company", "subject"], name="change_by_subject"),
        ]
