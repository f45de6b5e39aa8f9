"""One page of records into the CRM: map, compare with what was seen, apply, link. All or nothing.

Runs inside the caller's transaction, so that rows, links and cursor are committed together (SY-4).
A record that cannot be applied is set aside with its reason and never costs its neighbours (SY-10).
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from counterfoil.core.applied import Applied
from counterfoil.core.fingerprint import fingerprint, is_current, same_lines
from counterfoil.core.mapping.documents import NotOurs
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.database import bulk
from counterfoil.database.prepared import PreparedQuery
from counterfoil.sync import returning
from counterfoil.sync.grounds import Ground
from counterfoil.sync.models import Link, SetAside
from counterfoil.sync.streams import CONTACTS, Stream
from counterfoil.xero.client import Broken
from counterfoil.xero.dates import stamp_ms

log = logging.getLogger(__name__)

Apply = Callable[..., Applied]

RAW_LIMIT = 200_000
KEY_LIMIT = 36
# Begins the key of a record whose own id cannot be used.
NO_ADDRESS = "unknown-"
NO_STAMPS: Mapping[str, int] = {}
_ASIDE = PreparedQuery(
    lambda connection_id, stream: SetAside.objects.filter(
        connection_id=connection_id, stream=stream
    ).values_list("xero_id", flat=True),
    int,
    str,
)
_STAMP = re.compile(rb'"UpdatedDateUTC"\s*:\s*"([^"]{1,60})"')


class Mapped(msgspec.Struct, gc=False):
    """One record as it will be stored. A page holds a thousand, none of them in a cycle."""

    xero_id: str
    updated_ms: int
    print: str
    value: Any
    record: Any


@dataclass
class Prepared:
    """A page, mapped.

    `rows`: id and stamp (None if it has none) of each row in the answer's order. `refused`: id → (reason, raw text).
    `repeats`: set by the reader, see `core.pulling.Seen`.
    """

    good: dict[str, Mapped] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: list[tuple[str, int | None]] = field(default_factory=list)
    repeats: bool = False


@dataclass
class Stored:
    """What storing a page came to.

    `moved`: stored and present stamps of rows that are newer than before. `reason`: why the first one was set aside.
    """

    written: int = 0
    set_aside: int = 0
    skipped: int = 0
    moved: list[tuple[int | None, int | None]] = field(default_factory=list)
    touched: list[Any] = field(default_factory=list)
    reason: str = ""


def prepare(
    stream: Stream,
    records: Iterable[Any],
    broken: Iterable[Broken],
    ground: Ground,
    stamps: Mapping[str, int] = NO_STAMPS,
) -> Prepared:
    """Map a page without the database. Later copies of one id replace earlier ones.

    `stamps`: records that are stored with these stamps need not be mapped again, see `stamps_stored`.
    """
    page = Prepared()
    for record in records:
        _map(stream, record, ground, page, stamps)
    for one in broken:
        key = _key(one.xero_id, one.raw)
        stamp = _STAMP.search(one.raw)
        page.rows.append(
            (key, stamp_ms(stamp[1].decode("utf-8", "replace").replace("\\", "")) if stamp else None)
        )
        page.refused[key] = (one.reason, one.raw[:RAW_LIMIT].decode("utf-8", "replace"))
    return page


def stamps_stored(stream: Stream, connection_id: int, ids: Iterable[str]) -> dict[str, int]:
    """The stamps of records that are stored as records are mapped today.

    For the overlap of a later read, most of which is stored. What changes without a stamp is left to the daily
    compare, which reads without this (SY-6).
    """
    known = _known(stream, connection_id, ids)
    return {key: ms for key, (_, print_, ms) in known.items() if ms and is_current(print_)}


def _map(stream: Stream, record: Any, ground: Ground, page: Prepared, stamps: Mapping[str, int]) -> None:
    stamp = stamp_ms(getattr(record, "updated_date_utc", None))
    xero_id = stream.endpoint.id_of(record)
    if xero_id != (key := _key(xero_id, b"")):
        page.rows.append((key, stamp))
        page.refused[key] = ("Its id is not one that Xero gives.", raw_text(record))
        return
    page.rows.append((xero_id, stamp))
    page.good.pop(xero_id, None)
    page.refused.pop(xero_id, None)
    if stamp is not None and stamps.get(xero_id) == stamp:
        return
    try:
        value = stream.value(record, ground)
        page.good[xero_id] = Mapped(xero_id, stamp or 0, fingerprint(value), value, record)
    except NotOurs:
        return  # a bill, although the question left bills out (IN)
    except CannotMap as problem:
        page.refused[xero_id] = (str(problem), raw_text(record))
    except (
        Exception
    ) as fault:  # a fault of ours costs this record only; a page of them stops the stream (P14)
        log.exception("a record of %s could not be mapped", stream.key)
        page.refused[xero_id] = (f"It could not be understood ({type(fault).__name__}).", raw_text(record))


def _key(xero_id: str | None, raw: bytes) -> str:
    """The id if the tables can hold it, else a name made of what came."""
    if xero_id and len(xero_id) <= KEY_LIMIT and xero_id.isprintable():
        return xero_id
    return f"{NO_ADDRESS}{blake2b(raw or (xero_id or '').encode(), digest_size=8).hexdigest()}"


def page_store(
    stream: Stream,
    page: Prepared,
    *,
    connection_id: int,
    ground: Ground,
    at: dt.datetime,
    apply: Apply | None = None,
) -> Stored:
    """Apply what is new or changed and remember all of it. The caller's transaction is assumed."""
    known = _known(stream, connection_id, (*page.good, *page.refused))
    aside = set(_ASIDE.rows(connection_id, stream.key))
    changed, restamped, older = _changed(page, known)
    if stream.key == CONTACTS.key:
        returning.contacts_claim(ground.company, (m.record for m in changed), at=at)
    apply = apply or stream.apply
    if stream.ledger:
        apply = partial(apply, same_lines=_with_same_lines(changed, known))
    applied = _apply_isolating(apply, ground, [m.value for m in changed], at)
    refused = {
        xero_id: (reason, raw_text(page.good[xero_id].record)) for xero_id, reason in applied.refused.items()
    }
    done = [m for m in changed if m.xero_id not in refused]
    _links_keep(stream, connection_id, known, done, restamped, applied.skipped)
    _set_aside_keep(stream, connection_id, page.refused | refused, applied.lacking, at)
    if healed := (aside & page.good.keys()) - refused.keys() - older:
        _set_aside(stream, connection_id).filter(xero_id__in=healed).delete()
    return Stored(
        written=applied.written,
        set_aside=len(page.refused) + len(refused),
        skipped=len(applied.skipped),
        moved=list(_moved(page, known, aside)),
        touched=[m.value for m in done],
        reason=next((reason for reason, _ in (page.refused | refused).values()), ""),
    )


def raw_text(record: Any) -> str:
    """A record as JSON text, for people; cut at 200,000 characters."""
    return msgspec.json.encode(record).decode()[:RAW_LIMIT]


Known = dict[str, tuple[int, str, int]]


def _known(stream: Stream, connection_id: int, good: Iterable[str]) -> Known:
    rows = bulk.select(
        Link,
        ("xero_id", "id", "fingerprint", "updated_ms"),
        "xero_id",
        good,
        connection_id=connection_id,
        stream=stream.key,
    )
    return {row[0]: row[1:] for row in rows}


def _changed(page: Prepared, known: Known) -> tuple[list[Mapped], list[Mapped], set[str]]:
    """What to apply, what only carries a newer stamp, and whose answer is older than what is stored (SY-4)."""
    changed, restamped, older = [], [], set()
    for mapped in page.good.values():
        link = known.get(mapped.xero_id)
        if link is None:
            changed.append(mapped)
            continue
        _, stored_print, stored_ms = link
        if 0 < mapped.updated_ms < stored_ms:
            older.add(mapped.xero_id)
        elif mapped.print != stored_print:
            changed.append(mapped)
        elif mapped.updated_ms > stored_ms:
            restamped.append(mapped)
    return changed, restamped, older


def _with_same_lines(changed: Iterable[Mapped], known: Known) -> frozenset[str]:
    prints = ((mapped, known.get(mapped.xero_id)) for mapped in changed)
    return frozenset(one.xero_id for one, link in prints if link and same_lines(link[1], one.print))


def _moved(page: Prepared, known: Known, aside: set[str]) -> Iterator[tuple[int | None, int | None]]:
    """Stored and present stamp of rows that were stored before and are newer now. A record set aside has no stored one."""
    for xero_id, stamp in page.rows:
        if xero_id in aside:
            yield None, stamp
        elif (link := known.get(xero_id)) is not None and (stamp is None or stamp > link[2]):
            yield link[2] or None, stamp


def _apply_isolating(apply: Apply, ground: Ground, values: list[Any], at: dt.datetime) -> Applied:
    """Apply all; if the database refuses the page, halve it until the record at fault stands alone."""
    if not values:
        return Applied()
    try:
        with transaction.atomic():
            return apply(ground, values, at)
    except (OperationalError, InterfaceError):
        raise  # the database itself is in trouble, no record is at fault
    except Exception as error:  # whatever it is: neighbours must not pay for it (SY-10)
        if len(values) == 1:
            log.exception("a record could not be stored")
            reason = f"It could not be stored ({type(error).__name__}: {str(error)[:200]})."
            return Applied(refused={values[0].external_id: reason})
    half = len(values) // 2
    first = _apply_isolating(apply, ground, values[:half], at)
    second = _apply_isolating(apply, ground, values[half:], at)
    return Applied(
        created=first.created + second.created,
        updated=first.updated + second.updated,
        skipped=first.skipped | second.skipped,
        refused=first.refused | second.refused,
        lacking=first.lacking | second.lacking,
    )


def _links_keep(
    stream: Stream,
    connection_id: int,
    known: Known,
    done: list[Mapped],
    restamped: list[Mapped],
    skipped: dict[str, str],
) -> None:
    fresh, seen = [], []
    for mapped in (*done, *restamped):
        outcome = skipped.get(mapped.xero_id, "")
        label = getattr(mapped.value, "name", "") if outcome else ""
        row = (mapped.print, mapped.updated_ms, outcome, label)
        if mapped.xero_id in known:
            seen.append((known[mapped.xero_id][0], *row))
        else:
            fresh.append((connection_id, stream.key, mapped.xero_id, *row))
    columns = ("fingerprint", "updated_ms", "outcome", "label")
    bulk.insert(Link, ("connection_id", "stream", "xero_id", *columns), fresh)
    # A record that was left out before and only carries a newer stamp keeps why it was left out.
    kept = {known[m.xero_id][0] for m in restamped}
    bulk.update(Link, "id", columns, [row for row in seen if row[0] not in kept])
    bulk.update(Link, "id", ("fingerprint", "updated_ms"), [row[:3] for row in seen if row[0] in kept])


def _set_aside(stream: Stream, connection_id: int) -> QuerySet[SetAside]:
    return SetAside.objects.filter(connection_id=connection_id, stream=stream.key)


def _set_aside_keep(
    stream: Stream,
    connection_id: int,
    refused: dict[str, tuple[str, str]],
    lacking: Mapping[str, str],
    at: dt.datetime,
) -> None:
    mine = _set_aside(stream, connection_id)
    for xero_id, (reason, raw) in refused.items():
        now = {"reason": _storable(reason), "raw": _storable(raw), "last_at": at}
        now |= {"lacks": lacking.get(xero_id, "")[:KEY_LIMIT], "retry_wanted": False}
        item, new = mine.get_or_create(
            connection_id=connection_id, stream=stream.key, xero_id=xero_id, defaults=now | {"first_at": at}
        )
        if not new:
            if item.raw != now["raw"]:
                now["dismissed_at"] = None  # somebody has changed it in Xero: it is worth another look
            mine.filter(pk=item.pk).update(**now, attempts=F("attempts") + 1)


def _storable(text: str) -> str:
    """PostgreSQL's text cannot hold NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
