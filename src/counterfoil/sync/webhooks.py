"""Xero's webhooks: take in what they say, and judge how well they say it. `sync.hearing` acts on it.

An event only says where to look (WH-2), so receiving is one row (WH-1) that is unfolded later. Polling never relies on it: a stream that is
told of is asked less often, and as soon as a poll finds what no event told, as often as ever again.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, QuerySet

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.database import bulk
from counterfoil.sync import wiring
from counterfoil.sync.models import Connection
from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.sync.signals import told_nudge
from counterfoil.sync.streams import CONTACTS, CREDIT_NOTES, INVOICES, Stream
from counterfoil.sync.webhook_models import HeardStream, Untold, WebhookApp, WebhookDelivery, WebhookEvent
from counterfoil.sync.xero_apps import app_chosen, may_set_for_all, serves_others
from counterfoil.xero import webhooks as wire

log = logging.getLogger(__name__)

PATH = "/integration/xero/webhook"
# A thousand events are some 400 KB, and each delivery has to be answered at once.
MAX_BODY = 512 * 1024
# What each category tells of; other categories are about records that the CRM does not hold.
STREAM_OF: Mapping[str, Stream] = {"CONTACT": CONTACTS, "INVOICE": INVOICES, "CREDITNOTE": CREDIT_NOTES}
CATEGORY_OF: Mapping[str, str] = {stream.key: category for category, stream in STREAM_OF.items()}

# Xero repeats a failed delivery about every 15 minutes (xero-facts 5): an event may be that late and no gap.
LATE = dt.timedelta(minutes=30)
# After a gap a stream is polled as without webhooks for this long.
DISTRUST = dt.timedelta(hours=24)
# Events that wait longer than this are worth less than polling.
BEHIND = dt.timedelta(minutes=10)
# Repeated deliveries of what was acted on are known again for this long; Xero repeats for a day.
KEPT = dt.timedelta(days=7)
# Xero's stamp of a record and the time of its event are taken at different moments.
SLACK_MS = 5_000
UNTOLD_AT_ONCE = 200
# A delivery holds up to some thousand events, and whoever else writes waits meanwhile.
UNFOLDED_AT_ONCE = 10

_TOLD = ("tenant_id", "category", "resource_id", "event_type", "event_at", "kind")


class Verdict(StrEnum):
    RECORDED = "recorded"
    UNSIGNED = "unsigned"
    MALFORMED = "malformed"


class Refusals:
    """Deliveries with a wrong signature, since this process began: nothing is stored of what anybody can send."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0
        self.last_at: dt.datetime | None = None

    def add(self, at: dt.datetime) -> None:
        with self._lock:
            self.count += 1
            self.last_at = at


refusals = Refusals()


@dataclass(frozen=True)
class SigningKey:
    """Of one app. `source`: "environment" or "page"."""

    client_id: str
    key: str
    source: str


class KeyRefused(Exception):
    """The key was not kept; the text is a sentence for the administrator."""


def signing_keys() -> list[SigningKey]:
    """The key of every app that has one; the environment's comes first and wins."""
    keys: dict[str, SigningKey] = {}
    if given := str(wiring.configuration().xero_webhook_key):
        own = wiring.app().client_id
        keys[own] = SigningKey(own, given, "environment")
    for row in WebhookApp.objects.exclude(key_sealed=None):
        try:
            key = unseal(bytes(row.key_sealed or b""))
        except SealBroken:
            log.warning("a webhook key cannot be opened with COUNTERFOIL_TOKEN_KEYS; enter it again")
        else:
            keys.setdefault(row.client_id, SigningKey(row.client_id, key, "page"))
    return list(keys.values())


def key_set(key: str, *, company: OperatingCompany, actor: User, at: dt.datetime) -> None:
    """Keep the signing key of the app that `company` connects with, sealed; an empty one ends listening.

    Raises KeyRefused.
    """
    chosen = app_chosen(company)
    if chosen is None:
        raise KeyRefused("There is no Xero app yet whose key this could be. Nothing was changed.")
    if chosen.source != "company" and not may_set_for_all(actor):
        raise KeyRefused(
            "This app serves all operating companies, so its key can be entered only by somebody who administers "
            "all of them. Nothing was changed."
        )
    # Anybody can enter the client id of another company's app, and the key is kept by it.
    if serves_others(chosen.client_id, company) and not may_set_for_all(actor):
        raise KeyRefused(
            "Another operating company uses this app too, so its key can be entered only by somebody who administers "
            "all of them. Nothing was changed."
        )
    if any(c.isspace() or not c.isprintable() for c in key):
        raise KeyRefused(
            "The key holds a space or an invisible character. Nothing was changed. Copy it again from the Webhooks "
            "page of your app at developer.xero.com."
        )
    sealed = seal(key) if key else None
    with transaction.atomic():
        WebhookApp.objects.update_or_create(
            client_id=chosen.client_id,
            defaults={"key_sealed": sealed, "key_set_at": at, "key_set_by": actor, "intent_at": None},
        )
        audit_record(
            company,
            at=at,
            actor=actor,
            action="integration.webhook_key",
            summary="The webhook's signing key was entered." if key else "The webhook's key was removed.",
        )


def receive(body: bytes, signature: str, *, at: dt.datetime) -> Verdict:
    """Take in one delivery. Nothing is done but recording, so that Xero has its answer at once (WH-1)."""
    signers = [one.client_id for one in signing_keys() if wire.is_signed(body, signature, one.key)]
    if not signers:
        refusals.add(at)
        return Verdict.UNSIGNED
    try:
        payload = wire.payload_of(body)
    except wire.NotAPayload as problem:
        log.warning("a signed webhook delivery could not be read: %s", str(problem)[:200])
        return Verdict.MALFORMED
    if payload.is_intent:
        WebhookApp.objects.update_or_create(client_id=signers[0], defaults={"intent_at": at})
        return Verdict.RECORDED
    if payload.unreadable:
        log.warning("%d entries of a webhook delivery were no events", payload.unreadable)
    if payload.events:
        with transaction.atomic():
            WebhookDelivery.objects.create(client_id=signers[0], body=body, received_at=at)
            transaction.on_commit(told_nudge.set)
    return Verdict.RECORDED


def unfold() -> None:
    """Take the events out of the deliveries that came. Those of one that is repeated are there already."""
    if not WebhookDelivery.objects.exists():
        return  # most of the time: nobody else has to wait for a transaction that writes nothing
    while _some_unfolded():
        pass


def _some_unfolded() -> bool:
    with transaction.atomic():
        waiting = WebhookDelivery.objects.select_for_update(skip_locked=True).order_by("pk")
        rows = list(waiting[:UNFOLDED_AT_ONCE])
        events = [row for delivery in rows for row in _events_of(delivery)]
        bulk.insert_new(WebhookEvent, ("client_id", *_TOLD, "received_at"), events)
        WebhookDelivery.objects.filter(pk__in=[delivery.pk for delivery in rows]).delete()
    return bool(rows)


def _events_of(delivery: WebhookDelivery) -> Iterator[tuple[Any, ...]]:
    for event in wire.payload_of(bytes(delivery.body)).events:
        yield (delivery.client_id, *(getattr(event, name) for name in _TOLD), delivery.received_at)


def events_of(connection: Connection) -> QuerySet[WebhookEvent]:
    """What the connection's own app was told about its organisation; other apps are not believed about it."""
    client_id = connection.tokens.client_id if connection.tokens else ""
    return WebhookEvent.objects.filter(tenant_id=connection.tenant_id, client_id=client_id)


def waiting_of(connection: Connection) -> tuple[int, dt.datetime | None]:
    """How many events about the connection wait to be read, and since when the oldest does.

    What is still folded into a delivery is not counted, but its age is.
    """
    client_id = connection.tokens.client_id if connection.tokens else ""
    folded = WebhookDelivery.objects.filter(client_id=client_id).aggregate(since=Min("received_at"))["since"]
    told = (
        events_of(connection).filter(handled_at=None).aggregate(count=Count("pk"), since=Min("received_at"))
    )
    return told["count"], min((one for one in (folded, told["since"]) if one), default=None)


def trusted(connection: Connection, at: dt.datetime) -> frozenset[str]:
    """The streams that events tell of so well that polling them may be slower."""
    client_id = connection.tokens.client_id if connection.tokens else ""
    if not any(one.client_id == client_id for one in signing_keys()):
        return frozenset()
    since = waiting_of(connection)[1]
    if since is not None and at - since > BEHIND:
        return frozenset()
    rows = HeardStream.objects.filter(connection=connection, last_event_at__isnull=False)
    return frozenset(row.stream for row in rows if row.last_gap_at is None or at - row.last_gap_at > DISTRUST)


def poll_found(connection: Connection, stream: Stream, stamps: Mapping[str, int], at: dt.datetime) -> None:
    """A poll stored these changes (id → Xero's stamp in ms): remember those that no event has told of yet."""
    if stream.key not in CATEGORY_OF or not stamps:
        return
    heard = HeardStream.objects.filter(connection=connection, stream=stream.key, last_event_at__isnull=False)
    if not heard.exists():
        return
    untold = sorted(stamps.keys() - _told(connection, stream.key, stamps))[:UNTOLD_AT_ONCE]
    Untold.objects.bulk_create(
        [
            Untold(connection=connection, stream=stream.key, xero_id=one, updated_ms=stamps[one], found_at=at)
            for one in untold
        ],
        ignore_conflicts=True,
    )


def settle(connection: Connection, at: dt.datetime) -> None:
    """Count as gaps what polls found and no event has told of since; forget events that were acted on long ago."""
    WebhookEvent.objects.filter(handled_at__lt=at - KEPT).delete()
    ripe = list(Untold.objects.filter(connection=connection, found_at__lt=at - LATE))
    for key in {row.stream for row in ripe}:
        stamps = {row.xero_id: row.updated_ms for row in ripe if row.stream == key}
        gaps = len(stamps.keys() - _told(connection, key, stamps))
        if gaps:
            log.warning("polling found %d changes of %s that no webhook told of", gaps, key)
            mine = HeardStream.objects.filter(connection=connection, stream=key)
            mine.update(gaps=F("gaps") + gaps, last_gap_at=at)
    Untold.objects.filter(pk__in=[row.pk for row in ripe]).delete()


def _told(connection: Connection, key: str, stamps: Mapping[str, int]) -> set[str]:
    """Those of the changes that an event has told of."""
    told = events_of(connection).filter(category=CATEGORY_OF[key], resource_id__in=list(stamps))
    last = told.values_list("resource_id").annotate(last=Max("event_at")).values_list("resource_id", "last")
    return {one for one, told_at in last if told_at.timestamp() * 1000 >= stamps[one] - SLACK_MS}
