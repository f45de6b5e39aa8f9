"""What every list shares: modified-since, filters, order, pages and the envelope. Facts: xero-facts 3.5 to 3.8."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import QueryError
from counterfoil.sandbox.query import Order, Where
from counterfoil.sandbox.store import Collection, Keys, Row

from . import Response

Keep = Callable[[Row], bool]
_PAGE_SIZE = 100
_PAGE_SIZE_LIMIT = 1000


def modified_since(books: Books) -> int | None:
    """The header in any of the three forms seen, as milliseconds; a malformed one counts as absent (3.5)."""
    text = books.headers.get("if-modified-since", "").strip()
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            if books.switches.malformed_modified_since_rejected:
                raise QueryError("If-Modified-Since is not a date.") from None
            return None
    return wire.milliseconds(when if when.tzinfo else when.replace(tzinfo=UTC))


def select(
    books: Books,
    collection: Collection,
    *,
    key: Hashable = None,
    keep: Keep | None = None,
    where: Where | None = None,
    order: Order | None = None,
) -> Sequence[str]:
    """Ids in order. `key` must name everything `keep` depends on: answers are remembered under it."""
    since = modified_since(books)
    asked = (
        since,
        key,
        books.query.get("where"),
        books.query.get("order"),
        books.switches.modified_since_inclusive,
        books.store.contacts.version,
        books.store.invoices.version if books.query.get("where") else 0,  # IsCustomer follows invoices
    )
    return collection.cached(asked, lambda: _select(books, collection, since, keep, where, order))


def _select(
    books: Books,
    collection: Collection,
    since: int | None,
    keep: Keep | None,
    where: Where | None,
    order: Order | None,
) -> Sequence[str]:
    if since is None:
        entries = collection.order
    else:
        entries = collection.since(since, inclusive=books.switches.modified_since_inclusive)
    if keep is None and where is None and order is None:
        return Keys(entries)
    rows: Iterable[Row] = (collection.rows[key] for _, key in entries)
    if keep is not None:
        rows = filter(keep, rows)
    if where is not None:
        rows = filter(where, rows)
    if order is not None:
        rows = order(list(rows))
    return [row.key for row in rows]


def page_of(books: Books, *, forced: bool) -> tuple[int, int] | None:
    """The page asked for and its size, clamped; None when the list is not paged."""
    if "page" not in books.query and not forced:
        return None
    page = max(1, _number(books.query.get("page"), 1))
    size = _number(books.query.get("pageSize"), _PAGE_SIZE)
    return page, min(max(size, 1), _PAGE_SIZE_LIMIT)


def listed(
    books: Books,
    collection: Collection,
    keys: Sequence[str],
    *,
    page: tuple[int, int] | None,
    render: Callable[[Row], bytes],
) -> Response:
    """One page, or everything, in the envelope. A page past the end is empty, not an error."""
    pagination = None
    if page is not None:
        number, size = page
        pagination = {
            "page": number,
            "pageSize": size,
            "pageCount": math.ceil(len(keys) / size),
            "itemCount": len(keys),
        }
        keys = keys[(number - 1) * size : number * size]
    return enveloped(
        books, collection.name, (render(collection.rows[key]) for key in keys), pagination=pagination
    )


def enveloped(
    books: Books,
    name: str,
    elements: Iterable[bytes],
    *,
    pagination: dict[str, int] | None = None,
    status: int = 200,
) -> Response:
    """Any elements in the envelope."""
    body = wire.envelope(
        name,
        elements,
        answer_id=books.world.guid(),
        provider=books.app_name,
        now=books.now(),
        pagination=pagination,
    )
    return Response(status, body)


def _number(text: str | None, default: int) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default
