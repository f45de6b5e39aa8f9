"""What Xero's webhooks leave behind: the app's key, what was told and not read yet, and how well it tells.

`WebhookDelivery` is the only table that the receiver fills. All the rest is written by whoever acts on it.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class WebhookApp(models.Model):
    """The webhook of one Xero app: its signing key, sealed, and when Xero last tried whether we check it."""

    client_id = models.CharField(max_length=100, unique=True)
    key_sealed = models.BinaryField(null=True)
    key_set_at = models.DateTimeField(null=True)
    key_set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    intent_at = models.DateTimeField(null=True)


class WebhookDelivery(models.Model):
    """One signed delivery as it came, until its events are taken out of it (`webhooks.unfold`).

    One row, however many events it tells of: what is looked up by its id is written where it belongs among all others,
    and a thousand such rows take longer than Xero may have to wait.
    """

    client_id = models.CharField(max_length=100)
    body = models.BinaryField()
    received_at = models.DateTimeField()


class WebhookEvent(models.Model):
    """One event as it was told. `handled_at` empty: not acted on yet; `outcome` says what came of it.

    Kept for some days after that, so that a delivery that is repeated is known again. `client_id`: whose key it was
    signed with; an app is believed about organisations that it is connected to, and no others.
    """

    client_id = models.CharField(max_length=100)
    tenant_id = models.CharField(max_length=36)
    category = models.CharField(max_length=20)
    resource_id = models.CharField(max_length=36)
    event_type = models.CharField(max_length=20)
    event_at = models.DateTimeField()
    kind = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client_id", "tenant_id", "category", "resource_id", "event_type", "event_at"],
                name="webhook_event_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "received_at"],
                condition=models.Q(handled_at=None),
                name="webhook_event_open",
            ),
            models.Index(fields=["handled_at"], name="webhook_event_handled"),
        ]


class Hearing(models.Model):
    """How acting on events goes for one connection.

    `spent_until` is the moment up to which its calls have used up their share of the day (`core.budget.may_read`);
    `lag_ms` how long the event waited that was acted on last.
    """

    connection = models.OneToOneField("sync.Connection", on_delete=models.CASCADE, related_name="hearing")
    not_before = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    problem = models.TextField(blank=True)
    spent_until = models.DateTimeField(null=True)
    events = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    lag_ms = models.BigIntegerField(null=True)


class HeardStream(models.Model):
    """How well one stream of a connection is told of: the last event, and what polls found that no event told."""

    connection = models.ForeignKey("sync.Connection", on_delete=models.CASCADE, related_name="heard")
    stream = models.CharField(max_length=20)
    last_event_at = models.DateTimeField(null=True)
    gaps = models.IntegerField(default=0)
    last_gap_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream"], name="heard_stream_once")
        ]


class Untold(models.Model):
    """A change that a poll found before any event told of it. A gap, unless the event comes soon."""

    connection = models.ForeignKey("sync.Connection", on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=20)
    xero_id = models.CharField(max_length=36)
    updated_ms = models.BigIntegerField()
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stream", "xero_id"], name="untold_once")
        ]
