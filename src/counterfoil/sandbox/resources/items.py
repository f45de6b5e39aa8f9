"""Reading items: never paged, by code. Facts: xero-facts 3.6, 4.4."""

from __future__ import annotations

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError
from counterfoil.sandbox.query import order_of, where_of
from counterfoil.sandbox.store import Row

from . import Response, item_form, listing


def list_all(books: Books) -> Response:
    """Every item that was not deleted; archived ones look like the rest."""
    rows = books.store.items
    order = order_of(books, rows)
    keys = listing.select(books, rows, where=where_of(books, rows), order=order)
    if order is None:
        keys = sorted(keys, key=lambda key: (str(rows.rows[key].facts[0]).casefold(), key))

    def render(row: Row) -> bytes:
        return wire.encode(item_form.form(row, books.unit_places))

    return listing.listed(books, rows, keys, page=None, render=render)


def find(books: Books, key: str) -> Row:
    """By id or by code."""
    row = books.store.items.get(key)
    if row is None:
        same = books.store.items.find("code", key.casefold())
        row = same[0] if same else None
    if row is None:
        raise NotFoundError(f"no item {key}")
    return row


def read(books: Books, key: str) -> Response:
    """One item."""
    form = item_form.form(find(books, key), books.unit_places)
    return listing.enveloped(books, "Items", [wire.encode(form)])
