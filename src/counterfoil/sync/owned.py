"""The fields that both sides own, in the CRM's names, and what changes them in Xero (core.mapping's owner "both").

A change carries only what it changes. Addresses and phones go as they were read with the one that changed in place,
since Xero may replace a list that is sent (xero-facts §3.9); people are never sent (reliability W15).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from counterfoil.core.mapping.address import address_of
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.core.mapping.items import ItemValues
from counterfoil.core.merge import plain
from counterfoil.crm.products.changing import BUYING_FIELDS, SELLING_FIELDS
from counterfoil.sync import bodies
from counterfoil.xero.records import Address, Contact, Item, Phone, each

_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode

_SCALARS: Final = {
    "name": "Name",
    "contact_first_name": "FirstName",
    "contact_last_name": "LastName",
    "email": "EmailAddress",
    "vat_number": "TaxNumber",
    "tax_type": "AccountsReceivableTaxType",
    "currency": "DefaultCurrency",
}
_ADDRESS: Final = (
    "address_line1",
    "address_line2",
    "address_line3",
    "address_line4",
    "address_line5",
    "postcode",
    "country",
)
_ITEM_SCALARS: Final = {
    "description": "Name",
    "extended_description": "Description",
    "purchase_description": "PurchaseDescription",
}
_ITEM_DETAILS: Final = {
    "selling_price": ("SalesDetails", "UnitPrice"),
    "sales_analysis": ("SalesDetails", "AccountCode"),
    "vat_code": ("SalesDetails", "TaxType"),
    "cost_price": ("PurchaseDetails", "UnitPrice"),
    "purchase_analysis": ("PurchaseDetails", "AccountCode"),
    "purchase_vat_code": ("PurchaseDetails", "TaxType"),
}
ITEM_FIELDS: Final = frozenset({*_ITEM_SCALARS, *_ITEM_DETAILS})


def contact_fields(value: ContactValues, *, home_currency: str, street_fallback: bool) -> dict[str, Any]:
    """What Xero has, as the CRM would keep it (crm.customers.ledger_rows)."""
    postal = value.street if value.street is not None and street_fallback else value.address
    return {
        "name": value.name,
        "contact_first_name": value.first_name,
        "contact_last_name": value.last_name,
        "email": value.email,
        "vat_number": value.vat_number,
        "tax_type": value.sales_tax_type,
        "currency": value.currency or home_currency,
        "phone": value.phone,
        "is_archived": value.is_archived,
        **dict(zip(_ADDRESS, postal, strict=True)),
    }


def same_contact_field(name: str, one: Any, other: Any) -> bool:
    """Whether two values say the same: Xero may write an address or a phone in its own way (reliability C2)."""
    if not isinstance(one, str) or not isinstance(other, str):
        return bool(one == other)
    if name in _ADDRESS or name in {"phone", "vat_number"}:
        return _letters(one) == _letters(other)
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _letters(text: str) -> str:
    """Letters and digits alone, in one form and case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def contact_change(record: Contact, to_send: Mapping[str, Any], *, street_fallback: bool = False) -> bytes:
    """The body that changes these fields of the contact just read."""
    element: dict[str, Any] = {"ContactID": record.contact_id}
    element |= {_SCALARS[name]: value for name, value in to_send.items() if name in _SCALARS}
    if to_send.keys() & set(_ADDRESS):
        element["Addresses"] = _addresses(record, to_send, street_fallback=street_fallback)
    if "phone" in to_send:
        element["Phones"] = _phones(record, str(to_send["phone"]))
    if to_send.get("is_archived"):
        element["ContactStatus"] = "ARCHIVED"
    return _encode({"Contacts": [element]})


def _addresses(record: Contact, to_send: Mapping[str, Any], *, street_fallback: bool) -> list[dict[str, Any]]:
    """The postal address with what changed in it. Where the CRM goes by the street address (CU-6), it starts there."""
    others = [_as_read(one) for one in each(record.addresses) if one.address_type != "POBOX"]
    from_street = street_fallback and address_of(record.addresses, "POBOX").is_blank
    kind = "STREET" if from_street else "POBOX"
    found = next((one for one in each(record.addresses) if one.address_type == kind), None)
    element = {**(_as_read(found) if found else {}), "AddressType": "POBOX"}
    names = {f"address_line{n}": f"AddressLine{n}" for n in range(1, 5)}
    names |= {"postcode": "PostalCode", "country": "Country"}
    element |= {names[name]: value for name, value in to_send.items() if name in names}
    if "address_line5" in to_send:
        city, _, region = str(to_send["address_line5"]).partition(", ")
        element |= {"City": city, "Region": region}
    return [element, *others]


def _phones(record: Contact, phone: str) -> list[dict[str, Any]]:
    others = [_as_read(one) for one in each(record.phones) if one.phone_type != "DEFAULT"]
    parts = bodies.phone_parts(phone) or {"PhoneCountryCode": "", "PhoneAreaCode": "", "PhoneNumber": ""}
    return [{"PhoneType": "DEFAULT", **parts}, *others]


def _as_read(part: Address | Phone) -> dict[str, Any]:
    """A part in Xero's own words, without what it left out."""
    given: dict[str, Any] = msgspec.to_builtins(part)
    return {name: value for name, value in given.items() if value is not None}


def item_fields(value: ItemValues) -> dict[str, Any]:
    """As `contact_fields`, for an item: without what Xero drops, since it is not sold or not bought (PR-5)."""
    dropped = set() if value.is_sellable else set(SELLING_FIELDS)
    dropped |= set() if value.is_purchased else set(BUYING_FIELDS)
    return {name: plain(getattr(value, name)) for name in ITEM_FIELDS - dropped}


def item_change(record: Item, to_send: Mapping[str, Any]) -> bytes:
    """The body that changes these fields of the item just read, with Xero's own code.

    What Xero does not keep of it is left out, and nothing else is said about it. A tracked item buys into stock: its purchase account is the cost of goods sold (xero-facts §4.4).
    """
    element: dict[str, Any] = {"ItemID": record.item_id, "Code": record.code}
    for name, value in to_send.items():
        if name in _ITEM_SCALARS:
            element[_ITEM_SCALARS[name]] = value
            continue
        part, key = _ITEM_DETAILS[name]
        if name == "purchase_analysis" and record.is_tracked_as_inventory:
            key = "COGSAccountCode"
        kept = element.setdefault(part, _details_as_read(record, part))
        kept[key] = (Decimal(value) if value != "" else None) if key == "UnitPrice" else value
    return _encode({"Items": [element]})


def _details_as_read(record: Item, part: str) -> dict[str, Any]:
    details = record.sales_details if part == "SalesDetails" else record.purchase_details
    if details is None:
        return {}
    given: dict[str, Any] = {
        "UnitPrice": details.unit_price,
        "AccountCode": details.account_code,
        "COGSAccountCode": details.cogs_account_code,
        "TaxType": details.tax_type,
    }
    return {name: value for name, value in given.items() if value not in (None, "")}
