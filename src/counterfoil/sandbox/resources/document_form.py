"""How invoices, credit notes and purchase orders look on the wire. Facts: xero-facts 3.7, 4.5 to 4.7."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import CENT, ZERO, rounded, unit_form
from counterfoil.sandbox.store import Row, Store, record_of

from . import contact_form
from .kinds import INVOICE, PURCHASE_ORDER, Kind

_TWINS = frozenset({"Date", "DueDate", "DeliveryDate", "ExpectedArrivalDate"})
_LINE_KEYS = ("ItemCode", "Description", "UnitAmount", "TaxType", "TaxAmount", "LineAmount", "AccountCode")
_OPTIONAL = ("DiscountRate", "DiscountAmount", "RepeatingInvoiceID")
_EMPTY_LISTS = frozenset({"Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations"})
_SUMMARY_DROPS = ("Payments", "HasAttachments", "CISDeduction")
_WRITTEN_DROPS = ("Payments", "CreditNotes", "AmountCredited", "HasAttachments")


def row(store: Store, kind: Kind, record: Record) -> Row:
    """Render a document for the store, cut before and after its lines."""
    head: Record = {}
    for key in kind.before:
        _place(head, key, _value(store, kind, record, key))
    tail: Record = {}
    for key in kind.after:
        _place(tail, key, _value(store, kind, record, key))
        if key == "UpdatedDateUTC" and kind is not PURCHASE_ORDER:
            # Since 16 Jul 2026, on invoices, credit notes and payments only (xero-facts 3.2).
            tail[key + "String"] = record[key].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [line_form(store, kind, line) for line in record["LineItems"]]
    parts = (
        wire.encode(head)[:-1] + b',"LineItems":',
        wire.encode(lines),
        b"," + wire.encode(tail)[1:],
    )
    return Row(record[kind.id_key], wire.milliseconds(record["UpdatedDateUTC"]), parts, facts(kind, record))


def facts(kind: Kind, record: Record) -> tuple[Any, ...]:
    """The tuple named by store.DOCUMENT_FIELDS. `AmountDue` of a credit note is what remains of it."""
    due = record.get("RemainingCredit", ZERO) if kind.name == "CreditNotes" else record.get("AmountDue", ZERO)
    fine = any(
        line.get("UnitAmount") is not None and line["UnitAmount"] != line["UnitAmount"].quantize(CENT)
        for line in record["LineItems"]
    )
    return (
        record.get("Type", ""),
        record["Status"],
        record.get(kind.number_key),
        record.get("Reference"),
        record["Contact"]["ContactID"],
        record.get("Date"),
        record.get("DueDate"),
        due,
        record.get("AmountPaid", ZERO),
        record["Total"],
        contact_form.open_amount(due, record.get("CurrencyRate")),
        record.get("CreatedBy", ""),
        fine,
    )


def record(kind: Kind, row: Row) -> Record:
    """The document as a fresh dictionary; its contact is the id alone."""
    document = record_of(row)
    document["Contact"] = {"ContactID": row.facts[4]}
    document["CreatedBy"] = row.facts[11]
    for line in document["LineItems"]:
        line.pop("AccountID", None)
    document.pop("ID", None)
    return document


def _place(form: Record, key: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, date) and key != "UpdatedDateUTC":
        if key in _TWINS:
            form[key + "String"] = wire.day_string(value)
        form[key] = wire.day(value)
        return
    form[key] = value
    if key == "UpdatedDateUTC":
        form[key] = wire.stamp(value)


def _value(store: Store, kind: Kind, record: Record, key: str) -> Any:
    if key == "CreditNotes":
        return [_credit_form(entry) for entry in record.get(key) or ()]
    if key in _EMPTY_LISTS:
        return wire.wired(record.get(key) or [])
    special = _SPECIAL.get(key)
    if special is not None:
        return special(store, kind, record)
    return record.get(key)


def _credit_form(entry: Record) -> Record:
    form: Record = {}
    for key, value in entry.items():
        _place(form, key, value)
    return form


def _contact(store: Store, kind: Kind, record: Record) -> Record:
    contact_id = record["Contact"]["ContactID"]
    known = store.contacts.get(contact_id)
    if kind is not PURCHASE_ORDER or known is None:
        return contact_form.reference(store, contact_id)
    # A purchase order's list shows more of the contact, with empty Addresses and Phones (xero-facts 3.7).
    contact = wire.decode(known.parts[0].rstrip(b",") + b"}")
    contact |= {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    contact["HasValidationErrors"] = False
    return dict(contact)


def _attached(store: Store, kind: Kind, record: Record) -> bool:
    return bool(store.attachments.get((kind.name, record[kind.id_key])))


def _credited(store: Store, kind: Kind, record: Record) -> Decimal | None:
    del store
    return record.get("AmountCredited", ZERO) if kind is INVOICE else None


def _sent(store: Store, kind: Kind, record: Record) -> bool | None:
    del store, kind
    return True if record.get("SentToContact") else None


_SPECIAL: dict[str, Callable[[Store, Kind, Record], Any]] = {
    "Contact": _contact,
    "HasAttachments": _attached,
    "HasErrors": lambda *_: False,
    "ID": lambda _, kind, record: record[kind.id_key],
    "IsDiscounted": lambda _, __, record: bool(record.get("TotalDiscount")),
    "SentToContact": _sent,
    "AmountCredited": _credited,
    "InvoicePaymentServices": lambda *_: None,
}


def line_form(store: Store, kind: Kind, line: Record) -> Record:
    """One line of a paged list. An absent account means absent TaxType too (xero-facts 4.5)."""
    form = {key: line[key] for key in _LINE_KEYS if line.get(key) is not None}
    form["Tracking"] = [_tracking_form(entry) for entry in line.get("Tracking") or ()]
    if line.get("Quantity") is not None:
        form["Quantity"] = line["Quantity"]
    form["LineItemID"] = line["LineItemID"]
    if kind is not PURCHASE_ORDER:
        account = code_row(store, "accounts", line.get("AccountCode"))
        if account is not None:
            form["AccountID"] = account.key
        item = code_row(store, "items", line.get("ItemCode"))
        if item is not None:
            form["Item"] = {"ItemID": item.key, "Name": item.facts[1] or "", "Code": item.facts[0]}
        elif line.get("Item"):
            form["Item"] = line["Item"]
    form |= {key: line[key] for key in _OPTIONAL if line.get(key)}
    return form


def code_row(store: Store, collection: str, code: str | None) -> Row | None:
    """The account or item with a code, in any case."""
    if not code:
        return None
    same = getattr(store, collection).find("code", code.casefold())
    return same[0] if same else None


def _tracking_form(entry: Record) -> Record:
    form = {"Name": entry.get("Name", ""), "Option": entry.get("Option", "")}
    if entry.get("TrackingCategoryID"):
        form["TrackingCategoryID"] = entry["TrackingCategoryID"]
    form["Options"] = []
    return form


def paged(books: Books, row: Row) -> bytes:
    """The form of a paged list."""
    body = b"".join(row.parts)
    if not row.facts[12] or books.unit_places == 4 or books.store.purchase_orders.get(row.key) is row:
        return body
    return wire.encode(round_units(wire.decode(body), 2))


def unpaged(row: Row) -> bytes:
    """The form of a list without page: no lines."""
    return row.parts[0] + b"[]" + row.parts[2]


def summary(row: Row) -> bytes:
    """The form of summaryOnly=true."""
    form = wire.decode(unpaged(row))
    return wire.encode({key: value for key, value in form.items() if key not in _SUMMARY_DROPS})


def round_units(form: Record, places: int) -> Record:
    """Unit amounts cut to two places for a client that did not ask for four (xero-facts 3.8)."""
    for line in form["LineItems"]:
        if line.get("UnitAmount") is not None:
            line["UnitAmount"] = rounded(Decimal(line["UnitAmount"]), places)
    return form


def single(books: Books, kind: Kind, row: Row) -> Record:
    """The form of a read by id: full contact, attachments, and no empty Payments or CreditNotes."""
    form: Record = wire.decode(paged(books, row))
    contact = books.store.contacts.get(row.facts[4])
    if contact is not None:
        form["Contact"] = contact_form.embedded(books, contact)
    form.setdefault("SentToContact", False)
    form["Attachments"] = attachments(books.store, kind.name, row.key)
    for line in form["LineItems"]:
        _line_detail(books.store, kind, line)
    for key in ("Payments", "CreditNotes"):
        if not form.get(key):
            form.pop(key, None)
    if not form.get("AmountCredited"):
        form.pop("AmountCredited", None)
    return form


def _line_detail(store: Store, kind: Kind, line: Record) -> None:
    for entry in line["Tracking"]:
        for category in store.tracking_categories:
            if category["TrackingCategoryID"] == entry.get("TrackingCategoryID"):
                for option in category["Options"]:
                    if option["Name"] == entry["Option"]:
                        entry["TrackingOptionID"] = option["TrackingOptionID"]
    if kind is PURCHASE_ORDER:
        account = code_row(store, "accounts", line.get("AccountCode"))
        item = code_row(store, "items", line.get("ItemCode"))
        if account is not None:
            line["AccountID"] = account.key
        if item is not None:
            line["ItemID"] = item.key
    line["ValidationErrors"] = []


def written(books: Books, kind: Kind, row: Row) -> Record:
    """The form of a write answer (xero-facts 4.5, minimal real exchange)."""
    form = single(books, kind, row)
    for key in (*_WRITTEN_DROPS, "Attachments"):
        form.pop(key, None)
    if kind is INVOICE:
        form["InvoicePaymentServices"] = []
    return form


def attachments(store: Store, endpoint: str, key: str) -> list[Record]:
    """The attachments of a record as wire dictionaries."""
    return [
        {
            "AttachmentID": file.attachment_id,
            "FileName": file.file_name,
            "Url": f"https://api.xero.com/api.xro/2.0/{endpoint}/{key}/Attachments/{file.file_name}",
            "MimeType": file.mime_type,
            "ContentLength": len(file.content),
            "IncludeOnline": file.include_online,
        }
        for file in store.attachments.get((endpoint, key), ())
    ]


def tidy_line(line: Record) -> Record:
    """A line with its numbers in Xero's number of digits."""
    if line.get("UnitAmount") is not None:
        line["UnitAmount"] = unit_form(Decimal(line["UnitAmount"]))
    if line.get("Quantity") is not None:
        line["Quantity"] = rounded(Decimal(line["Quantity"]), 4)
    return line
