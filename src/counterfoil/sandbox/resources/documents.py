"""Reading invoices, credit notes and purchase orders. Facts: xero-facts 3.6 to 3.8, 4.5 to 4.7."""

from __future__ import annotations

from datetime import date

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, QueryError
from counterfoil.sandbox.query import order_of, where_of
from counterfoil.sandbox.store import Row

from . import Response, document_form, listing, pdf
from .kinds import INVOICE, PURCHASE_ORDER, Kind

_FORCES_PAGING = (
    "Statuses",
    "summaryOnly",
    "createdByMyApp",
    "searchTerm",
    "ContactIDs",
    "IDs",
    "InvoiceNumbers",
)


def list_all(books: Books, kind: Kind) -> Response:
    """The list of one kind. Invoices know the most parameters, purchase orders only status and dates."""
    rows = kind.rows(books.store)
    order = order_of(books, rows)
    if kind is PURCHASE_ORDER:
        asked, status_kept = _order_filter(books)
        keys = listing.select(books, rows, key=asked, keep=status_kept, order=order)
        page = listing.page_of(books, forced=True)
        return listing.listed(
            books, rows, keys, page=page, render=lambda row: document_form.paged(books, row)
        )
    key, keep = _invoice_filter(books) if kind is INVOICE else ((), None)
    keys = listing.select(books, rows, key=key, keep=keep, where=where_of(books, rows), order=order)
    forced = kind is INVOICE and any(books.query.get(name) for name in _FORCES_PAGING)
    page = listing.page_of(books, forced=forced)
    if page is None and len(keys) > 100_000:
        raise QueryError("The query selects more than 100,000 records. Use paging or filters.")
    summary_only = kind is INVOICE and books.flag("summaryOnly")

    def render(row: Row) -> bytes:
        if summary_only:
            return document_form.summary(row)
        return document_form.unpaged(row) if page is None else document_form.paged(books, row)

    return listing.listed(books, rows, keys, page=page, render=render)


def _words(books: Books, name: str) -> frozenset[str]:
    given = books.query.get(name, "").split(",")
    return frozenset(word.strip().casefold() for word in given if word.strip())


def _invoice_filter(books: Books) -> tuple[tuple[object, ...], listing.Keep | None]:
    ids, numbers = _words(books, "IDs"), _words(books, "InvoiceNumbers")
    contacts, statuses = _words(books, "ContactIDs"), _words(books, "Statuses")
    term = books.query.get("searchTerm", "").casefold()
    mine = books.app_id if books.flag("createdByMyApp") else None

    def keep(row: Row) -> bool:
        _, status, number, reference, contact = row.facts[:5]
        return (
            (not ids or row.key in ids)
            and (not numbers or str(number).casefold() in numbers)
            and (not contacts or contact in contacts)
            and (not statuses or status.casefold() in statuses)
            and (mine is None or row.facts[11] == mine)
            and (not term or term in f"{number}\n{reference or ''}".casefold())
        )

    key = (ids, numbers, contacts, statuses, term, mine)
    return key, keep if any(part for part in key[:5]) or mine is not None else None


def _order_filter(books: Books) -> tuple[tuple[object, ...], listing.Keep]:
    status = books.query.get("Status", books.query.get("status", "")).upper()
    first = _day(books, "DateFrom")
    last = _day(books, "DateTo")
    deleted = books.switches.purchase_orders_list_deleted

    def keep(row: Row) -> bool:
        on = row.facts[5]
        return (
            (not status or row.facts[1] == status)
            and (deleted or row.facts[1] != "DELETED")
            and (first is None or (on is not None and on >= first))
            and (last is None or (on is not None and on <= last))
        )

    return (status, first, last, deleted), keep


def _day(books: Books, name: str) -> date | None:
    text = books.query.get(name) or books.query.get(name[0].lower() + name[1:])
    if not text:
        return None
    try:
        return wire.parse_day(text)
    except ValueError as error:
        raise QueryError(f"{name} is not a date: {text}") from error


def find(books: Books, kind: Kind, key: str) -> Row:
    """By id or by number."""
    rows = kind.rows(books.store)
    row = rows.get(key)
    if row is None:
        same = rows.find("number", key.casefold())
        row = same[0] if same else None
    if row is None:
        raise NotFoundError(f"no {kind.singular} {key}")
    return row


def read(books: Books, kind: Kind, key: str) -> Response:
    """One document, or its PDF when the client accepts nothing but that (xero-facts 3.1)."""
    row = find(books, kind, key)
    if "application/pdf" in books.headers.get("accept", ""):
        return pdf.of_document(books, kind, row)
    form = document_form.single(books, kind, row)
    return listing.enveloped(books, kind.name, [wire.encode(form)])


def online_invoice(books: Books, key: str) -> Response:
    """The address of the invoice's public page; a draft has none.

    Xero's own pages are on in.xero.com. Here it is the web face's, at the address the caller reached, so that nobody
    is led from invented books to the real Xero.
    """
    row = find(books, INVOICE, key)
    if row.facts[0] != "ACCREC" or row.facts[1] in ("DRAFT", "SUBMITTED", "DELETED"):
        raise NotFoundError("no online invoice")
    host = books.headers.get("host", "localhost")
    url = f"http://{host}/face/{books.organisation.tenant_id}/invoices/{row.key}"
    return listing.enveloped(books, "OnlineInvoices", [wire.encode({"OnlineInvoiceUrl": url})])
