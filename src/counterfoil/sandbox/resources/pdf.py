"""A small valid PDF of a document, written by hand: one page, a title, the lines and the total."""

from __future__ import annotations

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.store import Row

from . import Response, document_form
from .kinds import Kind

_TITLES = {"Invoices": "INVOICE", "CreditNotes": "CREDIT NOTE", "PurchaseOrders": "PURCHASE ORDER"}
_LINES_A_PAGE = 48


def of_document(books: Books, kind: Kind, row: Row) -> Response:
    """The document as application/pdf."""
    document = document_form.record(kind, row)
    contact = books.store.contacts.get(row.facts[4])
    lines = [
        books.organisation.name,
        f"{_TITLES[kind.name]} {row.facts[2] or ''}",
        f"To: {contact.facts[1] if contact else ''}",
        f"Date: {row.facts[5] or ''}",
        "",
        *(_line(line) for line in document["LineItems"]),
        "",
        f"Total {document.get('CurrencyCode', '')} {document['Total']}",
    ]
    return Response(200, written(lines[:_LINES_A_PAGE]), "application/pdf")


def _line(line: Record) -> str:
    text = " ".join(str(line.get("Description") or "").split())[:60]
    if line.get("UnitAmount") is None:
        return text
    return f"{text}   {line.get('Quantity', 1):f} x {line['UnitAmount']} = {line['LineAmount']}"


def written(lines: list[str]) -> bytes:
    """One A4 page of text lines in Helvetica, with a correct cross-reference table (PDF 1.4)."""
    shown = b" T* ".join(b"(" + _escaped(line) + b") Tj" for line in lines)
    stream = b"BT /F1 11 Tf 14 TL 56 780 Td " + shown + b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    body = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(body))
    )


def _escaped(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
