"""Writing to one organisation's books: one call of `Writer.send` is one request on the wire, never two.

A repeated request that makes something makes it twice (reliability §5.4), so nothing here repeats, follows a redirect
or refreshes a token: whoever calls decides what an unclear answer means. What comes back is told, not judged.

Sources: xero-facts §3.9 (PUT creates, POST with an id changes), §3.10 (summarizeErrors), §3.11 (Idempotency-Key),
§3.12 (error bodies), §4.13 (attachments), §4.14 (history).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from counterfoil.xero.answers import classify, correlation_of, limit_kind, retry_after
from counterfoil.xero.decoding import decode
from counterfoil.xero.endpoints import CONTACTS, INVOICES, ITEMS, Endpoint
from counterfoil.xero.errors import (
    BadAnswer,
    Forbidden,
    LimitKind,
    ScopeMissing,
    TemporarilyUnavailable,
    TokenExpired,
    XeroError,
    redacted,
)
from counterfoil.xero.governor import Slot
from counterfoil.xero.records import Contact, Invoice, Item
from counterfoil.xero.transport import Answer, Hosts, Transport

LONGEST_NOTE = 2500
LARGEST_FILE = 10 * 1024 * 1024
CONNECT_S, TOTAL_S = 5.0, 65.0

_KEY = re.compile(r"[0-9A-Za-z-]{16,128}")
_ID = re.compile(r"[0-9A-Fa-f-]{36}")
_BANNED_IN_NAMES = re.compile(r'[<>:"/\\|?*+\x00-\x1f]')
_LONGEST_WORDS = 2000
# How long to wait when a 429 does not say (xero-facts §2.1); a day's window is tried again once an hour.
_DEFAULT_WAIT_S: dict[LimitKind, float] = {"concurrent": 2.0, "minute": 60.0, "app": 60.0, "day": 3600.0}


@dataclass(frozen=True, slots=True)
class Request:
    """One write, whole: its bytes do not change between attempts.

    `what` says which record the answer holds; `envelope` names the list of a write that makes no record of ours.
    """

    method: str
    path: str
    body: bytes
    query: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    what: Endpoint[Any] | None = None
    envelope: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What came over the wire. `status` None: nothing came; `left` False: then the request surely did not leave.

    `errors`: every validation message of any depth, or the message of a 400, word for word. `record`: the one element
    of the answer if it can be read as a record. `is_taken`: the answer shows the one note or file that was sent; a page
    that a proxy answers with in Xero's place does not. `expired`: a 401 that a fresh access token may mend. `barred`:
    why Xero did not let the request in at all, which reading would have raised.
    """

    status: int | None = None
    left: bool = True
    errors: tuple[str, ...] = ()
    record: Invoice | Contact | Item | None = None
    is_taken: bool = False
    expired: bool = False
    barred: TokenExpired | ScopeMissing | Forbidden | None = None
    wait_ms: int | None = None
    correlation_id: str = ""
    wire_bytes: int = 0

    @property
    def is_let_in(self) -> bool:
        """Whether Xero dealt with what was sent, were it to refuse it for what it says; a proxy's answer tells nothing."""
        return self.record is not None or self.is_taken or bool(self.errors)


def transport_for_writing(hosts: Hosts) -> Transport:
    """A pool with the short time-outs of writes: 5 s to connect, 65 s in all (reliability §5.4, step 6)."""
    return Transport(hosts, connect_s=CONNECT_S, read_s=TOTAL_S, deadline_s=TOTAL_S)


def invoice_create(body: bytes) -> Request:
    """PUT, since a POST with a known number would change somebody's invoice (xero-facts §4.5)."""
    return _on_collection("PUT", INVOICES, body)


def contact_create(body: bytes) -> Request:
    """PUT, since a POST with a known name overwrites that contact (xero-facts §4.2)."""
    return _on_collection("PUT", CONTACTS, body)


def item_create(body: bytes) -> Request:
    """PUT, since a POST with a known code changes that item (xero-facts §4.4)."""
    return _on_collection("PUT", ITEMS, body)


def invoice_update(xero_id: str, body: bytes) -> Request:
    return _on_record(INVOICES, xero_id, body)


def contact_update(xero_id: str, body: bytes) -> Request:
    return _on_record(CONTACTS, xero_id, body)


def item_update(xero_id: str, body: bytes) -> Request:
    return _on_record(ITEMS, xero_id, body)


def invoice_note(xero_id: str, text: str) -> Request:
    """A note in the invoice's history; Xero keeps it for ever."""
    body = msgspec.json.encode({"HistoryRecords": [{"Details": text[:LONGEST_NOTE]}]})
    return Request("PUT", f"Invoices/{_checked(xero_id)}/History", body, envelope="HistoryRecords")


def invoice_attachment(xero_id: str, name: str, content: bytes, content_type: str) -> Request:
    """A file on the invoice. POST: the same name again replaces the file instead of adding one (xero-facts §4.13)."""
    if len(content) > LARGEST_FILE:
        raise ValueError("Xero takes files up to 10 MB.")
    safe = _BANNED_IN_NAMES.sub("-", name)
    path = f"Invoices/{_checked(xero_id)}/Attachments/{quote(safe, safe='')}"
    return Request("POST", path, content, content_type=content_type, envelope="Attachments")


class Writer:
    """Thread-safe: share one per organisation and process. `clock` gives seconds since 1970."""

    def __init__(
        self,
        transport: Transport,
        hosts: Hosts,
        tenant_id: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport, self._hosts, self._tenant_id, self._clock = transport, hosts, tenant_id, clock

    def send(self, request: Request, *, key: str, token: str, slot: Slot) -> Written:
        """Exactly one request. `slot` is the place the governor gave for it. Raises nothing of Xero's."""
        if not _KEY.fullmatch(key):
            raise ValueError("This is no Idempotency-Key.")
        try:
            answer = self._transport.send(
                request.method,
                f"{self._hosts.api}/{request.path}",
                headers=self._headers(request, key, token),
                params=dict(request.query),
                content=request.body,
            )
        except TemporarilyUnavailable as error:
            return Written(left=error.sent)
        except BadAnswer:
            return Written()
        slot.seen(answer.status, answer.headers)
        return written_of(answer, request.what, self._clock(), secret=token, envelope=request.envelope)

    def _headers(self, request: Request, key: str, token: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {token}",
            "xero-tenant-id": self._tenant_id,
            "Accept": "application/json",
            "Content-Type": request.content_type,
            "Idempotency-Key": key,
        }


def written_of(
    answer: Answer, what: Endpoint[Any] | None, now: float, *, secret: str = "", envelope: str = ""
) -> Written:
    """An answer to a write, told. Pure."""
    error = classify(answer.status, answer.headers, answer.body, now, secrets=(secret,))
    asked = retry_after(answer.headers, now)
    wait_ms = None
    if answer.status == 429:
        kind = limit_kind(answer.headers, asked)
        wait_ms = int((_DEFAULT_WAIT_S[kind] if asked is None else asked) * 1000)
    errors = _errors(answer, secret)
    return Written(
        status=_status_told(answer.status, error),
        errors=errors,
        record=_record(answer, what) if error is None else None,
        is_taken=error is None and not errors and _is_taken(answer, envelope),
        expired=isinstance(error, TokenExpired),
        barred=error if isinstance(error, TokenExpired | ScopeMissing | Forbidden) else None,
        wait_ms=wait_ms,
        correlation_id=correlation_of(answer.headers) or "",
        wire_bytes=answer.wire_bytes,
    )


def _status_told(status: int, error: XeroError | None) -> int:
    """A page that answers in Xero's place proves nothing, whatever its status: it counts as a gateway's failure."""
    in_its_place = (
        isinstance(error, TemporarilyUnavailable) and not 500 <= status < 600 and not 200 <= status < 300
    )
    return 502 if in_its_place else status


def _errors(answer: Answer, secret: str) -> tuple[str, ...]:
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        return ()
    try:
        value = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    found = list(_messages(value))
    if not found and answer.status >= 400 and isinstance(value, dict):
        lowered = {str(name).lower(): inner for name, inner in value.items()}
        found = [
            text
            for name in ("message", "detail", "title")
            if isinstance(text := lowered.get(name), str) and text
        ][:1]
    return tuple(dict.fromkeys(redacted(text, (secret,), limit=_LONGEST_WORDS) for text in found))


def _messages(value: object) -> Iterator[str]:
    """Every message of every ValidationErrors, at any depth (xero-facts §3.12: on lines and contacts too)."""
    if isinstance(value, list):
        for inner in value:
            yield from _messages(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "ValidationErrors" and isinstance(inner, list):
                for error in inner:
                    text = (
                        (error.get("Message") or error.get("Description"))
                        if isinstance(error, dict)
                        else None
                    )
                    yield text if isinstance(text, str) and text else "Xero refused this without saying why."
            else:
                yield from _messages(inner)


def _record(answer: Answer, what: Endpoint[Any] | None) -> Invoice | Contact | Item | None:
    if what is None:
        return None
    try:
        content = decode(what, answer.body)
    except XeroError:
        return None
    if len(content.records) != 1 or content.broken:
        return None
    record: Invoice | Contact | Item = content.records[0]
    return record


def _is_taken(answer: Answer, envelope: str) -> bool:
    try:
        value = msgspec.json.decode(answer.body) if envelope else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    listed = value.get(envelope) if isinstance(value, dict) else None
    return isinstance(listed, list) and len(listed) == 1


def _on_collection(method: str, endpoint: Endpoint[Any], body: bytes) -> Request:
    return Request(method, endpoint.path, body, query=_query(endpoint), what=endpoint)


def _on_record(endpoint: Endpoint[Any], xero_id: str, body: bytes) -> Request:
    """POST to the record's own address: it changes this one and can make none."""
    return Request(
        "POST", f"{endpoint.path}/{_checked(xero_id)}", body, query=_query(endpoint), what=endpoint
    )


def _query(endpoint: Endpoint[Any]) -> tuple[tuple[str, str], ...]:
    precision = (("unitdp", "4"),) if endpoint.unitdp else ()
    return (*precision, ("summarizeErrors", "false"))


def _checked(xero_id: str) -> str:
    if not _ID.fullmatch(xero_id):
        raise ValueError("This is not an id of Xero's.")
    return xero_id
