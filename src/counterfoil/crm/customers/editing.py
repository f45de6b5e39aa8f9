"""Change what the CRM and Xero both own of a customer (PU-2). The sync sends it, if the settings say so (IS-10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, TypedDict, Unpack
from uuid import uuid4

from django.db import transaction

from counterfoil.accounts.models import LedgerLabel, User
from counterfoil.changes.services import audit_record, change_record
from counterfoil.core.mapping.text import clean
from counterfoil.core.tax import vat_number_is_valid
from counterfoil.crm.customers.checking import currency_check, tax_type_check, texts_check
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import Contact, SalesLedger
from counterfoil.crm.customers.naming import names_follow

CUSTOMER_CHANGED: Final = "customer.changed"
ADDRESS: Final = (
    "address_line1",
    "address_line2",
    "address_line3",
    "address_line4",
    "address_line5",
    "postcode",
    "country",
)
# Everything of a customer that goes both ways, as people call it.
SHARED_FIELDS: Final = {
    "name": "Name",
    "contact_first_name": "First name",
    "contact_last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "vat_number": "VAT number",
    "tax_type": "Sales tax",
    "currency": "Currency",
    "address_line1": "Address line 1",
    "address_line2": "Address line 2",
    "address_line3": "Address line 3",
    "address_line4": "Address line 4",
    "address_line5": "City and region",
    "postcode": "Postcode",
    "country": "Country",
}
_PERSON: Final = {
    "contact_first_name": "first_name",
    "contact_last_name": "last_name",
    "email": "email",
    "phone": "phone",
}
_NOTHING: Final = "Nothing was changed."


class CustomerChanges(TypedDict, total=False):
    """What may be changed; what is left out stays. Address line 5 is city and region."""

    name: str
    contact_first_name: str
    contact_last_name: str
    email: str
    phone: str
    vat_number: str
    tax_type: str
    currency: str
    address_line1: str
    address_line2: str
    address_line3: str
    address_line4: str
    address_line5: str
    postcode: str
    country: str


def customer_edit(
    ledger: SalesLedger,
    *,
    actor: User,
    at: dt.datetime,
    seen: Mapping[str, str] | None = None,
    **given: Unpack[CustomerChanges],
) -> list[str]:
    """Save what differs and record it for the sync, in one transaction; returns the fields that changed.

    `seen`: what the person saw before changing it. If Xero's value came in between, it is a change on both sides.
    Raises CustomerRefused for what Xero would refuse.
    """
    wanted = {field: clean(str(value)) for field, value in given.items()}
    with transaction.atomic():
        row: SalesLedger = SalesLedger.objects.select_for_update().get(pk=ledger.pk)
        fields = {
            name: [(seen or {}).get(name, getattr(row, name)), value]
            for name, value in wanted.items()
            if getattr(row, name) != value
        }
        if fields:
            _check(row, {name: after for name, (_, after) in fields.items()})
            _save(row, fields, at=at)
            _record(row, fields, actor=actor, at=at)
    ledger.refresh_from_db()
    return list(fields)


def customer_fields_put(ledger: SalesLedger, values: Mapping[str, str], *, at: dt.datetime) -> None:
    """Set shared fields as they are agreed on, without telling anybody. In the caller's transaction."""
    fields = {
        name: [getattr(ledger, name), value]
        for name, value in values.items()
        if name in SHARED_FIELDS and getattr(ledger, name) != value
    }
    if fields:
        _save(ledger, fields, at=at)


def customer_changed(
    ledger: SalesLedger, fields: dict[str, list[Any]], *, actor: User | None, at: dt.datetime
) -> None:
    """Tell the sync what somebody changed: `fields` is name → [before, after]. In the caller's transaction."""
    change_record(
        ledger.operating_company,
        kind=CUSTOMER_CHANGED,
        key=uuid4().hex,
        subject=f"sales_ledger:{ledger.pk}",
        payload={"sales_ledger": ledger.pk, "fields": fields},
        actor=actor,
        at=at,
    )


def _check(row: SalesLedger, changed: dict[str, str]) -> None:
    if row.gdpr_request:
        raise CustomerRefused(
            f"Removal of {row.name}'s personal data was requested in Xero, so it cannot be changed. {_NOTHING}"
        )
    texts = {name.removeprefix("contact_"): text for name, text in changed.items()}
    tax_type, currency = texts.pop("tax_type", ""), texts.pop("currency", None)
    texts_check(texts, _NOTHING)
    tax_type_check(row.operating_company, tax_type, _NOTHING)
    if currency == "":
        raise CustomerRefused(f"A customer needs a currency. {_NOTHING}")
    currency_check(currency or "", _NOTHING)


def _save(row: SalesLedger, fields: dict[str, list[Any]], *, at: dt.datetime) -> None:
    stored = {name: getattr(row, name) for name in fields}
    for name, (_, after) in fields.items():
        setattr(row, name, after)
    company = row.operating_company
    by_number = company.ledger_label == LedgerLabel.ACCOUNT_NUMBER and row.account_number
    row.display_description = row.account_number if by_number else row.name
    row.vat_number_valid = vat_number_is_valid(row.vat_number, row.country, home_country=company.home_country)
    if fields.keys() & set(ADDRESS):
        row.street_only = False
    row.updated_at = at
    row.save(update_fields=[*fields, "display_description", "vat_number_valid", "street_only", "updated_at"])
    if row.division_id is None:
        return
    if "name" in fields:
        names_follow({row.division_id: (stored["name"], row.name)})
    _person_follows(row, {name: [stored[name], after] for name, (_, after) in fields.items()})


def _person_follows(row: SalesLedger, fields: dict[str, list[Any]]) -> None:
    """The primary person is the contact's own name, e-mail and phone, where it was so before (CU-13)."""
    changed = {_PERSON[name]: pair for name, pair in fields.items() if name in _PERSON}
    if changed:
        before = {name: pair[0] for name, pair in changed.items()}
        people = Contact.objects.filter(division=row.division_id, slot=0, **before)
        people.update(**{name: pair[1] for name, pair in changed.items()})


def _record(row: SalesLedger, fields: dict[str, list[Any]], *, actor: User, at: dt.datetime) -> None:
    said = ", ".join(
        f"{SHARED_FIELDS[name].lower()} is now {after or 'empty'}" for name, (_, after) in fields.items()
    )
    audit_record(
        row.operating_company,
        at=at,
        actor=actor,
        action="sales_ledger.edited",
        subject=f"sales_ledger:{row.pk}",
        summary=f"{row.name}: {said}."[:2000],
        detail=fields,
    )
    customer_changed(row, fields, actor=actor, at=at)
