"""A real organisation from a folder of recorded Xero answers: whatever is there becomes the seed.

Each ``*.json`` file holds one answer, a list of answers, or a bare list of records; the collections are told by
their keys, not by file names. Nothing is invented but what a stand-in cannot do without (a currency, a theme, an
account of its own to pay into when none was recorded). Amounts are read as exact decimals.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from counterfoil.sandbox.seeds import chart
from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record, SeedData

_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Calendar dates are sent as midnight UTC (xero-facts 3.2); every other stamp keeps its time.
_CALENDAR = {
    "Date",
    "DueDate",
    "DeliveryDate",
    "ExpectedArrivalDate",
    "FullyPaidOnDate",
    "PeriodLockDate",
    "EndOfYearLockDate",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
}
_ID_KEYS = {
    "Accounts": "AccountID",
    "Contacts": "ContactID",
    "Items": "ItemID",
    "TaxRates": "TaxType",
    "TrackingCategories": "TrackingCategoryID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "PurchaseOrders": "PurchaseOrderID",
    "Payments": "PaymentID",
    "Currencies": "Code",
    "BrandingThemes": "BrandingThemeID",
    "ContactGroups": "ContactGroupID",
}


def recorded_organisation(folder: Path) -> SeedData:
    """The organisation in ``folder``. Raises ``ValueError`` when there is no answer of /Organisation among the files."""
    found = _collections(folder)
    if not found.get("Organisations"):
        raise ValueError(
            f"No recorded organisation in {folder}. Nothing was loaded. Add an answer of GET /Organisation."
        )
    organisation = found["Organisations"][0]
    stamp = organisation.get("CreatedDateUTC", _EPOCH)
    invoices = found.get("Invoices", [])
    return SeedData(
        organisation=organisation,
        tenant_id=_tenant(found, organisation),
        actions=found.get("Actions") or chart.actions(),
        accounts=found.get("Accounts")
        or [chart.bank_account("090", "Bank", organisation["BaseCurrency"], stamp)],
        tax_rates=found.get("TaxRates", []),
        currencies=found.get("Currencies") or chart.currencies(*_currency_codes(organisation, found)),
        branding_themes=found.get("BrandingThemes") or chart.branding_themes(stamp),
        tracking_categories=found.get("TrackingCategories", []),
        contact_groups=found.get("ContactGroups", []),
        contacts=_with_parties(found.get("Contacts", []), invoices),
        items=found.get("Items", []),
        invoices=invoices,
        credit_notes=found.get("CreditNotes", []),
        purchase_orders=found.get("PurchaseOrders", []),
        payments=found.get("Payments") or [_settlement(i) for i in invoices if i.get("Status") == "PAID"],
        allocations=[],
        users=found.get("Users") or [_reader(organisation)],
    )


def native(value: Any, key: str = "") -> Any:
    """A decoded JSON value with dates in place of ``/Date()/`` strings, and ``...String`` twins left out."""
    if isinstance(value, dict):
        return {name: native(inner, name) for name, inner in value.items() if not _is_twin(name, value)}
    if isinstance(value, list):
        return [native(inner, key) for inner in value]
    if isinstance(value, str) and (match := _DATE.fullmatch(value)):
        moment = _EPOCH + timedelta(milliseconds=int(match[1]))
        return moment.date() if key in _CALENDAR else moment
    return value


def _is_twin(name: str, record: Record) -> bool:
    return name.endswith("String") and name.removesuffix("String") in record


def _collections(folder: Path) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for path in sorted(folder.glob("*.json")):
        for name, records in _answers(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)):
            known = {_key(name, r) for r in found.get(name, [])}
            found.setdefault(name, []).extend(
                native(r) for r in records if _key(name, r) not in known or _key(name, r) is None
            )
    return found


def _answers(document: Any) -> Iterator[tuple[str, list[Record]]]:
    """(collection, records) of one file, whichever of the recorded shapes it has."""
    if isinstance(document, list):
        for element in document:
            if "OrganisationID" in element:
                yield "Organisations", [element]
            elif "tenantId" in element:
                yield "Connections", [element]
            else:
                yield from _answers(element)
        return
    for name, records in document.items():
        if isinstance(records, list) and records and isinstance(records[0], dict):
            yield name, records


def _key(name: str, record: Record) -> Any:
    return record.get(_ID_KEYS.get(name, ""))


def _tenant(found: dict[str, list[Record]], organisation: Record) -> str:
    for connection in found.get("Connections", []):
        if connection["tenantId"] == organisation["OrganisationID"]:
            return str(connection["tenantId"])
    return str(organisation["OrganisationID"])


def _currency_codes(organisation: Record, found: dict[str, list[Record]]) -> list[str]:
    """Base currency first, then every currency a record names."""
    named = {
        r.get("CurrencyCode") for kind in ("Accounts", "Invoices", "CreditNotes") for r in found.get(kind, [])
    }
    named |= {c.get("DefaultCurrency") for c in found.get("Contacts", [])}
    base = organisation["BaseCurrency"]
    return [base, *sorted(code for code in named if code and code != base)]


def _with_parties(contacts: list[Record], invoices: list[Record]) -> list[Record]:
    """The contacts, and the ones that only a document carries in full."""
    known = {contact["ContactID"] for contact in contacts}
    extra = {
        i["Contact"]["ContactID"]: i["Contact"] for i in invoices if i["Contact"]["ContactID"] not in known
    }
    return [*contacts, *extra.values()]


def _settlement(invoice: Record) -> Record:
    """A PAID document recorded without its payment: the payment there must have been, in full, on its due date."""
    day: date = invoice.get("FullyPaidOnDate") or invoice.get("DueDate") or invoice["Date"]
    return {
        "PaymentID": guid("recorded-payment", invoice["InvoiceID"]),
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": day,
        "CurrencyRate": Decimal(0),
        "Amount": invoice["Total"],
        "BankAmount": invoice["Total"],
        "Reference": "",
        "IsReconciled": False,
        "Status": "AUTHORISED",
        "PaymentType": "ACCRECPAYMENT" if invoice["Type"] == "ACCREC" else "ACCPAYPAYMENT",
        "HasAccount": True,
        "UpdatedDateUTC": invoice["UpdatedDateUTC"],
    }


def _reader(organisation: Record) -> Record:
    return {
        "UserID": guid("user", organisation["OrganisationID"]),
        "EmailAddress": "reader@demo.example",
        "FirstName": "Demo",
        "LastName": "Reader",
        "OrganisationRole": "FINANCIALADVISER",
    }
