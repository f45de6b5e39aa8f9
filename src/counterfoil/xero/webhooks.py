"""What Xero posts to a webhook address: is it Xero's, and what does it say?

Pure: bytes in, values out. Sources: xero-facts §5 (signature, payload, intent to receive, categories).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_WORD = re.compile(r"[A-Za-z_]{1,20}")
# A delivery with more entries that are no events is none of Xero's; each of them takes time to find out about.
UNREADABLE_MOST = 100


class NotAPayload(Exception):
    """The body is not what Xero sends."""


class Event(msgspec.Struct, frozen=True):
    """One record of one organisation changed. It says what to look at, never what is there.

    `category` and `event_type` are in capitals. `kind` is the document's type where Xero says it (credit notes),
    else empty.
    """

    tenant_id: str
    category: str
    resource_id: str
    event_type: str
    event_at: dt.datetime
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """One delivery. `is_intent`: no events, Xero is only trying whether signatures are checked.

    `unreadable` counts entries that are no events; they cost their neighbours nothing.
    """

    events: list[Event]
    unreadable: int
    is_intent: bool


class _Body(msgspec.Struct):
    events: list[msgspec.Raw]


class _Event(msgspec.Struct, rename="camel"):
    resource_id: str
    tenant_id: str
    event_category: str
    event_type: str
    event_date_utc: str
    tenant_type: str = "ORGANISATION"
    data: Any = None


class _Delivery(msgspec.Struct):
    events: list[_Event]


_body = msgspec.json.Decoder(_Body)
_event = msgspec.json.Decoder(_Event)
_delivery = msgspec.json.Decoder(_Delivery)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def is_signed(body: bytes, signature: str, key: str) -> bool:
    """Whether `signature` is the base64 HMAC-SHA256 of the raw body; takes equally long whatever it holds."""
    expected = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def payload_of(body: bytes) -> Payload:
    """Read a body whose signature was found right. Raises NotAPayload."""
    events, unreadable = [], 0
    for entry in _entries(body):
        event = _event_of(entry) if entry else None
        if event is not None:
            events.append(event)
        elif (unreadable := unreadable + 1) > UNREADABLE_MOST:
            raise NotAPayload("most of its entries are no events")
    # The same event twice is one: the first of many is as good as the last.
    return Payload(list(dict.fromkeys(events)), unreadable, is_intent=not events and not unreadable)


def _entries(body: bytes) -> Iterable[_Event | None]:
    """All of them at once where each is an event, else one by one, with None for what is none."""
    try:
        return _delivery.decode(body).events
    except _UNREADABLE:
        pass
    try:
        return map(_entry, _body.decode(body).events)
    except _UNREADABLE as error:
        raise NotAPayload(str(error)) from error


def _entry(raw: msgspec.Raw) -> _Event | None:
    try:
        return _event.decode(raw)
    except _UNREADABLE:
        return None


def _event_of(said: _Event) -> Event | None:
    known = _ID.fullmatch(said.resource_id) and _ID.fullmatch(said.tenant_id)
    if not known or not _WORD.fullmatch(said.event_category) or not _WORD.fullmatch(said.event_type):
        return None
    try:
        at = dt.datetime.fromisoformat(said.event_date_utc)
    except ValueError:
        return None
    kind = said.data.get("Type") if isinstance(said.data, dict) else None
    return Event(
        tenant_id=said.tenant_id.lower(),
        category=said.event_category.upper(),
        resource_id=said.resource_id.lower(),
        event_type=said.event_type.upper(),
        event_at=at if at.tzinfo else at.replace(tzinfo=dt.UTC),
        kind=kind if isinstance(kind, str) and _WORD.fullmatch(kind) else "",
    )
