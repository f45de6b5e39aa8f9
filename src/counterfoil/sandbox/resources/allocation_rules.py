"""Credit notes put against invoices. Facts: xero-facts 4.6."""

from __future__ import annotations

from datetime import date

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Problems, Record, ValidationError
from counterfoil.sandbox.store import Row

from . import Request, Response, batch, document_form, documents, listing, payment_form, payment_rules
from .kinds import CREDIT_NOTE, INVOICE

_SIDES = {"ACCRECCREDIT": "ACCREC", "ACCPAYCREDIT": "ACCPAY"}


def list_all(books: Books, key: str) -> Response:
    """The allocations of one credit note."""
    note = wire.decode(b"".join(documents.find(books, CREDIT_NOTE, key).parts))
    return listing.enveloped(books, "Allocations", [wire.encode(entry) for entry in note["Allocations"]])


def write(books: Books, key: str, request: Request) -> Response:
    """PUT: all allocations or none."""
    note_id = documents.find(books, CREDIT_NOTE, key).key

    def save(books: Books, element: Record, create_only: bool) -> batch.Saved:
        del create_only
        return batch.Saved(allocate(books, note_id, element))

    def written(books: Books, allocation_id: str) -> Record:
        note = wire.decode(b"".join(books.store.credit_notes.rows[note_id].parts))
        return next(dict(entry) for entry in note["Allocations"] if entry["AllocationID"] == allocation_id)

    return batch.write(books, batch.Writable("Allocations", "AllocationID", save, written), request)


def allocate(books: Books, note_id: str, element: Record) -> str:
    """Put a part of a credit note against an invoice. Returns the allocation's id. Raises ValidationError."""
    problems = Problems()
    note = document_form.record(CREDIT_NOTE, books.store.credit_notes.rows[note_id])
    row = _invoice(books, element)
    invoice = document_form.record(INVOICE, row)
    amount = incoming.number(element.get("Amount", element.get("AppliedAmount")), "Amount")
    if note["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        problems.add("Credit notes and invoices must be AUTHORISED to be allocated.")
    # The next two wordings have not been recorded (xero-facts 4.6).
    if invoice["Contact"] != note["Contact"] or invoice["Type"] != _SIDES[note["Type"]]:
        problems.add("The credit note can only be allocated to invoices of the same contact and type.")
    if invoice["CurrencyCode"] != note["CurrencyCode"]:
        problems.add("The credit note can only be allocated to invoices in the same currency.")
    if amount is None or amount <= 0:
        problems.add("The allocation amount must be greater than zero.")
    elif amount > note["RemainingCredit"]:
        problems.add("The allocation amount exceeds the remaining credit.")
    elif amount > invoice["AmountDue"]:
        problems.add("The allocation amount exceeds the amount due on the invoice.")
    on = _day(books, element, problems)
    problems.check()
    allocation: Record = {
        "AllocationID": books.world.guid(),
        "CreditNoteID": note_id,
        "Invoice": {"InvoiceID": row.key},
        "Amount": amount,
        "Date": on,
    }
    credit = payment_form.credit_within_invoice(books.store, allocation)
    invoice["CreditNotes"] = [*(invoice.get("CreditNotes") or []), credit]
    note["Allocations"] = [
        *(note.get("Allocations") or []),
        payment_form.allocation_form(books.store, allocation),
    ]
    payment_rules.restamped(books, INVOICE, invoice, on=on, details=f"Credit Applied {amount}")
    payment_rules.restamped(books, CREDIT_NOTE, note, on=on, details=f"Credit Applied {amount}")
    return str(allocation["AllocationID"])


def _day(books: Books, element: Record, problems: Problems) -> date:
    try:
        return wire.parse_day(element["Date"]) if element.get("Date") else books.today
    except ValueError:
        problems.add("Date is not a valid date.")
        return books.today


def _invoice(books: Books, element: Record) -> Row:
    given = element.get("Invoice") or {}
    row = books.store.invoices.get(str(given.get("InvoiceID") or ""))
    if row is None:
        raise ValidationError("The invoice of the allocation could not be found.")
    return row


def remove(books: Books, key: str, allocation_id: str) -> Response:
    """DELETE one allocation: both documents are open again; 200 with the bare allocation and IsDeleted."""
    row = documents.find(books, CREDIT_NOTE, key)
    note = document_form.record(CREDIT_NOTE, row)
    gone = next(
        (entry for entry in note["Allocations"] if entry["AllocationID"] == allocation_id.lower()), None
    )
    if gone is None:
        raise NotFoundError(f"no allocation {allocation_id}")
    note["Allocations"].remove(gone)
    invoice = document_form.record(INVOICE, books.store.invoices.rows[gone["Invoice"]["InvoiceID"]])
    applied = invoice["CreditNotes"]
    same = [entry for entry in applied if entry["CreditNoteID"] == row.key]
    applied.remove(next(entry for entry in same if entry["AppliedAmount"] == gone["Amount"]))
    payment_rules.restamped(books, INVOICE, invoice, on=books.today, details="Credit removed")
    payment_rules.restamped(books, CREDIT_NOTE, note, on=books.today, details="Credit removed")
    return Response(200, wire.encode(wire.wired({**gone, "IsDeleted": True})))
