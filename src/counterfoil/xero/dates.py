"""Reading and writing Xero's dates; nothing here knows a local time zone.

Two kinds of value, never to be mixed: a *document date* is a calendar date (midnight UTC on the wire, xero-facts §3.2)
and a *stamp* is an instant in milliseconds since 1970 UTC. Text that is neither gives None, never an exception, so
one odd value cannot lose a record.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

_TICKS = re.compile(r"\\?/Date\((-?\d{1,17})(?:([+-])(\d\d):?(\d\d))?\)\\?/", re.ASCII)
# What nearly every stamp looks like: 1973 to 5138, and ticks are UTC whatever offset follows.
_USUAL_STAMP = re.compile(r"/Date\(([1-9]\d{11,13})(?:[+-]\d{4})?\)/", re.ASCII).fullmatch
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s*(?:Z|(UTC|GMT)|([+-])(\d\d):?(\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_RFC_1123 = re.compile(r"[A-Za-z]{3}, \d\d? [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# .NET's "no value" (0001-01-01) and the epoch itself are how an empty date is sometimes written.
_NOTHING_BEFORE = datetime(1, 1, 3, tzinfo=UTC)


def document_date(text: str | None) -> date | None:
    """The calendar date `text` names, as its writer meant it: a zone is never converted to another.

    None for nothing, for `/Date(0+0000)/` ("no date", not 1970), and for text that is no date.
    """
    moment = _wall_time(text)
    return None if moment is None else moment.date()


def stamp_ms(text: str | None) -> int | None:
    """Milliseconds since 1970 UTC. A stamp without a zone is UTC (xero-facts §1.6, §3.2). None as in document_date."""
    if text is not None and (usual := _USUAL_STAMP(text)):
        return int(usual[1])
    moment = _instant(text)
    return None if moment is None else (moment - _EPOCH) // timedelta(milliseconds=1)


def modified_since(ms: int) -> str:
    """The If-Modified-Since value for `ms`: UTC, whole seconds rounded down, no zone (xero-facts §3.5)."""
    return (_EPOCH + timedelta(seconds=ms // 1000)).strftime("%Y-%m-%dT%H:%M:%S")


def _instant(text: str | None) -> datetime | None:
    """The moment in UTC: ticks are UTC whatever offset follows; ISO and RFC 1123 offsets are taken off."""
    found = _parts(text)
    if found is None:
        return None
    moment, offset, is_ticks = found
    return _sensible(moment, timedelta(0) if is_ticks else -offset)


def _wall_time(text: str | None) -> datetime | None:
    """What a clock at the writer's desk showed: ticks plus their offset, ISO and RFC 1123 as written."""
    found = _parts(text)
    if found is None:
        return None
    moment, offset, is_ticks = found
    return _sensible(moment, offset if is_ticks else timedelta(0))


def _parts(text: str | None) -> tuple[datetime, timedelta, bool] | None:
    """(time as written, offset from UTC, whether it was ticks). UTC in the value only says "unshifted"."""
    text = (text or "").strip()
    if not text or len(text) > 64:
        return None
    if ticks := _TICKS.fullmatch(text):
        ms, sign, hours, minutes = ticks.groups()
        if int(ms) == 0:
            return None
        try:
            return _EPOCH + timedelta(milliseconds=int(ms)), _offset(sign, hours, minutes), True
        except OverflowError:
            return None
    if iso := _ISO.fullmatch(text):
        return _iso_parts(iso)
    return _rfc_1123_parts(text)


def _iso_parts(match: re.Match[str]) -> tuple[datetime, timedelta, bool] | None:
    year, month, day, hour, minute, second, fraction, _, sign, hours, minutes = match.groups()
    clock = (int(hour or 0), int(minute or 0), int(second or 0), int(((fraction or "") + "000000")[:6]))
    try:
        moment = datetime(int(year), int(month), int(day), *clock, tzinfo=UTC)
    except ValueError:
        return None
    return moment, _offset(sign, hours, minutes), False


def _rfc_1123_parts(text: str) -> tuple[datetime, timedelta, bool] | None:
    if not _RFC_1123.fullmatch(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    offset = moment.utcoffset() or timedelta(0)
    return moment.replace(tzinfo=UTC), offset, False


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if sign is None:
        return timedelta(0)
    size = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -size if sign == "-" else size


def _sensible(moment: datetime, shift: timedelta) -> datetime | None:
    try:
        shifted = moment + shift
    except OverflowError:
        return None
    return None if shifted < _NOTHING_BEFORE else shifted
