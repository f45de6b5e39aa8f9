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
