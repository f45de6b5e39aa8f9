"""Xero contacts to what Sales Ledgers, Purchase Ledgers and people are made of (CU, SU)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.core.mapping.address import NOWHERE, Address, address_of, phone_of
from counterfoil.core.mapping.amounts import NO_MONEY, four, ten
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.text import INDEXED_LIMIT, bounded, clean
from counterfoil.xero import records

ACTIVE, ARCHIVED, GDPR = "ACTIVE", "ARCHIVED", "GDPRREQUEST"
EMAIL_LIMIT = 1000
NO_DISCOUNT = ten(Decimal(0), "Discount")
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)


class Person(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Somebody at the customer, as Xero knows people: without an id."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""


class ContactValues(msgspec.Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """One Xero contact. `address` is the postal one; `street` is kept only when that one is blank.

    `people` starts with the primary one (CU-13); `contact_persons` counts Xero's additional people,
    which is what B2C goes by (IS-2). `currency` is empty for the home currency (CU-7). Balances are
    in home currency.
    """

    external_id: str
    merged_to: str
    status: str
    name: str
    account_number: str
    is_customer: bool
    is_supplier: bool
    first_name: str
    last_name: str
    email: str
    phone: str
    fax: str
    website: str
    address: Address
    street: Address | None
    currency: str
    sales_tax_type: str
    purchase_tax_type: str
    vat_number: str
    discount: Decimal
    sales_analysis: str
    payment_terms: str
    receivable: Decimal
    receivable_overdue: Decimal
    payable: Decimal
    payable_overdue: Decimal
    people: tuple[Person, ...]
    contact_persons: int

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE

    @property
    def is_archived(self) -> bool:
        return self.status == ARCHIVED

    @property
    def is_gdpr(self) -> bool:
        return self.status == GDPR


FIELDS: Final = (
    MappedField("external_id", "ContactID", "CU-1", "xero"),
    MappedField("merged_to", "MergedToContactID", "SY-13", "xero"),
    MappedField("status", "ContactStatus", "CU-11", "xero"),
    MappedField("name", "Name", "CU-2", "both"),
    MappedField("account_number", "AccountNumber", "CU-1", "xero"),
    MappedField("is_customer", "IsCustomer", "CU-4", "xero"),
    MappedField("is_supplier", "IsSupplier", "CU-4", "xero"),
    MappedField("first_name", "FirstName", "CU-13", "both"),
    MappedField("last_name", "LastName", "CU-13", "both"),
    MappedField("email", "EmailAddress", "CU-5", "both"),
    MappedField("phone", "Phones[DEFAULT]", "CU-3", "both"),
    MappedField("fax", "Phones[FAX]", "CU-3", "xero"),
    MappedField("website", "Website", "SU-1", "xero"),
    MappedField("address", "Addresses[POBOX]", "CU-6", "both"),
    MappedField("street", "Addresses[STREET]", "CU-6", "xero"),
    MappedField("currency", "DefaultCurrency", "CU-7", "both"),
    MappedField("sales_tax_type", "AccountsReceivableTaxType", "CU-8", "both"),
    MappedField("purchase_tax_type", "AccountsPayableTaxType", "SU-1", "xero"),
    MappedField("vat_number", "TaxNumber", "CU-9", "both"),
    MappedField("discount", "Discount", "CU-10", "xero"),
    MappedField("sales_analysis", "SalesDefaultAccountCode", "TX-2", "xero"),
    MappedField("payment_terms", "PaymentTerms.Sales", "IS-9", "xero"),
    MappedField("receivable", "Balances.AccountsReceivable.Outstanding", "CU-12", "xero"),
    MappedField("receivable_overdue", "Balances.AccountsReceivable.Overdue", "CU-12", "xero"),
    MappedField("payable", "Balances.AccountsPayable.Outstanding", "CU-12", "xero"),
    MappedField("payable_overdue", "Balances.AccountsPayable.Overdue", "CU-12", "xero"),
    MappedField("people", "ContactPersons", "CU-13", "xero"),
    MappedField("contact_persons", "ContactPersons", "IS-2", "xero"),
)


def contact_values(record: records.Contact) -> ContactValues:
    """What the CRM keeps of a contact; raises CannotMap for one that cannot be stored."""
    status = _status(record)
    address = address_of(record.addresses, "POBOX")
    first, last = clean(record.first_name), clean(record.last_name)
    email = bounded(record.email_address, "EmailAddress", EMAIL_LIMIT)
    phone = phone_of(record.phones, "DEFAULT")
    persons = _persons(record.contact_persons)
    receivable, overdue = _balance(record, "accounts_receivable", "Balances.AccountsReceivable")
    payable, payable_overdue = _balance(record, "accounts_payable", "Balances.AccountsPayable")
    return ContactValues(
        external_id=record.contact_id,
        merged_to=merged_into(record),
        status=status,
        name=_name(record, status),
        account_number=bounded(record.account_number, "AccountNumber", INDEXED_LIMIT),
        is_customer=bool(record.is_customer),
        is_supplier=bool(record.is_supplier),
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        fax=phone_of(record.phones, "FAX"),
        website=clean(record.website),
        address=address,
        street=_street(record, address),
        currency=_currency(record.default_currency),
        sales_tax_type=bounded(record.accounts_receivable_tax_type, "AccountsReceivableTaxType", 60),
        purchase_tax_type=bounded(record.accounts_payable_tax_type, "AccountsPayableTaxType", 60),
        vat_number=clean(record.tax_number),
        discount=ten(record.discount, "Discount") if record.discount else NO_DISCOUNT,
        sales_analysis=bounded(record.sales_default_account_code, "SalesDefaultAccountCode", 50),
        payment_terms=_terms(record.payment_terms),
        receivable=receivable,
        receivable_overdue=overdue,
        payable=payable,
        payable_overdue=payable_overdue,
        people=_people(first, last, email, phone, persons),
        contact_persons=min(len(persons), 1000),
    )


def merged_into(record: records.Contact) -> str:
    """The contact that this one was merged into; "" for one that lives.

    Merging archives it (xero-facts 4.2). Somebody may restore it, and whether it goes on saying then where it went is
    not known; active is alive. If it does, one that was restored and archived later looks merged again.
    """
    is_alive = (clean(record.contact_status).upper() or ACTIVE) == ACTIVE
    return "" if is_alive else clean(record.merged_to_contact_id)


def _status(record: records.Contact) -> str:
    status = clean(record.contact_status).upper() or ACTIVE
    if status not in {ACTIVE, ARCHIVED, GDPR}:
        raise CannotMap("ContactStatus", f"is {status!r}, which this version does not know.")
    return status


def _name(record: records.Contact, status: str) -> str:
    name = bounded(record.name, "Name", INDEXED_LIMIT)
    if name:
        return name
    if status == GDPR:  # what Xero leaves of the name is not documented (xero-facts 4.2)
        return "Removed on request"
    raise CannotMap("Name", "is empty; a customer or supplier needs a name.")


def _street(record: records.Contact, postal: Address) -> Address | None:
    if not postal.is_blank:
        return None
    street = address_of(record.addresses, "STREET")
    return None if street is NOWHERE or street.is_blank else street


def _currency(value: str | None) -> str:
    code = clean(value).upper()
    if code and not _CURRENCY.fullmatch(code):
        raise CannotMap("DefaultCurrency", f"is {code!r}; a currency is three letters.")
    return code


_NIL: Final = (NO_MONEY, NO_MONEY)


def _balance(record: records.Contact, side: str, path: str) -> tuple[Decimal, Decimal]:
    """Outstanding and overdue; the key is absent when both are zero (xero-facts 4.2)."""
    balance = getattr(record.balances, side) if record.balances is not None else None
    if balance is None:
        return _NIL
    return (
        four(balance.outstanding or NO_MONEY, path),
        four(balance.overdue or NO_MONEY, path),
    )


def _persons(listed: list[records.ContactPerson | None] | None) -> list[Person]:
    if not listed:
        return []
    found = [
        Person(
            clean(p.first_name), clean(p.last_name), bounded(p.email_address, "ContactPersons", EMAIL_LIMIT)
        )
        for p in records.each(listed)
    ]
    return [person for person in found if person.first_name or person.last_name or person.email]


def _people(first: str, last: str, email: str, phone: str, persons: list[Person]) -> tuple[Person, ...]:
    """The primary person first: the contact's own name, else the first of the contact persons (CU-13)."""
    if not persons:
        return (Person(first, last, email, phone),) if first or last or email or phone else ()
    if first or last:
        primary = Person(first, last, email, phone)
        return (primary, *(p for p in persons if not _same(p, primary)))
    head = persons[0]
    return (Person(head.first_name, head.last_name, head.email or email, phone), *persons[1:])


def _same(person: Person, primary: Person) -> bool:
    names = (person.first_name.casefold(), person.last_name.casefold())
    return names == (primary.first_name.casefold(), primary.last_name.casefold()) and (
        not person.email or person.email.casefold() == primary.email.casefold()
    )


_TERMS: Final = {
    "DAYSAFTERBILLDATE": "{day} days after the invoice date",
    "DAYSAFTERBILLMONTH": "{day} days after the end of the invoice month",
    "OFCURRENTMONTH": "Day {day} of the current month",
    "OFFOLLOWINGMONTH": "Day {day} of the following month",
}


def _terms(terms: records.PaymentTerms | None) -> str:
    """Payment terms for sales, in words."""
    if terms is None or terms.sales is None:
        return ""
    kind = clean(terms.sales.type)
    if not kind:
        return ""
    text = _TERMS.get(kind.upper(), kind + " {day}").format(day=terms.sales.day or 0)
    return bounded(text, "PaymentTerms", 80)
