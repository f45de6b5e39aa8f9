"""Who is told when the link to Xero needs somebody, what is the matter, and whether the message has left (TK-2, TK-6)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from counterfoil.accounts.models import OperatingCompany, Owned


class AlertSettings(models.Model):
    """Where a company's alerts go. In quiet hours, by the company's clock, nothing is sent: it waits for their end.

    `recipients`: e-mail addresses. `webhook_url` empty: nothing is posted; its messages are signed with the secret.
    `set_aside_most`: so many newly set-aside records a day are no alert.
    """

    operating_company = models.OneToOneField(
        OperatingCompany, on_delete=models.CASCADE, related_name="alert_settings"
    )
    recipients = models.JSONField(default=list)
    webhook_url = models.CharField(max_length=500, blank=True)
    secret_sealed = models.BinaryField(null=True)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    set_aside_most = models.PositiveIntegerField(default=10)


class IncidentKind(models.TextChoices):
    RECONNECT = "reconnect", "Reconnect needed"
    SENDING = "sending", "Nothing can be sent"
    SILENCE = "silence", "No good sync"
    PUSHES = "pushes", "Orders or changes refused"
    SET_ASIDE = "set_aside", "Many records set aside"
    DAY_LIMIT = "day_limit", "Day's calls used up"


class Incident(Owned):
    """Something that needs somebody, from when it was seen until it was over. Told once, however long it lasts."""

    connection = models.ForeignKey("sync.Connection", on_delete=models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=10, choices=IncidentKind.choices)
    reason = models.TextField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=models.Q(closed_at=None),
                name="incident_open_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "-opened_at"], name="incident_by_time")
        ]


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class Occasion(models.TextChoices):
    OPENED = "opened", "Alert"
    CLOSED = "closed", "All clear"
    TEST = "test", "Test"


class AlertDelivery(Owned):
    """One message to one address. `due_at` empty: it has left, or nobody tries any more (`problem` says why).

    `uuid` goes with a webhook message, so that whoever gets it twice can tell.
    """

    uuid = models.UUIDField(unique=True)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.CASCADE, related_name="deliveries")
    occasion = models.CharField(max_length=6, choices=Occasion.choices)
    channel = models.CharField(max_length=7, choices=Channel.choices)
    target = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "occasion", "channel", "target"], name="alert_delivery_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="alert_delivery_due"
            ),
            models.Index(fields=["operating_company", "-made_at"], name="alert_delivery_by_time"),
        ]
