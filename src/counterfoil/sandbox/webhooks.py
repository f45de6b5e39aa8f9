"""Webhooks as Xero sends them: signed, batched over organisations, retried on the world's clock.

One subscription per app, with a delivery address on loopback and a key. A new one has to pass the intent to
receive first: calls without events, some signed wrongly on purpose. Facts: xero-facts section 5. Events are
not coalesced: each change is an event, also of the same record.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any, Literal
from urllib.parse import urlsplit

from counterfoil.sandbox.seeded import Seeded
from counterfoil.sandbox.switches import EdgeSwitches

State = Literal["intent", "active", "disabled"]
CATEGORIES = ("CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT")
ANSWER_S = 5.0
RETRY = timedelta(minutes=15)
GIVE_UP = timedelta(hours=24)
KEPT = timedelta(days=31)
_PROBES = (True, False, False, True, False)
_PATHS = {"CONTACT": "Contacts", "INVOICE": "Invoices", "CREDITNOTE": "CreditNotes"}
_BATCH_MAX = 500


@dataclass(slots=True)
class Delivered:
    """One attempt. ``status`` is None when no answer came in time; ``why`` says what was wrong with it."""

    at: str
    kind: Literal["intent", "events"]
    events: int
    status: int | None
    ms: float
    why: str = ""


@dataclass(slots=True)
class _Batch:
    events: list[dict[str, Any]]
    sequences: tuple[int, int]
    born_at: datetime
    due_at: datetime
    failed_since: datetime | None = None
    attempts: int = 0


@dataclass(slots=True)
class Subscription:
    """Where one app wants its events."""

    client_id: str
    url: str
    key: str
    categories: tuple[str, ...]
    state: State = "intent"
    sequence: int = 0
    waiting: list[tuple[int, datetime, dict[str, Any]]] = field(default_factory=list)
    batches: list[_Batch] = field(default_factory=list)
    log: deque[Delivered] = field(default_factory=lambda: deque(maxlen=200))

    @property
    def gave_up(self) -> bool:
        """Whether a day of failures has switched it off."""
        return self.state == "disabled"

    def shown(self) -> dict[str, Any]:
        """For the control plane; without the key."""
        return {
            "client_id": self.client_id,
            "url": self.url,
            "categories": list(self.categories),
            "state": self.state,
            "last_sequence": self.sequence,
            "undelivered": len(self.waiting) + sum(len(batch.events) for batch in self.batches),
            "log": [asdict(attempt) for attempt in self.log],
        }


def signature(key: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over the raw body with the key's UTF-8 bytes (xero-facts 5)."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def refused_address(url: str) -> str | None:
    """Why the stand-in does not deliver there, or None. Unlike Xero it wants loopback and plain http."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return "The delivery address must be a http:// address on this machine."
    try:
        near = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        near = False
    return None if near else "The stand-in delivers to loopback addresses only."


def payload(events: list[dict[str, Any]], sequences: tuple[int, int], entropy: str) -> bytes:
    """The body of one call."""
    value = {
        "events": events,
        "firstEventSequence": sequences[0],
        "lastEventSequence": sequences[1],
        "entropy": entropy,
    }
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def event_of(
    tenant_id: str, category: str, resource_id: str, event_type: str, record: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """One event; only credit notes carry ``data`` (xero-facts 5)."""
    event: dict[str, Any] = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{_PATHS.get(category, category)}/{resource_id}",
        "resourceId": resource_id,
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
        "eventCategory": category,
        "eventType": event_type,
        "eventDateUtc": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}",
    }
    if category == "CREDITNOTE":
        event["data"] = {"Type": record.get("Type"), "Status": record.get("Status")}
    return event


class Webhooks:
    """All subscriptions. ``connected`` tells whether an app is connected to an organisation."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        ids: Seeded,
        switches: EdgeSwitches,
        connected: Callable[[str, str], bool],
    ) -> None:
        self._now = now
        self._ids = ids
        self._switches = switches
        self._connected = connected
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        self.subscriptions: dict[str, Subscription] = {}

    def subscribe(
        self, client_id: str, url: str, key: str, categories: tuple[str, ...] = CATEGORIES
    ) -> Subscription:
        """Set or change an app's delivery address; events flow once the intent to receive is proven.

        Undelivered events of an earlier address stay. Raises ValueError for an address that is not loopback
        and for a category that does not exist.
        """
        if why := refused_address(url):
            raise ValueError(why)
        if unknown := set(categories) - set(CATEGORIES):
            raise ValueError(f"There is no webhook category {', '.join(sorted(unknown))}.")
        with self._lock:
            old = self.subscriptions.get(client_id)
            fresh = Subscription(client_id, url, key, categories)
            if old is not None:
                fresh.sequence, fresh.waiting, fresh.batches = old.sequence, old.waiting, old.batches
            self.subscriptions[client_id] = fresh
            return fresh

    def unsubscribe(self, client_id: str) -> bool:
        """Take an app's webhook away with everything undelivered."""
        return self.subscriptions.pop(client_id, None) is not None

    def heard(
        self, tenant_id: str, category: str, resource_id: str, event_type: str, record: dict[str, Any]
    ) -> None:
        """Something changed in an organisation: queue an event for each app that is connected to it."""
        with self._lock:
            for held in self.subscriptions.values():
                if category in held.categories and self._connected(held.client_id, tenant_id):
                    held.sequence, now = held.sequence + 1, self._now()
                    event = event_of(tenant_id, category, resource_id, event_type, record, now)
                    held.waiting.append((held.sequence, now, event))

    # Intent to receive

    def prove_intent(self, client_id: str) -> bool:
        """Send the calls of the intent to receive; whether the receiver answered all of them rightly.

        Success makes the webhook active and due batches are delivered again.
        """
        held = self.subscriptions[client_id]
        with self._delivering:
            right = [self._probe(held, good=good) for good in self._ids.shuffled(list(_PROBES))]
        held.state = "active" if all(right) else "intent"
        if held.state == "active":
            for batch in held.batches:
                batch.due_at, batch.failed_since, batch.attempts = self._now(), None, 0
        return held.state == "active"

    def _probe(self, held: Subscription, *, good: bool) -> bool:
        body = payload([], (0, 0), self._ids.entropy())
        mark = signature(held.key if good else f"not {held.key}", body)
        attempt = self._post(held, body, mark, kind="intent", events=0)
        wanted = 200 if good else 401
        if attempt.status != wanted and not attempt.why:
            attempt.why = f"expected {wanted} for a {'right' if good else 'wrong'} signature"
        return not attempt.why

    # Delivery

    def deliver(self) -> int:
        """Send every batch that is due on the world's clock; return the number of events that arrived."""
        with self._delivering:
            return sum(self._deliver_due(held) for held in list(self.subscriptions.values()))

    def _deliver_due(self, held: Subscription) -> int:
        if held.state != "active":
            return 0
        self._form_batches(held)
        arrived = 0
        for batch in list(held.batches):
            if batch.due_at <= self._now() and self._try(held, batch):
                held.batches.remove(batch)
                arrived += len(batch.events)
            if held.gave_up:
                break
        return arrived

    def _form_batches(self, held: Subscription) -> None:
        now = self._now()
        held.batches = [batch for batch in held.batches if now - batch.born_at <= KEPT]
        with self._lock:
            waiting, held.waiting = held.waiting, []
        waiting = [entry for entry in waiting if now - entry[1] <= KEPT]
        for place in range(0, len(waiting), _BATCH_MAX):
            part = waiting[place : place + _BATCH_MAX]
            events = [event for _, _, event in part]
            if self._switches.webhooks_shuffle:
                events = self._ids.shuffled(events)
            held.batches.append(_Batch(events, (part[0][0], part[-1][0]), part[0][1], now))

    def _try(self, held: Subscription, batch: _Batch) -> bool:
        """One attempt, and the second one that follows a first failure at once."""
        arrived = self._send(held, batch)
        if not arrived and batch.attempts == 1:
            arrived = self._send(held, batch)
        if arrived:
            if self._switches.webhooks_duplicate:
                self._send(held, batch)
            return True
        now = self._now()
        batch.failed_since = batch.failed_since or now
        batch.due_at = now + RETRY
        if now - batch.failed_since >= GIVE_UP:
            held.state = "disabled"
        return False

    def _send(self, held: Subscription, batch: _Batch) -> bool:
        batch.attempts += 1
        body = payload(batch.events, batch.sequences, self._ids.entropy())
        mark = signature(held.key, body)
        return not self._post(held, body, mark, kind="events", events=len(batch.events)).why

    def _post(
        self,
        held: Subscription,
        body: bytes,
        mark: str,
        *,
        kind: Literal["intent", "events"],
        events: int,
    ) -> Delivered:
        parts = urlsplit(held.url)
        began = time.perf_counter()
        attempt = Delivered(self._now().isoformat(), kind, events, None, 0.0)
        link = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_S)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": mark}
            link.request("POST", target, body, headers)
            answer = link.getresponse()
            attempt.status = answer.status
            attempt.why = _wrong(kind, answer.status, answer.read(), answer.headers.get("set-cookie"))
        except (OSError, HTTPException) as error:
            attempt.why = f"no answer: {type(error).__name__}"
        finally:
            link.close()
        attempt.ms = round((time.perf_counter() - began) * 1000, 1)
        if attempt.ms > ANSWER_S * 1000:
            attempt.why = attempt.why or "answered after more than 5 seconds"
        held.log.append(attempt)
        return attempt


def _wrong(kind: str, status: int, body: bytes, cookie: str | None) -> str:
    """What Xero would not like about an answer; empty when it is right."""
    if kind == "events":
        return "" if 200 <= status < 300 else f"answered {status}"
    if cookie is not None:
        return "the answer sets a cookie"
    return "the answer has a body" if body else ""
