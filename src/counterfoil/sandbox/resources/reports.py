"""Aged receivables of one contact, in Xero's report form. Facts: xero-facts 4.16."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Record, ValidationError
from counterfoil.sandbox.numbers import ZERO
from counterfoil.sandbox.store import Row

from . import Response, document_form, listing
from .kinds import INVOICE

_HEADER = ("Date", "Number", "Due Date", "", "Total", "Paid", "Credited", "Due")
_LIVE = ("AUTHORISED", "PAID")


def aged_receivables(books: Books) -> Response:
    """The report. `contactID` is required; `date` says up to when payments count."""
    contact = _contact(books)
    upto = _day(books, "date") or _month_end(books.today)
    first, last = _day(books, "fromDate"), _day(books, "toDate") or upto
    invoices = [
        document_form.record(INVOICE, row)
        for row in books.store.invoices.find("contact", contact.key)
        if row.facts[0] == "ACCREC"
        and row.facts[1] in _LIVE
        and row.facts[5] is not None
        and row.facts[5] <= last
    ]
    invoices.sort(key=lambda invoice: (invoice["Date"], invoice["InvoiceID"]))
    settled = [(invoice, *_settled(invoice, upto)) for invoice in invoices]
    earlier = [entry for entry in settled if first is not None and entry[0]["Date"] < first]
    shown = [entry for entry in settled if entry not in earlier and _due(entry)]
    report = {
        "ReportID": "AgedReceivablesByContact",
        "ReportName": "Aged Receivables By Contact",
        "ReportType": "AgedReceivablesByContact",
        "ReportTitles": _titles(books, first, last, upto),
        "ReportDate": _long(books.today),
        "UpdatedDateUTC": wire.stamp_bare(books.now()),
        "Fields": [],
        "Rows": _rows(books, shown, sum((_due(entry) for entry in earlier), ZERO)),
    }
    return listing.enveloped(books, "Reports", [wire.encode(report)])


Entry = tuple[Record, Decimal, Decimal]


def _contact(books: Books) -> Row:
    key = next((value for name, value in books.query.items() if name.lower() == "contactid"), "")
    if not key:
        raise ValidationError("Please specify a contactID.")
    row = books.store.contacts.get(key)
    if row is None:
        raise NotFoundError(f"no contact {key}")
    return row


def _day(books: Books, name: str) -> date | None:
    text = books.query.get(name)
    try:
        return wire.parse_day(text) if text else None
    except ValueError as error:
        raise ValidationError(f"{name} is not a date.") from error


def _month_end(today: date) -> date:
    return today.replace(day=calendar.monthrange(today.year, today.month)[1])


def _settled(invoice: Record, upto: date) -> tuple[Decimal, Decimal]:
    paid = sum((entry["Amount"] for entry in invoice.get("Payments") or () if entry["Date"] <= upto), ZERO)
    credited = sum(
        (
            entry["AppliedAmount"]
            for entry in invoice.get("CreditNotes") or ()
            if entry.get("Date", upto) <= upto
        ),
        ZERO,
    )
    return paid, credited


def _due(entry: Entry) -> Decimal:
    return Decimal(entry[0]["Total"]) - entry[1] - entry[2]


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _titles(books: Books, first: date | None, last: date, upto: date) -> list[str]:
    window = f"From {_long(first)} to {_long(last)}" if first else f"To {_long(last)}"
    return ["Invoices", books.organisation.name, window, f"Showing payments to {_long(upto)}"]


def _rows(books: Books, shown: list[Entry], opening: Decimal) -> list[Record]:
    sums = [sum((part(entry) for entry in shown), ZERO) for part in _PARTS]
    total = ["Total", "", "", "", *(f"{amount:.2f}" for amount in sums)]
    closing = f"{opening + sums[-1]:.2f}"
    invoices = [_row(books, entry) for entry in shown]
    return [
        {"RowType": "Header", "Cells": [{"Value": text} for text in _HEADER]},
        _section([_cells("Row", ["Opening Balance", *[""] * 6, f"{opening:.2f}"])]),
        _section([*invoices, _cells("SummaryRow", total)]),
        _section([_cells("SummaryRow", ["Closing Balance", *[""] * 6, closing])]),
    ]


_PARTS = (lambda entry: entry[0]["Total"], lambda entry: entry[1], lambda entry: entry[2], _due)


def _row(books: Books, entry: Entry) -> Record:
    invoice = entry[0]
    due_on = invoice.get("DueDate")
    late = (books.today - due_on).days if due_on else 0
    texts = [
        wire.day_string(invoice["Date"]),
        invoice.get("InvoiceNumber") or "",
        wire.day_string(due_on) if due_on else "",
        f"{late} days overdue" if late > 0 else "",
        *(f"{part(entry):.2f}" for part in _PARTS),
    ]
    row = _cells("Row", texts)
    for cell in row["Cells"]:
        cell["Attributes"] = [{"Id": "invoiceID", "Value": invoice["InvoiceID"]}]
    return row


def _cells(row_type: str, texts: list[str]) -> Record:
    return {"RowType": row_type, "Cells": [{"Value": text} for text in texts]}


def _section(rows: list[Record]) -> Record:
    return {"RowType": "Section", "Title": "", "Rows": rows}
