"""Writing contacts: matching, uniqueness, limits, archiving. Facts: xero-facts 3.9, 4.2."""

from __future__ import annotations

import re
from typing import Any

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import PostDataError, Problems, Record, ValidationError
from counterfoil.sandbox.store import Row, record_of

from . import contact_form, refreshing
from .batch import Saved, Writable

_TEXT_LIMITS = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "EmailAddress": 255,
    "BankAccountDetails": 255,
    "TaxNumber": 50,
    "TaxNumberType": 20,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
    "XeroNetworkKey": 255,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "SalesDefaultLineAmountType": 9,
    "PurchasesDefaultLineAmountType": 9,
    "TrackingCategoryName": 100,
    "TrackingCategoryOption": 100,
}
_ADDRESS_LIMITS = {
    **{f"AddressLine{number}": 500 for number in range(1, 5)},
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
_PHONE_LIMITS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_PERSON_KEYS = ("FirstName", "LastName", "EmailAddress", "IncludeInEmails")
_TRACKING_KEYS = ("TrackingCategoryName", "TrackingOptionName")
_STRUCTURES = {
    "BatchPayments": ("BankAccountNumber", "BankAccountName", "Details", "Code", "Reference"),
    "SalesTrackingCategories": _TRACKING_KEYS,
    "PurchasesTrackingCategories": _TRACKING_KEYS,
}
_TERMS = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
_STATUSES = ("ACTIVE", "ARCHIVED", "GDPRREQUEST")
_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
_PERSONAL = ("FirstName", "LastName", "EmailAddress", "BankAccountDetails", "TaxNumber")


def record(row: Row) -> Record:
    """The contact as a fresh dictionary, without what is worked out."""
    contact = record_of(row)
    contact.pop("HasAttachments", None)
    contact.pop("HasValidationErrors", None)
    return contact


def save(books: Books, element: Record, create_only: bool) -> Saved:
    """Create, or update the contact that ContactID, ContactNumber or Name names.

    A POST without id whose Name is known overwrites that contact, as Xero does. Raises ValidationError.
    """
    problems = Problems()
    existing = _matched(books, element, create_only=create_only)
    contact: Record = record(existing) if existing else {"ContactStatus": "ACTIVE"}
    if existing is not None and existing.facts[0] == "ARCHIVED" and books.app_id:
        # The wording has not been recorded; the refusal has (xero-facts 4.2).
        raise ValidationError(
            "The contact has been archived and cannot be edited or restored through the API."
        )
    before = dict(contact)
    _scalars(books, contact, element, problems)
    _lists(contact, element, problems)
    _status(books, contact, element, problems)
    _unique(books, contact, existing.key if existing else None, problems)
    problems.check()
    return Saved(put(books, contact, existing, before))


def put(books: Books, contact: Record, existing: Row | None, before: Record | None = None) -> str:
    """Store a contact, stamp it when it changed, and tell."""
    store = books.store
    if existing is None:
        contact["ContactID"] = books.world.guid()
        contact["UpdatedDateUTC"] = books.stamp()
        store.contacts.put(contact_form.row(contact))
        books.note("Contacts", contact["ContactID"], "Created")
        books.tell("CONTACT", contact["ContactID"], "CREATE", contact)
        return str(contact["ContactID"])
    attached = bool(store.attachments.get(("Contacts", existing.key)))
    same = contact_form.row(
        {**contact, "UpdatedDateUTC": wire.moment(existing.stamp)}, has_attachments=attached
    )
    if same.parts == existing.parts:
        return existing.key
    contact["UpdatedDateUTC"] = books.stamp()
    store.contacts.put(contact_form.row(contact, has_attachments=attached))
    refreshing.contact_shown_again(store, existing.key, renamed=(before or {}).get("Name") != contact["Name"])
    books.note("Contacts", existing.key, "Edited")
    books.tell("CONTACT", existing.key, "UPDATE", contact)
    return existing.key


def _matched(books: Books, element: Record, *, create_only: bool) -> Row | None:
    contacts = books.store.contacts
    key = element.get("ContactID")
    if key and not create_only:
        row = contacts.get(str(key))
        if row is None:
            raise ValidationError("The contact with the specified contact details could not be found.")
        return row
    if create_only:
        return None
    number = str(element.get("ContactNumber") or "")
    same = contacts.find("number", number.casefold()) if number else []
    if not same and element.get("Name"):
        same = contacts.find("name", name_of(books, element["Name"]).casefold())
    return same[0] if same else None


def name_of(books: Books, text: Any) -> str:
    """The name as Xero keeps it; whether inner spaces collapse is unknown (xero-facts 8, question 9)."""
    name = str(text).strip()
    return " ".join(name.split()) if books.switches.names_collapse_spaces else name


def _scalars(books: Books, contact: Record, element: Record, problems: Problems) -> None:
    for key, limit in _TEXT_LIMITS.items():
        if key not in element:
            continue
        value = element[key]
        text = "" if value is None else str(value)
        if key == "Name":
            text = name_of(books, text)
        if len(text) > limit:
            problems.add(f"The {key} field must not be longer than {limit} characters.")
        contact[key] = text
    for key, parts in _STRUCTURES.items():
        if element.get(key) is not None:
            contact[key] = _known(element[key], parts)
    if element.get("PaymentTerms"):
        given = element["PaymentTerms"]
        contact["PaymentTerms"] = {side: _term(given[side]) for side in ("Bills", "Sales") if given.get(side)}
    name = contact.get("Name") or ""
    if not name:
        problems.add("The contact name must be specified.")
    if "<" in name or ">" in name:
        problems.add("The contact name cannot contain the characters < or >.")
    email = element.get("EmailAddress")
    if email and not _EMAIL.match(str(email)):
        problems.add("Email address must be valid.")
    currency = element.get("DefaultCurrency")
    if currency and currency not in books.store.currencies:
        problems.add(f"Organisation is not subscribed to currency {currency}")


def _known(value: Any, parts: tuple[str, ...]) -> Any:
    """The structure, or each of a list of them, without parts that Xero does not have."""
    if isinstance(value, list):
        return [_known(one, parts) for one in value]
    return {key: value[key] for key in parts if key in value} if isinstance(value, dict) else value


def _term(term: Record) -> Record:
    """One side's payment term. A word that is none of Xero's cannot be read (xero-facts 3.12, number 17)."""
    if term.get("Type") not in _TERMS:
        raise PostDataError(f"PaymentTerms Type '{term.get('Type') or ''}' is not valid")
    day = incoming.number(term.get("Day"), "PaymentTerms Day")
    if day is None or day < 0 or day != int(day):
        raise PostDataError("PaymentTerms Day must be a whole number")
    return {"Day": int(day), "Type": term["Type"]}


def _lists(contact: Record, element: Record, problems: Problems) -> None:
    for key, type_key, types, limits in (
        ("Addresses", "AddressType", contact_form.ADDRESS_TYPES, _ADDRESS_LIMITS),
        ("Phones", "PhoneType", contact_form.PHONE_TYPES, _PHONE_LIMITS),
    ):
        if element.get(key) is not None:
            contact[key] = _merged(
                contact.get(key) or [], element[key], type_key, types, limits, problems, key
            )
    if element.get("ContactPersons") is not None:
        people = element["ContactPersons"]
        if len(people) > 5:
            problems.add("A contact can have at most 5 contact persons.")
        contact["ContactPersons"] = [_person(person, problems) for person in people]


def _merged(
    old: list[Record],
    new: list[Record],
    type_key: str,
    types: tuple[str, ...],
    limits: dict[str, int],
    problems: Problems,
    place: str,
) -> list[Record]:
    """Addresses and phones are slots: a slot that is not sent keeps what it has."""
    slots = {slot[type_key]: dict(slot) for slot in old}
    for number, slot in enumerate(new):
        kind = slot.get(type_key)
        if kind not in types:
            problems.inner((place, number), f"{type_key} '{kind}' is not valid.")
            continue
        held = slots.setdefault(kind, {type_key: kind})
        for key, limit in limits.items():
            if key not in slot:
                continue
            text = "" if slot[key] is None else str(slot[key])
            if len(text) > limit:
                problems.inner(
                    (place, number), f"The {key} field must not be longer than {limit} characters."
                )
            held[key] = text
    # An edit fills every slot with blanks: bare ones are left out here and come back blank (xero-facts 3.3).
    return [slot for slot in slots.values() if len(slot) > 1]


def _person(person: Record, problems: Problems) -> Record:
    email = str(person.get("EmailAddress") or "")
    if email and not _EMAIL.match(email):
        problems.add("Email address must be valid.")
    kept = {key: str(person.get(key) or "") for key in _PERSON_KEYS[:3]}
    return {**kept, "IncludeInEmails": incoming.truth(person.get("IncludeInEmails", False))}


def _status(books: Books, contact: Record, element: Record, problems: Problems) -> None:
    status = element.get("ContactStatus")
    if not status:
        return
    if status not in _STATUSES:
        problems.add(f"The contact status {status} is not valid.")
        return
    contact["ContactStatus"] = status
    if status == "ACTIVE" and books.switches.restored_forgets_merge:
        contact.pop("MergedToContactID", None)
    if status == "GDPRREQUEST" and books.switches.redact_on_gdpr_request:
        for key in _PERSONAL:
            if contact.get(key):
                contact[key] = ""
        contact |= {"Addresses": [], "Phones": [], "ContactPersons": []}


def _unique(books: Books, contact: Record, own: str | None, problems: Problems) -> None:
    contacts = books.store.contacts

    def taken(kind: str, value: str) -> bool:
        others = [row for row in contacts.find(kind, value.casefold()) if row.key != own]
        if kind == "name" and not books.switches.names_ignore_case:
            others = [row for row in others if row.facts[1] == value]
        return bool(others)

    name, number = contact.get("Name") or "", contact.get("ContactNumber") or ""
    if name and contact["ContactStatus"] == "ACTIVE" and taken("name", name):
        problems.add(
            f"The contact name {name} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    if number and taken("number", number):
        problems.add(
            f"The contact number {number} is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )
    if contact.get("AccountNumber") and taken("account", contact["AccountNumber"]):
        problems.add("The Account Number already exists. Please enter a different Account Number.")


def written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    form = contact_form.single(books, books.store.contacts.rows[key])
    form.pop("Balances", None)
    return form


WRITABLE = Writable("Contacts", "ContactID", save, written)
