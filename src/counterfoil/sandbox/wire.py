"""Xero's wire forms: dates, JSON, envelopes. It knows no resource and no rule. Facts: xero-facts 3.1 to 3.3."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

JSON_TYPE = "application/json; charset=utf-8"
XML_TYPE = "text/xml; charset=utf-8"
NOBODY = "00000000-0000-0000-0000-000000000000"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_SLASH_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_DAY_MS = 86_400_000

STAMP_KEYS = frozenset({"UpdatedDateUTC", "DateUTC", "CreatedDateUTC", "DateTimeUTC"})
DATE_KEYS = frozenset(
    {
        "Date",
        "DueDate",
        "DeliveryDate",
        "ExpectedArrivalDate",
        "FullyPaidOnDate",
        "ExpectedPaymentDate",
        "PlannedPaymentDate",
        "PeriodLockDate",
        "EndOfYearLockDate",
    }
)

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """JSON with amounts as plain numbers, every digit kept."""
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """JSON to values; a number with a point becomes a Decimal. Raises msgspec.DecodeError on anything else."""
    return _decoder.decode(body)


def milliseconds(when: datetime) -> int:
    """Milliseconds since the epoch, floored."""
    return (when - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    """The aware UTC moment of milliseconds since the epoch."""
    return _EPOCH + timedelta(milliseconds=ms)


def stamp(when: datetime) -> str:
    """`/Date(1777031976473+0000)/`."""
    return f"/Date({milliseconds(when)}+0000)/"


def stamp_bare(when: datetime) -> str:
    """The form without offset: envelopes, Organisation.CreatedDateUTC and Items write answers."""
    return f"/Date({milliseconds(when)})/"


@functools.lru_cache(maxsize=20_000)
def day(when: date) -> str:
    """A calendar date as midnight UTC."""
    return f"/Date({(when - _EPOCH_DAY).days * _DAY_MS}+0000)/"


@functools.lru_cache(maxsize=20_000)
def day_string(when: date) -> str:
    """The DateString twin, without zone."""
    return f"{when.isoformat()}T00:00:00"


def parse_stamp(text: str) -> datetime:
    """A moment out of `/Date(ms+0000)/` or ISO. Raises ValueError."""
    found = _SLASH_DATE.match(text)
    if found:
        try:
            return moment(int(found[1]))
        except OverflowError as error:
            raise ValueError(f"not a moment: {text}") from error
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def parse_day(value: Any) -> date:
    """A calendar date out of any form a client may send; the UTC date of a moment. Raises ValueError."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError(f"not a date: {value!r}")
    return parse_stamp(value).astimezone(UTC).date()


def native(value: Any, key: str = "") -> Any:
    """A decoded wire value with dates as dates and stamps as datetimes, and the string twins left out."""
    if isinstance(value, dict):
        return {k: native(v, k) for k, v in value.items() if not _is_twin(k, value)}
    if isinstance(value, list):
        return [native(item, key) for item in value]
    if isinstance(value, str):
        if key in DATE_KEYS:
            return parse_day(value)
        if key in STAMP_KEYS:
            return parse_stamp(value)
    return value


def wired(value: Any) -> Any:
    """The reverse of `native` for records that need no reshaping: dates get their slash form, twins are not added."""
    if isinstance(value, dict):
        return {key: wired(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [wired(item) for item in value]
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return day(value)
    return value


def _is_twin(key: str, owner: dict[str, Any]) -> bool:
    return key.endswith("String") and key[: -len("String")] in owner


def envelope(
    collection: str,
    elements: Iterable[bytes],
    *,
    answer_id: str,
    provider: str,
    now: datetime,
    pagination: dict[str, int] | None = None,
) -> bytes:
    """The JSON envelope of every answer; `pagination` sits before the collection (xero-facts 3.1)."""
    head: dict[str, Any] = {
        "Id": answer_id,
        "Status": "OK",
        "ProviderName": provider,
        "DateTimeUTC": stamp_bare(now),
    }
    if pagination is not None:
        head["pagination"] = pagination
    return b"".join((encode(head)[:-1], b',"', collection.encode(), b'":[', b",".join(elements), b"]}"))
