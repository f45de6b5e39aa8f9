"""The XML twin of a JSON answer. Facts: xero-facts 3.1, 3.2, 3.12.

Xero's XML has the same names as its JSON; lists hold elements in the singular, dates are ISO without slashes.
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from . import wire

LISTS = {
    "Accounts": "Account",
    "Actions": "Action",
    "Addresses": "Address",
    "Allocations": "Allocation",
    "Attachments": "Attachment",
    "Attributes": "Attribute",
    "BrandingThemes": "BrandingTheme",
    "Cells": "Cell",
    "ContactGroups": "ContactGroup",
    "ContactPersons": "ContactPerson",
    "Contacts": "Contact",
    "CreditNotes": "CreditNote",
    "Currencies": "Currency",
    "Elements": "DataContractBase",
    "ExternalLinks": "ExternalLink",
    "Fields": "Field",
    "HistoryRecords": "HistoryRecord",
    "InvoicePaymentServices": "InvoicePaymentService",
    "Invoices": "Invoice",
    "Items": "Item",
    "LineItems": "LineItem",
    "OnlineInvoices": "OnlineInvoice",
    "Options": "Option",
    "Organisations": "Organisation",
    "Overpayments": "Overpayment",
    "Payments": "Payment",
    "Phones": "Phone",
    "Prepayments": "Prepayment",
    "PurchaseOrders": "PurchaseOrder",
    "PurchasesTrackingCategories": "PurchasesTrackingCategory",
    "ReportTitles": "ReportTitle",
    "Reports": "Report",
    "Rows": "Row",
    "SalesTrackingCategories": "SalesTrackingCategory",
    "TaxComponents": "TaxComponent",
    "TaxRates": "TaxRate",
    "Tracking": "TrackingCategory",
    "TrackingCategories": "TrackingCategory",
    "Users": "User",
    "ValidationErrors": "ValidationError",
    "Warnings": "Warning",
}
_NAMESPACES = (
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
)
# XML 1.0 has no way to write these, JSON has.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


def of_json(body: bytes) -> bytes:
    """An answer's XML form: Response, or ApiException for a refusal."""
    data = wire.decode(body)
    root = "ApiException" if "ErrorNumber" in data else "Response"
    return f"{_DECLARATION}<{root}{_NAMESPACES}>{_members(data)}</{root}>".encode()


def _members(record: dict[str, Any]) -> str:
    return "".join(_element(key, value) for key, value in record.items())


def _element(key: str, value: Any) -> str:
    if value is None or key.endswith(("DateString", "UTCString")):
        return ""  # the string twins are JSON's alone
    if isinstance(value, dict):
        return f"<{key}>{_members(value)}</{key}>"
    if isinstance(value, list):
        name = LISTS.get(key, key.removesuffix("s"))
        inner = "".join(_refused(item) if key == "Elements" else _element(name, item) for item in value)
        return f"<{key}>{inner}</{key}>" if value else f"<{key} />"
    return f"<{key}>{escape(_text(value))}</{key}>"


def _refused(element: dict[str, Any]) -> str:
    """A refused element says what it is in an attribute (xero-facts 3.12); its id comes first."""
    first = next(iter(element), "")
    kind = {"TaxType": "TaxRate", "Code": "Currency"}.get(first, first.removesuffix("ID"))
    attribute = f' xsi:type="{kind}"' if kind != first else ""
    return f"<DataContractBase{attribute}>{_members(element)}</DataContractBase>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith("/Date("):
        when = wire.parse_stamp(value).replace(tzinfo=None)
        return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")
    return _NOT_IN_XML.sub("", str(value))
