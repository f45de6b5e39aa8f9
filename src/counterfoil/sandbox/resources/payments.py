"""Reading payments. Deleted ones stay listed. Facts: xero-facts 4.12."""

from __future__ import annotations

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError
from counterfoil.sandbox.query import order_of, where_of
from counterfoil.sandbox.store import Row

from . import Response, document_form, listing, payment_form


def list_all(books: Books) -> Response:
    """The list, paged when asked."""
    rows = books.store.payments
    keys = listing.select(books, rows, where=where_of(books, rows), order=order_of(books, rows))
    page = listing.page_of(books, forced=False)
    return listing.listed(books, rows, keys, page=page, render=lambda row: row.parts[0])


def read(books: Books, key: str) -> Response:
    """One payment with its whole document."""
    row = books.store.payments.get(key)
    if row is None:
        raise NotFoundError(f"no payment {key}")
    return listing.enveloped(books, "Payments", [wire.encode(detail(books, row))])


def detail(books: Books, row: Row) -> dict[str, object]:
    """The payment as a read by id shows it."""
    form: dict[str, object] = wire.decode(row.parts[0])
    kind = payment_form.kind_of(form)
    document = kind.rows(books.store).get(row.facts[5])
    if document is not None:
        form[kind.singular] = document_form.single(books, kind, document)
    return form
