"""What comparing the CRM with Xero found (SY-11). Kept, so that a difference can be looked at and repaired later."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class VerifyState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Not finished"


class Verification(models.Model):
    """One comparison of everything. `newer`: records changed in Xero since the last pass, which the next one brings.

    `streams`: per stream what was compared: `[{"stream", "compared", "newer", "differences"}]`.
    """

    connection = models.ForeignKey("sync.Connection", on_delete=models.CASCADE, related_name="verifications")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=8, choices=VerifyState.choices, default=VerifyState.WAITING)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    calls = models.IntegerField(default=0)
    streams = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    repair_wanted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["connection", "-asked_at"], name="verification_recent")]


class Side(models.TextChoices):
    BOTH = "both", "Differs"
    HERE = "here", "Only in the CRM"
    XERO = "xero", "Only in Xero"
    ASIDE = "aside", "Cannot be stored"


class Difference(models.Model):
    """One field of one record that differs, or a record that only one side has.

    `part`: which part of the record, such as "Line 3"; empty for its head. `wins`: which side's value should
    stand: "xero" or "person".
    """

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="differences")
    stream = models.CharField(max_length=20)
    xero_id = models.CharField(max_length=80)
    label = models.TextField(blank=True)
    side = models.CharField(max_length=5, choices=Side.choices)
    part = models.CharField(max_length=60, blank=True)
    field = models.CharField(max_length=60, blank=True)
    ours = models.TextField(blank=True)
    theirs = models.TextField(blank=True)
    wins = models.CharField(max_length=6)
    repaired_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["verification", "stream"], name="difference_by_stream")]
