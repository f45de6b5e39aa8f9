"""What is sent to Xero, as bytes, and how an answer compares with it. Pure.

An invoice carries its contact by ContactID alone, since anything more would change the contact (xero-facts §4.5);
amounts are exact JSON numbers; totals and taxes are Xero's own to work out, and compared afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from counterfoil.core.intents import Found, Likeness
from counterfoil.core.marker import marker_in
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.xero.dates import document_date, stamp_ms
from counterfoil.xero.records import Contact, ContactTracking, Invoice, Item, each

# Xero keeps six decimals of a rate (xero-facts §4.5).
_RATE_PLACES = Decimal("0.000001")
_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode

Json = dict[str, Any]


def body_hash(body: bytes) -> str:
    return sha256(body).hexdigest()


# --- invoices ------------------------------------------------------------------------------------------------------


def invoice_body(
    order: Mapping[str, Any], *, contact_id: str, url: str, number: str = "", theme: str = ""
) -> bytes:
    """The whole request of one order (crm.quotes.content.order_content). `number`: "" lets Xero number it.

    `theme`: how it looks; a contact's own cannot be set through the API, so invoices carry it (IS-9).
    """
    element = invoice_element(order, contact_id=contact_id, url=url, number=number)
    return _encode({"Invoices": [element | ({"BrandingThemeID": theme} if theme else {})]})


def invoice_element(order: Mapping[str, Any], *, contact_id: str, url: str, number: str = "") -> Json:
    """One order as Xero's Invoice."""
    element: Json = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact_id},
        "Date": order["date"],
        "DueDate": order["due_date"],
        "LineAmountTypes": order["line_amount_types"],
        "InvoiceNumber": number,
        "Reference": order["reference"],
        "Url": url,
        "CurrencyCode": order["currency"],
        "CurrencyRate": _rate(order),
        "Status": order["status"],
        "LineItems": [_line(line) for line in order["lines"]],
    }
    return {name: value for name, value in element.items() if value not in (None, "")}


def invoice_amended(xero_id: str, order: Mapping[str, Any], *, contact_id: str, url: str) -> bytes:
    """What changes an invoice that is there: everything but its number and its status."""
    element = invoice_element(order, contact_id=contact_id, url=url) | {"InvoiceID": xero_id}
    del element["Status"], element["Type"]
    element.setdefault("Reference", "")
    return _encode({"Invoices": [element]})


def invoice_deleted(xero_id: str) -> bytes:
    return _encode({"Invoices": [{"InvoiceID": xero_id, "Status": "DELETED"}]})


def _rate(order: Mapping[str, Any]) -> Decimal | None:
    """Units of the document's currency for one of home currency; home currency needs none (W22)."""
    if order["currency"] == order["home_currency"] or order["rate"] is None:
        return None
    return Decimal(order["rate"]).quantize(_RATE_PLACES)


def _line(line: Mapping[str, Any]) -> Json:
    """A line; one that only says something carries a description and nothing else (xero-facts §4.5)."""
    if line["kind"] not in {"item", "delivery"}:
        return {"Description": line["description"]}
    given: Json = {
        "Description": line["description"],
        "Quantity": _number(line["quantity"]),
        "UnitAmount": _number(line["unit_price"]),
        "DiscountRate": _number(line["discount_rate"]) or None,
        "ItemCode": line["code"],
        "AccountCode": line["analysis"],
        "TaxType": line["tax_type"],
    }
    return {name: value for name, value in given.items() if value not in (None, "")}


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def likeness_of(body: bytes, total: Decimal) -> Likeness:
    """What a copy of this invoice without our mark would look like."""
    element = msgspec.json.decode(body)["Invoices"][0]
    lines = len(element["LineItems"])
    return Likeness(element["Contact"]["ContactID"], element["Date"], element["CurrencyCode"], total, lines)


def found_invoice(record: Invoice, *, by_us: bool, body: bytes | None = None) -> Found:
    """A record as a push sees it; `body` is what we sent under its mark, to tell whether anybody touched it."""
    on = document_date(record.date or record.date_string)
    contact = (record.contact.contact_id if record.contact else "") or ""
    likeness = None
    if on is not None and record.total is not None:
        lines = sum(1 for _ in each(record.line_items))
        likeness = Likeness(contact, on.isoformat(), record.currency_code or "", record.total, lines)
    return Found(
        id=record.invoice_id,
        status=record.status or "",
        number=record.invoice_number or "",
        marker=marker_in(record.url),
        updated_ms=stamp_ms(record.updated_date_utc) or 0,
        total=record.total,
        by_us=by_us,
        pristine=body is not None and invoice_is_as_sent(record, msgspec.json.decode(body)["Invoices"][0]),
        likeness=likeness,
    )


def invoice_is_as_sent(record: Invoice, element: Mapping[str, Any]) -> bool:
    """Whether a draft still says what we sent, in every field we sent."""
    head = {
        "Status": record.status == element.get("Status", record.status),
        "Contact": record.contact is not None
        and record.contact.contact_id == element["Contact"]["ContactID"],
        "Date": _same_day(record.date or record.date_string, element["Date"]),
        "DueDate": _same_day(record.due_date or record.due_date_string, element.get("DueDate")),
        "Reference": (record.reference or "") == element.get("Reference", ""),
        "Url": marker_in(record.url) == marker_in(element["Url"]),
        "CurrencyCode": record.currency_code == element["CurrencyCode"],
        "LineAmountTypes": record.line_amount_types == element["LineAmountTypes"],
        "InvoiceNumber": element.get("InvoiceNumber", record.invoice_number) == record.invoice_number,
    }
    return all(head.values()) and lines_as_sent(record, element["LineItems"])


def lines_as_sent(record: Invoice, lines: Sequence[Mapping[str, Any]]) -> bool:
    """Line by line, in every field we sent."""
    kept = list(each(record.line_items))
    if len(kept) != len(lines):
        return False
    return all(
        (line.description or "") == sent.get("Description", "")
        and _same_number(line.quantity, sent.get("Quantity"))
        and _same_number(line.unit_amount, sent.get("UnitAmount"))
        and (line.discount_rate or 0) == _decimal(sent.get("DiscountRate"))
        and all(
            name not in sent or (given or "") == sent[name]
            for name, given in (
                ("ItemCode", line.item_code),
                ("AccountCode", line.account_code),
                ("TaxType", line.tax_type),
            )
        )
        for line, sent in zip(kept, lines, strict=True)
    )


def _same_day(given: str | None, sent: str | None) -> bool:
    if sent is None:
        return True
    on = document_date(given)
    return on is not None and on.isoformat() == sent


def _same_number(given: Decimal | None, sent: Any) -> bool:
    return sent is None or (given is not None and given == _decimal(sent))


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


# --- contacts ------------------------------------------------------------------------------------------------------


def contact_body(ledger: SalesLedger, number: str, template: Contact | None = None) -> bytes:
    """A new customer. The ContactNumber is given on creation only: later it may be somebody else's (§5.5).

    What is not known of it is as in the template's contact (IS-9).
    """
    element: Json = {
        "Name": ledger.name,
        "ContactNumber": number,
        "AccountNumber": ledger.account_number,
        "FirstName": ledger.contact_first_name,
        "LastName": ledger.contact_last_name,
        **contact_scalars(ledger),
        "SalesDefaultAccountCode": ledger.default_analysis,
        "PaymentTerms": _terms(ledger.payment_terms),
    }
    element = {name: value for name, value in element.items() if value not in (None, "")}
    taken = _taken_over(template)
    terms = taken.get("PaymentTerms", {}) | element.get("PaymentTerms", {})
    element = taken | element | ({"PaymentTerms": terms} if terms else {})
    address, phone = postal_address(ledger), phone_parts(ledger.phone)
    if address:
        element["Addresses"] = [{"AddressType": "POBOX", **address}]
    if phone:
        element["Phones"] = [{"PhoneType": "DEFAULT", **phone}]
    return _encode({"Contacts": [element]})


def contact_scalars(ledger: SalesLedger) -> Json:
    """What both sides own of a contact and is one value (core.mapping.contacts)."""
    return {
        "EmailAddress": ledger.email,
        "TaxNumber": ledger.vat_number,
        "AccountsReceivableTaxType": ledger.tax_type,
        "DefaultCurrency": ledger.currency,
    }


def postal_address(ledger: SalesLedger) -> Json:
    """Line 5 is Xero's City, and Region after a comma, as they were put together (CU-6)."""
    city, _, region = ledger.address_line5.partition(", ")
    given = {
        "AddressLine1": ledger.address_line1,
        "AddressLine2": ledger.address_line2,
        "AddressLine3": ledger.address_line3,
        "AddressLine4": ledger.address_line4,
        "City": city,
        "Region": region,
        "PostalCode": ledger.postcode,
        "Country": ledger.country,
    }
    return given if any(given.values()) else {}


def phone_parts(phone: str) -> Json:
    """A phone as the CRM keeps it, in the three parts Xero has (CU-3); the lengths are Xero's."""
    if not phone:
        return {}
    parts = phone.split(" ")
    if len(parts) >= 3 and parts[0].startswith("+"):
        country, area, number = parts[0], parts[1], " ".join(parts[2:])
        if len(country) <= 20 and len(area) <= 10:
            return {"PhoneCountryCode": country, "PhoneAreaCode": area, "PhoneNumber": number[:50]}
    return {"PhoneCountryCode": "", "PhoneAreaCode": "", "PhoneNumber": phone[:50]}


_TERMS = (
    (re.compile(r"(\d+) days after the invoice date"), "DAYSAFTERBILLDATE"),
    (re.compile(r"(\d+) days after the end of the invoice month"), "DAYSAFTERBILLMONTH"),
    (re.compile(r"Day (\d+) of the current month"), "OFCURRENTMONTH"),
    (re.compile(r"Day (\d+) of the following month"), "OFFOLLOWINGMONTH"),
)


def _terms(words: str) -> Json | None:
    """Payment terms in Xero's form, from the words the CRM keeps them in (IS-9)."""
    for shape, kind in _TERMS:
        if found := shape.fullmatch(words):
            return {"Sales": {"Day": int(found[1]), "Type": kind}}
    return None


def _taken_over(template: Contact | None) -> Json:
    """Of a template's contact what the API lets a new one have (xero-facts §4.2: theme and discount are read-only)."""
    if template is None:
        return {}
    given: Json = {
        "PaymentTerms": _terms_of(template),
        "SalesDefaultAccountCode": template.sales_default_account_code,
        "PurchasesDefaultAccountCode": template.purchases_default_account_code,
        "AccountsReceivableTaxType": template.accounts_receivable_tax_type,
        "AccountsPayableTaxType": template.accounts_payable_tax_type,
        "SalesDefaultLineAmountType": template.sales_default_line_amount_type,
        "PurchasesDefaultLineAmountType": template.purchases_default_line_amount_type,
        "SalesTrackingCategories": _tracking(template.sales_tracking_categories),
        "PurchasesTrackingCategories": _tracking(template.purchases_tracking_categories),
    }
    return {name: value for name, value in given.items() if value}


def _terms_of(template: Contact) -> Json:
    terms = template.payment_terms
    sides = {"Bills": terms.bills, "Sales": terms.sales} if terms else {}
    return {
        side: {"Day": term.day or 0, "Type": term.type} for side, term in sides.items() if term and term.type
    }


def _tracking(categories: list[ContactTracking | None] | None) -> list[Json]:
    return [
        {"TrackingCategoryName": one.tracking_category_name, "TrackingOptionName": one.tracking_option_name}
        for one in each(categories)
        if one.tracking_category_name and one.tracking_option_name
    ]


# --- items ---------------------------------------------------------------------------------------------------------


def item_body(product: ProductItem) -> bytes:
    """A new product (PU-3)."""
    return _encode({"Items": [item_element(product) | {"Code": product.code}]})


def item_element(product: ProductItem) -> Json:
    """What both sides own of an item. Selling and buying are never switched off from here (§5.5)."""
    element: Json = {
        "Name": product.description,
        "Description": product.extended_description,
        "PurchaseDescription": product.purchase_description,
    }
    if product.is_sellable:
        element["SalesDetails"] = _details(product.selling_price, product.sales_analysis, product.vat_code)
    if product.is_purchased:
        element["PurchaseDetails"] = _details(
            product.cost_price, product.purchase_analysis, product.purchase_vat_code
        )
    return {name: value for name, value in element.items() if value not in (None, "", {})}


def _details(price: Decimal | None, account: str, tax: str) -> Json:
    given = {"UnitPrice": price, "AccountCode": account, "TaxType": tax}
    return {name: value for name, value in given.items() if value not in (None, "")}


def item_is_as_sent(record: Item, body: bytes) -> bool:
    """Whether an item says what our frozen body says."""
    sent = msgspec.json.decode(body)["Items"][0]
    return (
        (record.name or "") == sent.get("Name", "")
        and (record.description or "") == sent.get("Description", "")
        and all(_same_details(getattr(record, name), sent.get(key)) for name, key in _DETAILS)
    )


_DETAILS = (("sales_details", "SalesDetails"), ("purchase_details", "PurchaseDetails"))


def _same_details(details: Any, sent: Mapping[str, Any] | None) -> bool:
    if not sent:
        return True
    if details is None:
        return False
    return _same_number(details.unit_price, sent.get("UnitPrice")) and all(
        name not in sent or (given or "") == sent[name]
        for name, given in (("AccountCode", details.account_code), ("TaxType", details.tax_type))
    )
