"""What a first import would bring, counted before anything is written (SY-8)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class PreviewState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Counting"
    DONE = "done", "Done"
    FAILED = "failed", "Not finished"


class Preview(models.Model):
    """One look at everything in Xero before the first import. Nothing is read into the CRM until somebody decides.

    `streams`: per stream `[{"stream", "found", "created", "refused"}]`, and "problem" where it could not be read, `reasons`: how many contacts come in or stay
    out, and why, by reason; `names`: some examples of each.
    """

    connection = models.OneToOneField("sync.Connection", on_delete=models.CASCADE, related_name="preview")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=8, choices=PreviewState.choices, default=PreviewState.WAITING)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    calls = models.IntegerField(default=0)
    streams = models.JSONField(default=list)
    reasons = models.JSONField(default=dict)
    names = models.JSONField(default=dict)
    problem = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "asked_at"], name="preview_due")]
