"""One page of records into the CRM: map, compare with what was seen, apply, link. All or nothing.

Runs inside the caller's transaction, so that rows, links and cursor are committed together (SY-4).
A record that cannot be applied is set aside with its reason and never costs its neighbours (SY-10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import DataError, IntegrityError, transaction
from django.db.models import F

from counterfoil.core.applied import Applied
from counterfoil.core.fingerprint import fingerprint
from counterfoil.core.mapping.documents import NotOurs
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.database import bulk
from counterfoil.sync.models import Link, SetAside
from counterfoil.sync.streams import Ground, Stream
from counterfoil.xero.client import Broken
from counterfoil.xero.dates import stamp_ms

Apply = Callable[[Ground, Sequence[Any], dt.datetime], Applied]

RAW_LIMIT = 200_000


@dataclass
class Mapped:
    """One record as it will be stored."""

    xero_id: str
    updated_ms: int
    print: str
    value: Any
    record: Any


@dataclass
class Prepared:
    """A page, mapped. `refused`: id → (reason, raw text)."""

    good: dict[str, Mapped] = field(default_factory=dict)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    rows: int = 0
    last_ms: int | None = None
    mark: str = ""


@dataclass
class Stored:
    """What storing a page came to. `moved`: rows known before with an older stamp."""

    written: int = 0
    set_aside: int = 0
    skipped: int = 0
    moved: int = 0
    touched: list[Any] = field(default_factory=list)


def prepare(stream: Stream, records: Iterable[Any], broken: Iterable[Broken], ground: Ground) -> Prepared:
    """Map a page without the database. Later copies of one id replace earlier ones."""
    page = Prepared()
    digest = blake2b(digest_size=16)
    id_of = stream.endpoint.id_of
    for record in records:
        xero_id = id_of(record)
        stamp = stamp_ms(getattr(record, "updated_date_utc", None)) or 0
        page.rows += 1
        page.last_ms = stamp if page.last_ms is None else max(page.last_ms, stamp)
        digest.update(f"{xero_id}{stamp}".encode())
        try:
            value = stream.value(record, ground)
        except NotOurs:
            continue  # a bill, although the question left bills out (IN)
        except CannotMap as problem:
            page.refused[xero_id] = (str(problem), raw_text(record))
            page.good.pop(xero_id, None)
            continue
        page.good[xero_id] = Mapped(xero_id, stamp, fingerprint(value), value, record)
        page.refused.pop(xero_id, None)
    for one in broken:
        key = one.xero_id or f"unknown-{blake2b(one.raw, digest_size=8).hexdigest()}"
        page.rows += 1
        page.refused[key] = (one.reason, one.raw[:RAW_LIMIT].decode("utf-8", "replace"))
        digest.update(key.encode())
    page.mark = digest.hexdigest()
    return page


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
    known = _known(stream, connection_id, page.good)
    changed, restamped, moved = _changed(page, known)
    applied = _apply_isolating(apply or stream.apply, ground, [m.value for m in changed], at)
    refused = {
        xero_id: (reason, raw_text(page.good[xero_id].record)) for xero_id, reason in applied.refused.items()
    }
    done = [m for m in changed if m.xero_id not in refused]
    _links_keep(stream, connection_id, known, done, restamped, applied.skipped)
    _set_aside_keep(stream, connection_id, page.refused | refused, done, at)
    return Stored(
        written=applied.written,
        set_aside=len(page.refused) + len(refused),
        skipped=len(applied.skipped),
        moved=moved,
        touched=[m.value for m in done],
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


def _changed(page: Prepared, known: Known) -> tuple[list[Mapped], list[Mapped], int]:
    """What to apply, what only carries a newer stamp, and how many known rows have moved."""
    changed, restamped, moved = [], [], 0
    for mapped in page.good.values():
        link = known.get(mapped.xero_id)
        if link is None:
            changed.append(mapped)
            continue
        _, stored_print, stored_ms = link
        if mapped.updated_ms < stored_ms:
            continue  # an answer older than what is stored (SY-4: forward only)
        moved += mapped.updated_ms > stored_ms
        if mapped.print != stored_print:
            changed.append(mapped)
        elif mapped.updated_ms > stored_ms:
            restamped.append(mapped)
    return changed, restamped, moved


def _apply_isolating(apply: Apply, ground: Ground, values: list[Any], at: dt.datetime) -> Applied:
    """Apply all; if the database refuses the page, halve it until the record at fault stands alone."""
    if not values:
        return Applied()
    try:
        with transaction.atomic():
            return apply(ground, values, at)
    except (DataError, IntegrityError, OverflowError) as error:
        if len(values) == 1:
            reason = f"The database cannot hold this record ({type(error).__name__}: {str(error)[:200]})."
            return Applied(refused={values[0].external_id: reason})
    half = len(values) // 2
    first = _apply_isolating(apply, ground, values[:half], at)
    second = _apply_isolating(apply, ground, values[half:], at)
    return Applied(
        created=first.created + second.created,
        updated=first.updated + second.updated,
        skipped=first.skipped | second.skipped,
        refused=first.refused | second.refused,
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


def _set_aside_keep(
    stream: Stream,
    connection_id: int,
    refused: dict[str, tuple[str, str]],
    done: list[Mapped],
    at: dt.datetime,
) -> None:
    mine = SetAside.objects.filter(connection_id=connection_id, stream=stream.key)
    for xero_id, (reason, raw) in refused.items():
        # PostgreSQL's text cannot hold NUL.
        now = {"reason": reason, "raw": raw.replace("\0", "\N{REPLACEMENT CHARACTER}"), "last_at": at}
        item, new = mine.get_or_create(
            connection_id=connection_id,
            stream=stream.key,
            xero_id=xero_id[:80],
            defaults=now | {"first_at": at},
        )
        if not new:
            mine.filter(pk=item.pk).update(**now, attempts=F("attempts") + 1)
    if done and mine.exists():
        healed = {m.xero_id for m in done} & set(mine.values_list("xero_id", flat=True))
        mine.filter(xero_id__in=healed).delete()
