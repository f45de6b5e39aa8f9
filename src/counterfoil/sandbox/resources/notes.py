"""History and attachments of any record. Facts: xero-facts 4.13, 4.14."""

from __future__ import annotations

import re

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, NotImplementedHere, Record, ValidationError
from counterfoil.sandbox.store import Attachment, HistoryRecord, Row, record_of

from . import Request, Response, contact_form, document_form, listing, settings_form
from .kinds import KINDS

_ENDPOINTS = {
    "contacts": "Contacts",
    "invoices": "Invoices",
    "creditnotes": "CreditNotes",
    "purchaseorders": "PurchaseOrders",
    "items": "Items",
    "payments": "Payments",
    "accounts": "Accounts",
}
_NO_ATTACHMENTS = frozenset({"Items", "Payments"})
_FORBIDDEN = re.compile(r'[<>:"/\\|?*+\0]')
_FILE_BYTES = 10 * 1024 * 1024
_FILES = 10
_NOTE_LENGTH = 2500


def place_of(books: Books, endpoint: str, key: str) -> tuple[str, str]:
    """The documented endpoint name and the record's id. Raises NotFoundError, NotImplementedHere."""
    name = _ENDPOINTS.get(endpoint.lower())
    if name is None:
        raise NotImplementedHere(f"no history or attachments of {endpoint}")
    row = _rows(books, name).get(key)
    if row is None:
        raise NotFoundError(f"no record {key}")
    return name, row.key


def _rows(books: Books, name: str) -> dict[str, Row]:
    attribute = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    rows: dict[str, Row] = getattr(books.store, attribute).rows
    return rows


def history(books: Books, endpoint: str, key: str) -> Response:
    """The lines of history, the latest first."""
    place = place_of(books, endpoint, key)
    entries = reversed(books.store.history.get(place, []))
    return listing.enveloped(books, "HistoryRecords", [wire.encode(_entry(entry)) for entry in entries])


def history_add(books: Books, endpoint: str, key: str, request: Request) -> Response:
    """Add notes; a note over 2,500 characters is refused."""
    place = place_of(books, endpoint, key)
    added = []
    for element in incoming.elements(request.body, request.headers, "HistoryRecords"):
        details = str(element.get("Details") or "")
        if not details or len(details) > _NOTE_LENGTH:
            raise ValidationError("Details must be between 1 and 2500 characters.")
        entry = HistoryRecord("Note", books.app_name or "System Generated", details, books.now())
        books.store.note(*place, entry)
        added.append(wire.encode(_entry(entry) | {"ValidationErrors": []}))
    return listing.enveloped(books, "HistoryRecords", added)


def _entry(entry: HistoryRecord) -> Record:
    return {
        "Changes": entry.changes,
        "DateUTCString": entry.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "DateUTC": wire.stamp(entry.at),
        "User": entry.user,
        "Details": entry.details,
    }


def attachments(books: Books, endpoint: str, key: str) -> Response:
    """The files of a record."""
    name, key = _with_files(books, endpoint, key)
    forms = document_form.attachments(books.store, name, key)
    return listing.enveloped(books, "Attachments", [wire.encode(form) for form in forms])


def attachment(books: Books, endpoint: str, key: str, file: str) -> Response:
    """The bytes of one file, by name or id."""
    place = _with_files(books, endpoint, key)
    for known in books.store.attachments.get(place, ()):
        if file in (known.file_name, known.attachment_id):
            return Response(200, known.content, known.mime_type)
    raise NotFoundError(f"no attachment {file}")


def attachment_add(books: Books, endpoint: str, key: str, file: str, body: bytes) -> Response:
    """Keep a file; one of the same name is replaced. The record's stamp stays."""
    place = _with_files(books, endpoint, key)
    files = books.store.attachments.setdefault(place, [])
    others = [known for known in files if known.file_name != file]
    if _FORBIDDEN.search(file):
        raise ValidationError("The file name contains a character that is not allowed.")
    if len(body) > _FILE_BYTES:
        raise ValidationError("The file is larger than 10 MB.")
    if len(others) >= _FILES:
        raise ValidationError("A document can have at most 10 attachments.")
    mime_type = books.headers.get("content-type", "application/octet-stream").split(";")[0]
    online = books.query.get("IncludeOnline", "").lower() == "true"
    files[:] = [*others, Attachment(books.world.guid(), file, mime_type, body, online)]
    books.note(
        *place, "Attached a file", f"Attached the file {file} through the Xero API using {books.app_name}"
    )
    _shown_again(books, *place)
    form = document_form.attachments(books.store, *place)[-1]
    if books.switches.webhook_on_attachment and place[0] == "Invoices":
        books.tell("INVOICE", place[1], "UPDATE", {"InvoiceID": place[1]})
    return listing.enveloped(books, "Attachments", [wire.encode(form)])


def _with_files(books: Books, endpoint: str, key: str) -> tuple[str, str]:
    if _ENDPOINTS.get(endpoint.lower()) in _NO_ATTACHMENTS:
        raise NotImplementedHere(f"{endpoint} have no attachments")
    return place_of(books, endpoint, key)


def _shown_again(books: Books, name: str, key: str) -> None:
    """Render the record anew, so that HasAttachments is true."""
    from .contact_rules import record as contact_record

    if name == "Contacts":
        row = books.store.contacts.rows[key]
        books.store.contacts.put(contact_form.row(contact_record(row), has_attachments=True))
    if name == "Accounts":
        account = record_of(books.store.accounts.rows[key]) | {"HasAttachments": True}
        books.store.accounts.put(settings_form.account_row(account))
    for kind in KINDS:
        if kind.name == name:
            rows = kind.rows(books.store)
            rows.put(document_form.row(books.store, kind, document_form.record(kind, rows.rows[key])))
