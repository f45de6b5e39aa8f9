"""The fields that both sides own, in the CRM's names, and what changes them in Xero (core.mapping's owner "both").

A change carries only what it changes. Addresses and phones go as they were read with the one that changed in place,
since Xero may replace a list that is sent (xero-facts §3.9); people are never sent (reliability W15).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from counterfoil.core.mapping.contacts import contact_values
from counterfoil.core.mapping.items import item_values
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
CONTACT_FIELDS: Final = frozenset({*_SCALARS, *_ADDRESS, "phone"})
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


def plain(value: Any) -> Any:
    """A value as errands keep it: amounts as text without trailing zeros, nothing as ""."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value


def contact_now(record: Contact) -> dict[str, Any]:
    """What Xero has, as the CRM would keep it. Raises CannotMap for a contact that could not be kept."""
    value = contact_values(record)
    address = dict(zip(_ADDRESS, value.address, strict=True))
    return {
        "name": value.name,
        "contact_first_name": value.first_name,
        "contact_last_name": value.last_name,
        "email": value.email,
        "vat_number": value.vat_number,
        "tax_type": value.sales_tax_type,
        "currency": value.currency,
        "phone": value.phone,
        **address,
    }


def contact_change(record: Contact, to_send: Mapping[str, Any]) -> bytes:
    """The body that changes these fields of the contact just read."""
    element: dict[str, Any] = {"ContactID": record.contact_id}
    element |= {_SCALARS[name]: value for name, value in to_send.items() if name in _SCALARS}
    if to_send.keys() & set(_ADDRESS):
        element["Addresses"] = _addresses(record, to_send)
    if "phone" in to_send:
        element["Phones"] = _phones(record, str(to_send["phone"]))
    return _encode({"Contacts": [element]})


def _addresses(record: Contact, to_send: Mapping[str, Any]) -> list[dict[str, Any]]:
    others = [_as_read(one) for one in each(record.addresses) if one.address_type != "POBOX"]
    postal = bodies.found_contact_address(record) or Address(address_type="POBOX")
    element = _as_read(postal)
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


def item_now(record: Item) -> dict[str, Any]:
    """As `contact_now`, for an item."""
    value = item_values(record)
    return {name: plain(getattr(value, name)) for name in ITEM_FIELDS}


def item_change(record: Item, to_send: Mapping[str, Any]) -> bytes:
    """The body that changes these fields of the item just read, with Xero's own code.

    A tracked item buys into stock: its purchase account is the cost of goods sold (xero-facts §4.4).
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
        kept[key] = Decimal(value) if key == "UnitPrice" and value != "" else value
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
