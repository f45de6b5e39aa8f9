"""Does the CRM say what Xero says (SY-11)? Read everything, apply it anew, see what that would change, and undo it.

Comparing goes by the very code that stores, so that it knows every rule of ownership (SY-12) and cannot disagree with
a pull. Each page is compared in a transaction of its own that is rolled back; cursors and progress stay untouched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.core.pulling import Seen, Walk
from counterfoil.sync import kept_rows, organisations, references, storing
from counterfoil.sync.grounds import Ground
from counterfoil.sync.kept_rows import Place, Rows
from counterfoil.sync.leases import Lease
from counterfoil.sync.models import Connection, Link, SetAside, StreamState
from counterfoil.sync.progress import calls_count
from counterfoil.sync.settings import ground_of, import_settings_of
from counterfoil.sync.storing import Prepared, Stored
from counterfoil.sync.streams import CURRENCIES, IN_ORDER, Stream
from counterfoil.sync.tokens import StoredTokens
from counterfoil.sync.verify_models import Difference, Side, Verification, VerifyState
from counterfoil.xero.client import Page, XeroClient
from counterfoil.xero.endpoints import IDS_AT_ONCE

PAGE_SIZE = 1000
# Records that a list lacks are asked for by id before they count as gone; more than these are not asked one by one.
ASKED_BY_ID = 400
_TEXT_LIMIT = 2000
# What tells people which line, person or record it is.
_TELLING = (
    *("number", "name", "first_name", "last_name", "email", "code", "item_code", "description", "quantity"),
    *("unit_price", "net", "total"),
)

Clock = Callable[[], dt.datetime]


class _Undo(Exception):
    """Ends the transaction in which something was tried out."""


def verify_request(connection: Connection, *, actor: User | None, at: dt.datetime) -> Verification:
    """Ask for a comparison; one that waits or runs already is given back."""
    unfinished = (VerifyState.WAITING, VerifyState.RUNNING)
    going = Verification.objects.filter(connection=connection, state__in=unfinished).first()
    return going or Verification.objects.create(connection=connection, asked_by=actor, asked_at=at)


class Verifier:
    """One comparison under way, under the connection's lease like a pass. Raises as a pass does."""

    def __init__(
        self,
        verification: Verification,
        connection: Connection,
        lease: Lease,
        *,
        clock: Clock,
        page_size: int = PAGE_SIZE,
    ) -> None:
        if connection.tokens is None:
            raise ValueError("a connection without tokens cannot be read")
        self._verification = verification
        self._connection = connection
        self._lease = lease
        self._clock = clock
        self._page_size = page_size
        self._ground = ground_of(connection)
        self._tokens = StoredTokens(connection.tokens.pk, connection.tokens)
        self._client = organisations.client_for(connection.tenant_id, self._tokens)
        self._calls = self._bytes = 0
        self._cursors = {
            state.stream: state.cursor_ms for state in StreamState.objects.filter(connection=connection)
        }

    def run(self) -> None:
        """Compare every stream; what was found is stored stream by stream."""
        by_hand = not import_settings_of(self._connection.operating_company).currency_import
        Difference.objects.filter(verification=self._verification).delete()
        self._verification.streams = []
        for stream in IN_ORDER:
            if not (by_hand and stream is CURRENCIES):
                self._stream(stream)

    def _stream(self, stream: Stream) -> None:
        compared, newer = 0, 0
        present: set[str] = set()
        found: list[Difference] = []
        for page in whole_stream(
            self._client, stream, self._ground, page_size=self._page_size, counted=self._paged
        ):
            present |= {xero_id for xero_id, _ in page.rows}
            compared += len(page.rows)
            differences = self._compared(stream, page)
            late = self._changed_since(stream, page)
            newer += len({one.xero_id for one in differences} & late)
            found += [one for one in differences if one.xero_id not in late]
        found += self._gone(stream, present)
        self._keep(stream, found, compared=compared, newer=newer)

    def _compared(self, stream: Stream, page: Prepared) -> list[Difference]:
        fetched = references.missing_fetch(self._client, stream, page, self._ground, self._count)
        return page_compare(stream, page, fetched, self._connection, self._ground, at=self._clock())

    def _changed_since(self, stream: Stream, page: Prepared) -> set[str]:
        """What has changed in Xero since the last pass; the next one brings it."""
        cursor = self._cursors.get(stream.key)
        if cursor is None or stream.reference:
            return set()
        return {xero_id for xero_id, stamp in page.rows if stamp is not None and stamp > cursor}

    def _gone(self, stream: Stream, present: set[str]) -> list[Difference]:
        """What the CRM holds as Xero's and Xero does not have."""
        links = Link.objects.filter(connection=self._connection, stream=stream.key, outcome="")
        missing = sorted(set(links.values_list("xero_id", flat=True)) - present)
        kept = kept_rows.rows_of(stream.key, self._ground.company, missing)
        missing = [one for one in missing if (one, "", None) in kept and _counts(kept[one, "", None])]
        if missing and stream.endpoint.ids_parameter and len(missing) <= ASKED_BY_ID:
            missing = self._still_missing(stream, missing)
        wins = "xero" if stream.withdraw else "person"
        return [
            Difference(
                stream=stream.key, xero_id=one, label=_name(kept[one, "", None]), side=Side.HERE, wins=wins
            )
            for one in missing
        ]

    def _still_missing(self, stream: Stream, ids: list[str]) -> list[str]:
        there: set[str] = set()
        for start in range(0, len(ids), IDS_AT_ONCE):
            answer = self._client.page(stream.endpoint, ids=ids[start : start + IDS_AT_ONCE])
            self._count(answer)
            there |= {stream.endpoint.id_of(record) for record in answer.records}
            there |= {one.xero_id for one in answer.broken if one.xero_id}
        return [one for one in ids if one not in there]

    def _keep(self, stream: Stream, found: Sequence[Difference], *, compared: int, newer: int) -> None:
        verification, at = self._verification, self._clock()
        for one in found:
            one.verification = verification
        with transaction.atomic():
            self._lease.renew(at)
            Difference.objects.bulk_create(found, batch_size=500)
            verification.streams = [
                *verification.streams,
                {"stream": stream.key, "compared": compared, "newer": newer, "differences": len(found)},
            ]
            verification.calls += self._calls
            verification.save(update_fields=["streams", "calls"])
            calls_count(self._connection, self._calls, self._bytes, on=at.date())
        self._calls = self._bytes = 0

    def _paged(self, answer: Page[Any]) -> None:
        self._count(answer)
        self._lease.renew(self._clock())

    def _count(self, answer: Page[Any]) -> None:
        self._calls += 1
        self._bytes += answer.wire_bytes


def whole_stream(
    client: XeroClient,
    stream: Stream,
    ground: Ground,
    *,
    page_size: int = PAGE_SIZE,
    counted: Callable[[Page[Any]], None],
) -> Iterator[Prepared]:
    """Everything that Xero holds of a stream, mapped, page by page; `counted` is told of each answer."""
    walk = Walk.begin(None, rows_vanish=stream.endpoint.rows_vanish)
    while not walk.done:
        if stream.is_walked:
            ask = walk.ask
            answer = client.page(
                stream.endpoint, page=ask.page, page_size=page_size, modified_since_ms=ask.low_ms
            )
        else:
            answer = client.page(stream.endpoint)
        counted(answer)
        page = storing.prepare(stream, answer.records, answer.broken, ground)
        yield page
        if not stream.is_walked:
            return
        walk = walk.after(
            Seen(
                rows=page.rows,
                page_size=answer.page_size,
                server_ms=answer.server_time_ms,
                page=answer.page,
                page_count=answer.page_count,
                item_count=answer.item_count,
            )
        )


def page_compare(
    stream: Stream,
    page: Prepared,
    fetched: references.Fetched,
    connection: Connection,
    ground: Ground,
    *,
    at: dt.datetime,
) -> list[Difference]:
    """What storing this page anew would change, which nothing does: all is rolled back."""
    ids = [xero_id for xero_id, _ in page.rows]
    found: list[Difference] = []
    try:
        with transaction.atomic():
            before = kept_rows.rows_of(stream.key, ground.company, ids)
            references.missing_store(stream, fetched, connection.pk, ground, at)
            page_store_anew(stream, page, connection, ground, at=at)
            after = kept_rows.rows_of(stream.key, ground.company, ids)
            aside = SetAside.objects.filter(connection=connection, stream=stream.key, last_at=at)
            refused = dict(aside.filter(xero_id__in=ids).values_list("xero_id", "reason"))
            found = [*_differences(stream, before, after), *_unstorable(stream, refused)]
            raise _Undo
    except _Undo:
        return found


def page_store_anew(
    stream: Stream, page: Prepared, connection: Connection, ground: Ground, *, at: dt.datetime
) -> Stored:
    """Store a page as if nothing were known of its records. The caller's transaction is assumed."""
    links = Link.objects.filter(connection=connection, stream=stream.key, xero_id__in=page.good)
    links.update(fingerprint="")
    return storing.page_store(stream, page, connection_id=connection.pk, ground=ground, at=at)


def _differences(stream: Stream, before: Rows, after: Rows) -> Iterator[Difference]:
    created = {xero_id for xero_id, part, _ in after.keys() - before.keys() if not part}
    for place in sorted(before.keys() | after.keys(), key=_in_order):
        xero_id, part, _ = place
        if xero_id in created and part:
            continue  # its head says that the whole record is not here
        here, there = before.get(place), after.get(place)
        if here != there:
            head = after.get((xero_id, "", None)) or before.get((xero_id, "", None)) or here or there or {}
            yield from _place(stream, place, _name(head), here, there)


def _in_order(place: Place) -> tuple[str, str, str]:
    xero_id, part, order = place
    return xero_id, part, f"{order:>8}" if isinstance(order, int) else str(order or "")


def _place(
    stream: Stream, place: Place, name: str, here: dict[str, Any] | None, there: dict[str, Any] | None
) -> Iterator[Difference]:
    xero_id, part, order = place
    called = f"{part} {order + 1}" if part and isinstance(order, int) else part
    make = partial(Difference, stream=stream.key, xero_id=xero_id, label=name, part=called, wins="xero")
    if here is None:
        yield make(side=Side.XERO, theirs=_said(there))
    elif there is None:
        yield make(side=Side.HERE, ours=_said(here))
    else:
        for column, ours in here.items():
            if ours != there[column]:
                yield make(side=Side.BOTH, field=column, ours=_shown(ours), theirs=_shown(there[column]))


def _unstorable(stream: Stream, refused: dict[str, str]) -> Iterator[Difference]:
    for xero_id, reason in refused.items():
        yield Difference(
            stream=stream.key, xero_id=xero_id, side=Side.ASIDE, theirs=reason[:_TEXT_LIMIT], wins="person"
        )


def _counts(head: dict[str, Any]) -> bool:
    """What Xero deleted and the CRM keeps as withdrawn, obsolete or inactive is in step."""
    return not (head.get("is_withdrawn") or head.get("is_active") is False or head.get("is_archived"))


def _name(head: dict[str, Any]) -> str:
    for column in ("number", "name", "description", "code"):
        if head.get(column):
            return str(head[column])[:200]
    return ""


def _said(row: dict[str, Any] | None) -> str:
    """A whole line, person or record in a few of its values."""
    told = [_shown(row[name]) for name in _TELLING if row and row.get(name)]
    return " · ".join(told)[:_TEXT_LIMIT]


def _shown(value: Any) -> str:
    """As people write it: amounts with two decimals, or as many as they have."""
    if isinstance(value, Decimal):
        short = value.normalize()
        places = short.as_tuple().exponent
        return f"{short:f}" if isinstance(places, int) and places < -2 else f"{value:.2f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)[:_TEXT_LIMIT]
