"""From the bytes of one answer to typed records, losing nothing but the records that cannot be read.

The usual page is decoded in one go. When that fails, the page is cut into its elements and each is decoded alone, first
as promised, then with everything that means "nothing" left out (xero-facts §3.3: absent, null, "" and [] are one). What
still fails is handed back as it came, with its id where one can be found. Half characters and other garbage inside a
text are mended first, since a JSON reader would stop at them and lose the page. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, Generic

import msgspec

from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.endpoints import Endpoint, R
from counterfoil.xero.errors import BadAnswer, TemporarilyUnavailable

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Broken:
    """One element that is no record: what to call it, why, and exactly what came."""

    xero_id: str | None
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Decoded(Generic[R]):
    """One answer's content. The paging figures are None where Xero gave none."""

    records: list[R]
    broken: list[Broken]
    page: int | None
    page_size: int | None
    page_count: int | None
    item_count: int | None
    server_time_ms: int | None


class _Pagination(msgspec.Struct, rename="camel", gc=False):
    page: int | None = None
    page_size: int | None = None
    page_count: int | None = None
    item_count: int | None = None


class _Pieces(msgspec.Struct, gc=False):
    """An envelope of which only the outermost shape is trusted."""

    rows: list[msgspec.Raw] | None
    pagination: Any
    server_time: Any


def decode(endpoint: Endpoint[R], body: bytes) -> Decoded[R]:
    """What `body`, a successful answer of `endpoint`, holds.

    TemporarilyUnavailable if it is not whole JSON (cut, or a page), BadAnswer if it is JSON without the collection.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        envelope = _envelope_decoder(endpoint.record, endpoint.envelope_key).decode(body)
    except _UNREADABLE:
        return _decode_piecewise(endpoint, body)
    rows = envelope.rows
    if rows is msgspec.UNSET or rows is None or None in rows:
        return _decode_piecewise(endpoint, body)
    return _decoded(rows, [], envelope.pagination or _Pagination(), envelope.server_time)


def records_tag(endpoint: Endpoint[R], body: bytes) -> str:
    """What the bytes of an answer's list come to: an equal answer is told without decoding it. "" if there is no list.

    All that comes before the list's name is left out, as an answer's own id and time always differ.
    """
    start = body.find(f'"{endpoint.envelope_key}"'.encode())
    return sha256(memoryview(body)[start:]).hexdigest() if start >= 0 else ""


@functools.cache
def _envelope_decoder(record: Any, key: str) -> msgspec.json.Decoder[Any]:
    some_rows: Any = list
    fields: list[tuple[str, Any, Any]] = [
        (
            "rows",
            some_rows[record | None] | None | msgspec.UnsetType,
            msgspec.field(default=msgspec.UNSET, name=key),
        ),
        ("pagination", _Pagination | None, None),
        ("server_time", str | None, msgspec.field(default=None, name="DateTimeUTC")),
    ]
    return msgspec.json.Decoder(msgspec.defstruct(f"{key}Envelope", fields, gc=False))


@functools.cache
def _element_decoder(record: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(record)


def _decode_piecewise(endpoint: Endpoint[R], body: bytes) -> Decoded[R]:
    pieces = _pieces(body, endpoint.envelope_key)
    pagination = _pagination(pieces.pagination)
    if pieces.rows is None and pagination.item_count:
        raise BadAnswer("Xero counts records but sends no list of them.", status=200)
    records: list[R] = []
    broken: list[Broken] = []
    for raw in pieces.rows or ():
        found = _element(endpoint, bytes(raw))
        if isinstance(found, Broken):
            broken.append(found)
        else:
            records.append(found)
    return _decoded(records, broken, pagination, pieces.server_time)


def _pieces(body: bytes, key: str) -> _Pieces:
    envelope = _outermost(body)
    try:
        rows = msgspec.json.decode(envelope[key], type=list[msgspec.Raw] | None)
    except (KeyError, *_UNREADABLE):
        raise BadAnswer(f"Xero's answer has no list called {key}.", status=200) from None
    return _Pieces(
        rows=rows,
        pagination=_anything(envelope.get("pagination")),
        server_time=_anything(envelope.get("DateTimeUTC")),
    )


def _outermost(body: bytes) -> dict[str, msgspec.Raw]:
    for prepare in (bytes, mended):
        try:
            return msgspec.json.decode(prepare(body), type=dict[str, msgspec.Raw])
        except msgspec.ValidationError:
            return {}
        except RecursionError:
            raise BadAnswer("Xero's answer is nested too deeply to be read.", status=200) from None
        except _UNREADABLE:
            continue
    raise TemporarilyUnavailable("Xero's answer broke off or is garbled.", status=200)


_ESCAPE_OR_CONTROL = re.compile(
    rb"(?P<good>\\(?:[\"\\/bfnrt]"
    rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # both halves of a character
    rb"|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|(?P<strange>\\)"
    rb"|[\x00-\x1f]"
)


def mended(body: bytes) -> bytes:
    """`body` with what JSON forbids inside a text made harmless: half a character (a name cut in the middle of an
    emoji) becomes U+FFFD, a raw control character a space, an unknown escape loses its backslash.
    """
    return _ESCAPE_OR_CONTROL.sub(_mend, body)


def _mend(found: re.Match[bytes]) -> bytes:
    if found["good"]:
        return found["good"]
    if found["half"]:
        return b"\\ufffd"
    return b"" if found["strange"] else b" "


def _pagination(value: object) -> _Pagination:
    """The figures that are whole numbers; a strange one counts as not given."""
    if not isinstance(value, dict):
        return _Pagination()
    figures = (value.get(key) for key in ("page", "pageSize", "pageCount", "itemCount"))
    return _Pagination(*(figure if type(figure) is int else None for figure in figures))


def _decoded(
    records: list[R], broken: list[Broken], pagination: _Pagination, server_time: object
) -> Decoded[R]:
    return Decoded(
        records=records,
        broken=broken,
        page=pagination.page,
        page_size=pagination.page_size,
        page_count=pagination.page_count,
        item_count=pagination.item_count,
        server_time_ms=stamp_ms(server_time) if isinstance(server_time, str) else None,
    )


def _element(endpoint: Endpoint[R], raw: bytes) -> R | Broken:
    try:
        record: R = _element_decoder(endpoint.record).decode(raw)
    except _UNREADABLE as error:
        reason = str(error)[:_LONGEST_REASON]
    else:
        return record
    value = _anything(raw)
    if isinstance(value, dict):
        try:
            return msgspec.convert(_without_nothing(value), endpoint.record, strict=False)
        except (msgspec.ValidationError, RecursionError):
            pass  # the first reason says more
    return Broken(xero_id=_id_in(value, endpoint.wire_id), reason=reason, raw=raw)


def _anything(raw: bytes | msgspec.Raw | None) -> Any:
    """`raw` as plain values with exact amounts; None if it is not even JSON."""
    if raw is None:
        return None
    try:
        return _EXACT.decode(raw)
    except _UNREADABLE:
        return None


_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(inner) for key, inner in value.items() if not _is_nothing(inner)}
    if isinstance(value, list):
        return [_without_nothing(inner) for inner in value if inner is not None]
    return value


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [], {})


def _id_in(value: object, key: str) -> str | None:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and 0 < len(found) <= 100 else None
