"""How payments and allocations look, alone and inside documents. Facts: xero-facts 4.5, 4.6, 4.12."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from counterfoil.sandbox import wire
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import rounded
from counterfoil.sandbox.store import Row, Store, record_of

from . import contact_form
from .kinds import CREDIT_NOTE, INVOICE, Kind

PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
}


def kind_of(payment: Record) -> Kind:
    """What the payment settles: an invoice, or a credit note it refunds."""
    return CREDIT_NOTE if payment.get("CreditNote") else INVOICE


def document_key(payment: Record) -> str:
    """The id of the document it settles."""
    kind = kind_of(payment)
    return str(payment[kind.singular][kind.id_key])


def row(store: Store, payment: Record) -> Row:
    """Render a payment for the store, with its document in short."""
    kind = kind_of(payment)
    document = kind.rows(store).get(document_key(payment))
    stamp = payment["UpdatedDateUTC"]
    form: Record = {"PaymentID": payment["PaymentID"]}
    form |= {key: payment[key] for key in ("BatchPaymentID",) if payment.get(key)}
    amount = rounded(Decimal(payment["Amount"]))
    form |= {
        "Date": wire.day(payment["Date"]),
        "BankAmount": rounded(Decimal(payment.get("BankAmount") or amount)),
        "Amount": amount,
        "Reference": payment.get("Reference") or "",
        "CurrencyRate": payment.get("CurrencyRate", Decimal(0)),
        "PaymentType": payment.get("PaymentType")
        or PAYMENT_TYPES[document.facts[0] if document else "ACCREC"],
        "Status": payment["Status"],
        "UpdatedDateUTC": wire.stamp(stamp),
        "UpdatedDateUTCString": stamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "HasAccount": bool(payment.get("Account")),
        "IsReconciled": bool(payment.get("IsReconciled")),
    }
    if payment.get("Account"):
        form["Account"] = payment["Account"]
    form[kind.singular] = _document(store, kind, document_key(payment), document)
    form["HasValidationErrors"] = False
    facts = (
        form["Status"],
        form["PaymentType"],
        payment["Date"],
        amount,
        form["Reference"],
        document_key(payment),
    )
    return Row(payment["PaymentID"], wire.milliseconds(stamp), (wire.encode(form),), facts)


def record(row: Row) -> Record:
    """The payment as a fresh dictionary."""
    return record_of(row)


def _document(store: Store, kind: Kind, key: str, document: Row | None) -> Record:
    if document is None:
        return {kind.id_key: key}
    form: Record = {"Type": document.facts[0], kind.id_key: key, kind.number_key: document.facts[2] or ""}
    lists = (
        ("Payments", "CreditNotes", "Prepayments", "Overpayments") if kind is INVOICE else ("Allocations",)
    )
    form |= {name: [] for name in lists}
    form["HasErrors"] = False
    if kind is INVOICE:
        form["IsDiscounted"] = False
    form["Contact"] = contact_form.reference(store, document.facts[4])
    form["LineItems"] = []
    return form


def within_document(payment: Record) -> Record:
    """A payment as its document lists it."""
    form = {key: payment[key] for key in ("PaymentID", "BatchPaymentID", "Date") if payment.get(key)}
    form["Amount"] = rounded(Decimal(payment["Amount"]))
    form["Reference"] = payment.get("Reference") or ""
    form["CurrencyRate"] = payment.get("CurrencyRate", Decimal(0))
    form |= {"HasAccount": False, "HasValidationErrors": False}
    return form


def credit_within_invoice(store: Store, allocation: Record) -> Record:
    """A credit note as the invoice it was allocated to lists it."""
    key = allocation["CreditNoteID"]
    note = store.credit_notes.get(key)
    form: Record = {
        "CreditNoteID": key,
        "CreditNoteNumber": (note.facts[2] if note else None) or "",
        "ID": key,
    }
    form["AppliedAmount"] = rounded(Decimal(allocation["Amount"]))
    if allocation.get("Date"):
        form["Date"] = allocation["Date"]
    form["Total"] = note.facts[9] if note else form["AppliedAmount"]
    form["LineItems"] = []
    return form


def allocation_form(store: Store, allocation: Record) -> Record:
    """An allocation as its credit note lists it."""
    return {
        "AllocationID": allocation["AllocationID"],
        "Amount": rounded(Decimal(allocation["Amount"])),
        "Date": allocation.get("Date"),
        "Invoice": invoice_reference(store, allocation["Invoice"]["InvoiceID"]),
    }


def invoice_reference(store: Store, key: str) -> Record:
    """An invoice inside an allocation: id, number and empty lists."""
    row = store.invoices.get(key)
    return {
        "InvoiceID": key,
        "InvoiceNumber": (row.facts[2] if row else None) or "",
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": False,
        "LineItems": [],
    }
