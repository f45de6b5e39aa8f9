"""POST /Invoices/{id}/Email. No mail leaves: the stand-in counts, and marks the invoice as sent. Facts: 4.5, 2.1."""

from __future__ import annotations

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import ValidationError

from . import Response, blind_spots, document_form, documents
from .kinds import INVOICE

_SENDABLE = ("SUBMITTED", "AUTHORISED", "PAID")


def email(books: Books, key: str) -> Response:
    """204, or 400: not approved, no address, or a demo company, whose daily quota is none (xero-facts 2.1)."""
    row = documents.find(books, INVOICE, key)
    contact = books.store.contacts.get(row.facts[4])
    if row.facts[0] != "ACCREC" or row.facts[1] not in _SENDABLE:
        raise ValidationError("Invoice must be an approved ACCREC invoice to be emailed.")
    if contact is None or not contact.facts[4]:
        raise ValidationError("The contact does not have an email address.")
    if books.store.organisation.get("IsDemoCompany") and not books.switches.demo_may_email:
        raise ValidationError("The daily limit of invoice emails has been reached.")
    invoice = document_form.record(INVOICE, row)
    books.store.emails_sent += 1
    if invoice["Status"] != "SUBMITTED":
        invoice["SentToContact"] = True
        if not blind_spots.is_part_paid(invoice):
            invoice["UpdatedDateUTC"] = books.stamp()
        books.store.invoices.put(document_form.row(books.store, INVOICE, invoice))
        if books.switches.webhook_on_sent:
            books.tell("INVOICE", row.key, "UPDATE", invoice)
    books.note("Invoices", row.key, "Invoice Sent", f"This invoice has been sent to {contact.facts[4]}")
    return Response(204, b"")
