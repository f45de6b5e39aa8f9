"""How a contact looks on the wire, and what of it is worked out when asked. Facts: xero-facts 3.3, 3.7, 4.2."""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from counterfoil.sandbox import wire
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import ZERO
from counterfoil.sandbox.store import Row, Store

if TYPE_CHECKING:
    from counterfoil.sandbox.books import Books

PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")
ADDRESS_TYPES = ("STREET", "POBOX")
_PHONE_KEYS = ("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
_ADDRESS_BLANKS = ("City", "Region", "PostalCode", "Country")
_LEADING = (
    "ContactID",
    "ContactNumber",
    "AccountNumber",
    "ContactStatus",
    "Name",
    "FirstName",
    "LastName",
    "CompanyNumber",
    "EmailAddress",
    "BankAccountDetails",
    "TaxNumber",
    "TaxNumberType",
    "AccountsReceivableTaxType",
    "AccountsPayableTaxType",
)
_DETAIL = (
    "SalesDefaultLineAmountType",
    "PurchasesDefaultLineAmountType",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "SalesTrackingCategories",
    "PurchasesTrackingCategories",
    "TrackingCategoryName",
    "TrackingCategoryOption",
    "PaymentTerms",
    "MergedToContactID",
)
_TRAILING = ("XeroNetworkKey", "Website", "BrandingTheme", "BatchPayments", "Discount", "DefaultCurrency")
_SUMMARY_DROPS = (
    "Addresses",
    "Balances",
    "ContactGroups",
    "ContactPersons",
    "IsCustomer",
    "IsSupplier",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "SalesTrackingCategories",
    "PurchasesTrackingCategories",
)


# A slot that is not there is blank once another was filled; one given as a bare type stays bare, as recorded.
_MISSING: Record = {"": "", " ": ""}


def row(record: Record, *, has_attachments: bool = False) -> Row:
    """Render a contact for the store. Lists are shuffled by its id: Xero keeps no order in them (3.3)."""
    shuffle = random.Random(record["ContactID"])
    head = {key: record[key] for key in _LEADING if record.get(key) is not None}
    head["Addresses"] = addresses(record.get("Addresses") or [], shuffle)
    head["Phones"] = phones(record.get("Phones") or [], shuffle)
    head["UpdatedDateUTC"] = wire.stamp(record["UpdatedDateUTC"])
    detail = {"ContactPersons": record.get("ContactPersons") or []}
    detail |= {key: record[key] for key in _DETAIL if record.get(key) not in (None, "")}
    tail = {key: record[key] for key in _TRAILING if record.get(key) is not None}
    tail |= {"HasAttachments": has_attachments, "HasValidationErrors": False}
    parts = (
        wire.encode(head)[:-1] + b",",
        wire.encode(detail)[1:-1] + b",",
        wire.encode(tail)[1:],
    )
    facts = tuple(
        record.get(key)
        for key in (
            "ContactStatus",
            "Name",
            "ContactNumber",
            "AccountNumber",
            "EmailAddress",
            "FirstName",
            "LastName",
            "CompanyNumber",
            "DefaultCurrency",
        )
    )
    return Row(record["ContactID"], wire.milliseconds(record["UpdatedDateUTC"]), parts, facts)


def phones(given: Iterable[Record], shuffle: random.Random) -> list[Record]:
    """All four slots; only the type key in each that was never filled."""
    by_type = {phone.get("PhoneType"): phone for phone in given}
    touched = any(len(phone) > 1 for phone in by_type.values())
    slots: list[Record] = []
    for kind in PHONE_TYPES:
        slot: Record = {"PhoneType": kind}
        if touched and len(by_type.get(kind, _MISSING)) > 1:
            slot |= {key: by_type.get(kind, {}).get(key) or "" for key in _PHONE_KEYS}
        slots.append(slot)
    shuffle.shuffle(slots)
    return slots


def addresses(given: Iterable[Record], shuffle: random.Random) -> list[Record]:
    """Both addresses; only the type key in each that was never filled."""
    by_type = {address.get("AddressType"): address for address in given}
    touched = any(len(address) > 1 for address in by_type.values())
    slots: list[Record] = []
    for kind in ADDRESS_TYPES:
        own = by_type.get(kind, _MISSING)
        slot: Record = {"AddressType": kind}
        if touched and len(own) > 1:
            slot |= {key: own[key] for key in own if key.startswith("AddressLine") and own[key] is not None}
            slot |= {key: own.get(key) or "" for key in _ADDRESS_BLANKS}
            if own.get("AttentionTo") is not None:
                slot["AttentionTo"] = own["AttentionTo"]
        slots.append(slot)
    shuffle.shuffle(slots)
    return slots


def paged(books: Books, row: Row) -> bytes:
    """The form of a paged list."""
    head, detail, tail = row.parts
    return _visible(
        books, b"".join((head, _groups(books.store, row.key), _worked_out(books, row), detail, tail))
    )


def unpaged(books: Books, row: Row) -> bytes:
    """The form of a list without page: no groups, persons or terms."""
    head, _, tail = row.parts
    middle = b'"ContactGroups":[],' + _worked_out(books, row) + b'"ContactPersons":[],'
    return _visible(books, b"".join((head, middle, tail)))


def summary(books: Books, row: Row) -> bytes:
    """The form of summaryOnly=true (xero-facts 3.8)."""
    record = wire.decode(paged(books, row))
    return wire.encode({key: value for key, value in record.items() if key not in _SUMMARY_DROPS})


def single(books: Books, row: Row) -> Record:
    """The form of a read by id, as a wire dictionary: lists in another order each time."""
    record: Record = wire.decode(paged(books, row))
    books.world.random.shuffle(record["Phones"])
    books.world.random.shuffle(record["Addresses"])
    return record


def embedded(books: Books, row: Row) -> Record:
    """The full contact inside a document: no balances, and line breaks of two characters (xero-facts 3.3, 4.5)."""
    record = single(books, row)
    record.pop("Balances", None)
    record["ContactGroups"] = []
    record["ContactPersons"] = []
    for address in record["Addresses"]:
        for key, value in address.items():
            address[key] = value.replace("\r\n", "\n").replace("\n", "\r\n")
    return record


def reference(store: Store, contact_id: str) -> Record:
    """The contact inside a listed document: id, name and empty lists."""
    row = store.contacts.get(contact_id)
    return {
        "ContactID": contact_id,
        "Name": row.facts[1] if row else "",
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def _groups(store: Store, contact_id: str) -> bytes:
    names = [
        {
            "ContactGroupID": key,
            "Name": store.contact_groups[key]["Name"],
            "Status": store.contact_groups[key]["Status"],
            "Contacts": [],
            "HasValidationErrors": False,
        }
        for key in store.group_members.get(contact_id, ())
        if store.contact_groups[key]["Status"] == "ACTIVE"
    ]
    return b'"ContactGroups":' + wire.encode(names) + b","


def _worked_out(books: Books, row: Row) -> bytes:
    """IsSupplier, IsCustomer and Balances: never stored, so that their change does not touch the contact (3.5)."""
    store = books.store
    asked = (
        store.invoices.version,
        store.credit_notes.version,
        books.today,
        books.switches.credit_reduces_balances,
    )
    known = store.balances.get(row.key)
    if known is not None and known[0] == asked:
        return known[1]
    flags = {key: row.key in store.parties[key] for key in ("IsSupplier", "IsCustomer")}
    worked_out: Record = dict(flags)
    balances = balances_of(books, row.key)
    if balances:
        worked_out["Balances"] = balances
    rendered = wire.encode(worked_out)[1:-1] + b","
    store.balances[row.key] = (asked, rendered)
    return rendered


def balances_of(books: Books, contact_id: str) -> Record:
    """Open amounts in base currency; empty when both sides are zero (xero-facts 4.2, open question 11)."""
    store = books.store
    sides = {"AccountsReceivable": [ZERO, ZERO], "AccountsPayable": [ZERO, ZERO]}
    for row in store.invoices.find("contact", contact_id):
        kind, status, _, _, _, _, due_on = row.facts[:7]
        if status == "AUTHORISED":
            side = sides["AccountsReceivable" if kind == "ACCREC" else "AccountsPayable"]
            side[0] += row.facts[10]
            if due_on is not None and due_on < books.today:
                side[1] += row.facts[10]
    if books.switches.credit_reduces_balances:
        for row in store.credit_notes.find("contact", contact_id):
            if row.facts[1] == "AUTHORISED":
                side = sides["AccountsReceivable" if row.facts[0] == "ACCRECCREDIT" else "AccountsPayable"]
                side[0] -= row.facts[10]
    if not any(amount for side in sides.values() for amount in side):
        return {}
    return {name: {"Outstanding": side[0], "Overdue": side[1]} for name, side in sides.items()}


def _visible(books: Books, body: bytes) -> bytes:
    if books.switches.bank_details_visible:
        return body
    record = wire.decode(body)
    record.pop("BankAccountDetails", None)
    record.pop("BatchPayments", None)
    return wire.encode(record)


def open_amount(amount: Decimal, rate: Decimal | None) -> Decimal:
    """An amount in base currency: the rate is document currency per one unit of base (xero-facts 4.5)."""
    if not rate or rate == 1:
        return amount
    return (amount / rate).quantize(Decimal("0.01"))
