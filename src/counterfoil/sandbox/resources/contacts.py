"""GET /Contacts. Facts: xero-facts 3.6 to 3.8, 4.2."""

from __future__ import annotations

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError
from counterfoil.sandbox.query import order_of, where_of
from counterfoil.sandbox.store import Row

from . import Response, contact_form, document_form, listing

# Name, ContactNumber, EmailAddress, FirstName, LastName, CompanyNumber; AccountNumber is not searched (3.8).
_SEARCHED = (1, 2, 4, 5, 6, 7)


def list_all(books: Books) -> Response:
    """The list, with includeArchived, IDs, searchTerm, summaryOnly, where and order."""
    contacts = books.store.contacts
    archived = books.flag("includeArchived")
    wanted = {key.strip().lower() for key in books.query.get("IDs", "").split(",") if key.strip()}
    term = books.query.get("searchTerm", "").casefold()

    def keep(row: Row) -> bool:
        if wanted and row.key not in wanted:
            return False
        if not archived and row.facts[0] == "ARCHIVED":
            return False
        return not term or any(term in str(row.facts[place] or "").casefold() for place in _SEARCHED)

    summary_only = books.flag("summaryOnly")
    keys = listing.select(
        books,
        contacts,
        key=(archived, frozenset(wanted), term),
        keep=keep,
        where=where_of(books, contacts),
        order=order_of(books, contacts),
    )
    page = listing.page_of(books, forced=summary_only)
    form = contact_form.unpaged if page is None else contact_form.paged
    if summary_only:
        form = contact_form.summary
    return listing.listed(books, contacts, keys, page=page, render=lambda row: form(books, row))


def find(books: Books, key: str) -> Row:
    """By id, or by contact number; of several with one number, any."""
    row = books.store.contacts.get(key)
    if row is None:
        same = books.store.contacts.find("number", key.casefold())
        row = same[0] if same else None
    if row is None:
        raise NotFoundError(f"no contact {key}")
    return row


def read(books: Books, key: str) -> Response:
    """One contact, with its attachments."""
    row = find(books, key)
    form = contact_form.single(books, row)
    form["Attachments"] = document_form.attachments(books.store, "Contacts", row.key)
    return listing.enveloped(books, "Contacts", [wire.encode(form)])
