"""Records as Xero writes them, with readable defaults, and the envelope around them."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counterfoil.xero import endpoints

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"


def guid(number: int) -> str:
    return str(uuid.UUID(int=number))


def contact(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "ContactID": guid(number),
        "ContactStatus": "ACTIVE",
        "Name": f"Customer {number}",
        "EmailAddress": "",
        "Addresses": [{"AddressType": "POBOX", "City": "Leeds"}, {"AddressType": "STREET"}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "1234"}, {"PhoneType": "FAX"}],
        "UpdatedDateUTC": "/Date(1777031976473+0000)/",
        "ContactGroups": [{"ContactGroupID": guid(70), "Name": "Training", "Status": "ACTIVE"}],
        "ContactPersons": [{"FirstName": "Jo", "LastName": "Orr", "IncludeInEmails": True}],
        "IsCustomer": True,
        "Balances": {"AccountsReceivable": {"Outstanding": 120.50, "Overdue": 0.0}},
        "BatchPayments": {"BankAccountNumber": "12", "Code": ""},
        "PaymentTerms": {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
        "BrandingTheme": {"BrandingThemeID": guid(71), "Name": "Standard"},
        "SalesTrackingCategories": [{"TrackingCategoryName": "Region", "TrackingOptionName": "North"}],
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    return {
        "LineItemID": guid(80),
        "Description": "Paper",
        "Quantity": 2.0,
        "UnitAmount": 0.1648,
        "ItemCode": "PAPER",
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
        "TaxAmount": 0.07,
        "LineAmount": 0.33,
        "Item": {"ItemID": guid(81), "Name": "Paper", "Code": "PAPER"},
        "Tracking": [{"Name": "Region", "Option": "North", "TrackingCategoryID": guid(82)}],
    } | changes


def document(**changes: Any) -> dict[str, Any]:
    return {
        "Contact": {"ContactID": guid(1), "Name": "Customer 1"},
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [line(), {"Description": "A comment"}],
        "Date": "/Date(1776988800000+0000)/",
        "DateString": "2026-04-24T00:00:00",
        "SubTotal": 0.33,
        "TotalTax": 0.07,
        "Total": 0.40,
        "CurrencyCode": "GBP",
        "CurrencyRate": 1.0,
        "UpdatedDateUTC": "/Date(1777031976473+0000)/",
    } | changes


def invoice(number: int = 1, **changes: Any) -> dict[str, Any]:
    given = {
        "Type": "ACCREC",
        "InvoiceID": guid(number),
        "InvoiceNumber": f"INV-{number:04}",
        "DueDate": "/Date(1779580800000+0000)/",
        "DueDateString": "2026-05-24T00:00:00",
        "AmountDue": 0.40,
        "AmountPaid": 0.0,
        "Payments": [{"PaymentID": guid(90), "Amount": 0.1, "Date": "/Date(1776988800000+0000)/"}],
        "CreditNotes": [{"CreditNoteID": guid(91), "CreditNoteNumber": "CN-1", "AppliedAmount": 0.1}],
        "Prepayments": [],
    }
    return document(**given) | changes


def credit_note(number: int = 1, **changes: Any) -> dict[str, Any]:
    given = {
        "Type": "ACCRECCREDIT",
        "CreditNoteID": guid(number),
        "CreditNoteNumber": f"CN-{number:04}",
        "RemainingCredit": 0.3,
        "Allocations": [
            {
                "AllocationID": guid(92),
                "Amount": 0.1,
                "Invoice": {"InvoiceID": guid(1), "InvoiceNumber": "INV-0001"},
            }
        ],
    }
    return document(**given) | changes


def purchase_order(number: int = 1, **changes: Any) -> dict[str, Any]:
    given = {
        "Type": "PURCHASEORDER",
        "PurchaseOrderID": guid(number),
        "PurchaseOrderNumber": f"PO-{number:04}",
        "DeliveryDate": "/Date(1776988800000+0000)/",
        "DeliveryAddress": "1 High Street\r\nLeeds",
    }
    return document(**given) | changes


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "ItemID": guid(number),
        "Code": f"ITEM {number}",
        "Name": "Item",
        "IsSold": True,
        "SalesDetails": {"UnitPrice": 0.1648, "AccountCode": "200", "TaxType": "OUTPUT2"},
        "PurchaseDetails": {},
        "QuantityOnHand": 5.0,
        "TotalCostPool": 100.0,
        "UpdatedDateUTC": "/Date(1777032320853)/",
    } | changes


def tax_rate(**changes: Any) -> dict[str, Any]:
    return {
        "TaxType": "OUTPUT2",
        "Name": "20% (VAT on Income)",
        "Status": "ACTIVE",
        "EffectiveRate": 20.0,
        "TaxComponents": [{"Name": "VAT", "Rate": 20.0, "IsCompound": False, "IsNonRecoverable": False}],
    } | changes


def payment(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "PaymentID": guid(number),
        "Invoice": {"InvoiceID": guid(1), "InvoiceNumber": "INV-0001", "Contact": {"ContactID": guid(1)}},
        "Account": {"AccountID": guid(93), "Code": "090"},
        "Date": "/Date(1776988800000+0000)/",
        "Amount": 0.1,
        "CurrencyRate": 0,
        "Status": "AUTHORISED",
        "PaymentType": "ACCRECPAYMENT",
    } | changes


def envelope(key: str, rows: Any, **changes: Any) -> bytes:
    answer = {
        "Id": guid(99),
        "Status": "OK",
        "DateTimeUTC": "/Date(1777031976527)/",
        "pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 1},
        key: rows,
    }
    return json.dumps(answer | changes).encode()


ONE_OF_EACH = (
    (endpoints.CONTACTS, contact()),
    (endpoints.ITEMS, item()),
    (endpoints.INVOICES, invoice()),
    (endpoints.CREDIT_NOTES, credit_note()),
    (endpoints.PURCHASE_ORDERS, purchase_order()),
    (endpoints.PAYMENTS, payment()),
    (endpoints.TAX_RATES, tax_rate()),
)

BY_KEY = {endpoint.envelope_key: endpoint for endpoint in endpoints.ALL}


def recorded() -> Iterator[tuple[str, endpoints.Endpoint[Any], list[dict[str, Any]]]]:
    """(file, endpoint, rows) of every recorded answer, if the recordings are there."""
    for path in sorted(RECORDED.glob("*.json")):
        content = json.loads(path.read_text())
        if path.stem == "organisation":
            yield path.stem, endpoints.ORGANISATION, content
            continue
        for answer in content if isinstance(content, list) else [content]:
            for key in BY_KEY.keys() & answer.keys():
                yield path.stem, BY_KEY[key], answer[key]


def known_rows() -> list[tuple[str, endpoints.Endpoint[Any], list[dict[str, Any]]]]:
    """Built records of every kind, and the recorded ones where they are at hand."""
    return [("built", endpoint, [row]) for endpoint, row in ONE_OF_EACH] + list(recorded())
