"""A small British organisation and a client for the data plane of the stand-in, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from counterfoil.sandbox.clock import Clock
from counterfoil.sandbox.resources import Request, Response, answer
from counterfoil.sandbox.seeds.shape import SeedData
from counterfoil.sandbox.world import Organisation, World

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLD = datetime(2008, 9, 15, 7, 30, 12, 477000, tzinfo=UTC)
NOBODY = "00000000-0000-0000-0000-000000000000"
APP = "app-one"


def guid(kind: str, number: int) -> str:
    letters = {
        "contact": "c",
        "invoice": "1",
        "item": "7",
        "account": "a",
        "note": "e",
        "order": "9",
        "payment": "f",
    }
    return f"{letters[kind] * 8}-0000-4000-8000-{number:012d}"


def contact(number: int = 1, **changes: Any) -> dict[str, Any]:
    record = {
        "ContactID": guid("contact", number),
        "Name": f"Customer {number}",
        "ContactStatus": "ACTIVE",
        "UpdatedDateUTC": OLD,
    }
    return record | changes


def account(code: str, kind: str, **changes: Any) -> dict[str, Any]:
    record = {
        "AccountID": guid("account", int(code)),
        "Code": code,
        "Name": f"Account {code}",
        "Type": kind,
        "Status": "ACTIVE",
        "UpdatedDateUTC": OLD,
    }
    return record | changes


def tax_rate(
    code: str, rate: str, *, revenue: bool = True, expenses: bool = True, **changes: Any
) -> dict[str, Any]:
    record = {
        "Name": code,
        "TaxType": code,
        "EffectiveRate": Decimal(rate),
        "DisplayTaxRate": Decimal(rate),
        "Status": "ACTIVE",
        "CanApplyToRevenue": revenue,
        "CanApplyToExpenses": expenses,
        "TaxComponents": [],
    }
    return record | changes


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    record = {
        "ItemID": guid("item", number),
        "Code": f"ITEM-{number}",
        "Name": f"Item {number}",
        "Description": f"A fine item {number}",
        "SalesDetails": {"UnitPrice": Decimal("10.00"), "AccountCode": "200", "TaxType": "OUTPUT2"},
        "PurchaseDetails": {"UnitPrice": Decimal("4.00"), "AccountCode": "300", "TaxType": "INPUT2"},
        "UpdatedDateUTC": OLD,
    }
    return record | changes


def tracked(number: int = 9, **changes: Any) -> dict[str, Any]:
    details = {"UnitPrice": Decimal("4.00"), "COGSAccountCode": "310", "TaxType": "INPUT2"}
    stock = {"QuantityOnHand": Decimal(10), "TotalCostPool": Decimal(40)}
    return item(number, InventoryAssetAccountCode="630", PurchaseDetails=details, **stock) | changes


def line(description: str = "Work", **changes: Any) -> dict[str, Any]:
    record = {
        "Description": description,
        "Quantity": 1,
        "UnitAmount": 100,
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
    }
    return record | changes


def seeded_invoice(number: int = 1, **changes: Any) -> dict[str, Any]:
    record = {
        "Type": "ACCREC",
        "InvoiceID": guid("invoice", number),
        "InvoiceNumber": f"INV-{number:04d}",
        "Contact": {"ContactID": guid("contact", 1)},
        "Date": date(2026, 11, 1),
        "DueDate": date(2026, 12, 1),
        "Status": "AUTHORISED",
        "LineItems": [
            {
                "Description": "Work",
                "Quantity": Decimal(1),
                "UnitAmount": Decimal(100),
                "AccountCode": "200",
                "TaxType": "OUTPUT2",
            }
        ],
        "UpdatedDateUTC": OLD,
    }
    return record | changes


def seed(**changes: Any) -> SeedData:
    parts: dict[str, Any] = {
        "organisation": {
            "OrganisationID": "11111111-1111-4111-8111-111111111111",
            "Name": "Paper & Co",
            "BaseCurrency": "GBP",
            "CountryCode": "GB",
            "Timezone": "GMTSTANDARDTIME",
            "ShortCode": "!aBcD",
            "CreatedDateUTC": OLD,
        },
        "actions": [{"Name": "CreateDraftInvoice", "Status": "ALLOWED"}],
        "accounts": [
            account("090", "BANK"),
            account("200", "REVENUE", TaxType="OUTPUT2"),
            account("300", "DIRECTCOSTS", TaxType="INPUT2"),
            account("310", "DIRECTCOSTS", TaxType="INPUT2"),
            account("610", "CURRENT", SystemAccount="DEBTORS"),
            account("630", "INVENTORY", TaxType="NONE"),
            account("999", "REVENUE", Status="ARCHIVED"),
        ],
        "tax_rates": [
            tax_rate("OUTPUT2", "20", expenses=False),
            tax_rate("INPUT2", "20", revenue=False),
            tax_rate("TAX825", "8.25"),
            tax_rate("NONE", "0"),
            tax_rate("OUTPUT", "17.5", Status="DELETED"),
        ],
        "currencies": [
            {"Code": "GBP", "Description": "British Pound"},
            {"Code": "EUR", "Description": "Euro"},
        ],
        "branding_themes": [{"BrandingThemeID": guid("note", 77), "Name": "Standard", "SortOrder": 0}],
        "tracking_categories": [
            {
                "TrackingCategoryID": guid("note", 50),
                "Name": "Region",
                "Status": "ACTIVE",
                "Options": [{"TrackingOptionID": guid("note", 51), "Name": "North", "Status": "ACTIVE"}],
            }
        ],
        "contacts": [contact(1), contact(2)],
        "items": [item(1)],
    }
    none = ("contact_groups", "invoices", "credit_notes", "purchase_orders", "payments", "allocations")
    parts |= {name: [] for name in none}
    return SeedData(**(parts | changes))


@dataclass
class Client:
    """Calls the data plane as an app would, asking for JSON."""

    world: World
    organisation: Organisation
    app_id: str = APP
    headers: dict[str, str] = field(default_factory=lambda: {"accept": "application/json"})

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {**self.headers, **(headers or {})}
        request = Request(method, path, dict(query or {}), sent, raw, self.app_id, "Test App")
        return answer(self.world, self.organisation, request)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        response = self.call("GET", path, query=query)
        assert response.status == 200, response.body
        return json.loads(response.body, parse_float=Decimal)

    def one(self, path: str, **query: str) -> dict[str, Any]:
        return only(self.get(path, **query))

    def saved(self, method: str, path: str, body: Any, **query: str) -> dict[str, Any]:
        response = self.call(method, path, body, query=query)
        assert response.status == 200, response.body
        return only(json.loads(response.body, parse_float=Decimal))

    def refused(self, method: str, path: str, body: Any, **query: str) -> list[str]:
        """The messages of a 400."""
        response = self.call(method, path, body, query=query)
        assert response.status == 400, response.body
        elements = json.loads(response.body)["Elements"]
        return [error["Message"] for element in elements for error in element["ValidationErrors"]]

    def invoice(self, **changes: Any) -> dict[str, Any]:
        """Create one invoice by PUT."""
        return self.saved("PUT", "Invoices", invoice(**changes))


def only(envelope: dict[str, Any]) -> dict[str, Any]:
    """The one element of an envelope."""
    (elements,) = (value for value in envelope.values() if isinstance(value, list))
    (element,) = elements
    assert isinstance(element, dict)
    return element


def invoice(**changes: Any) -> dict[str, Any]:
    record = {
        "Type": "ACCREC",
        "Contact": {"ContactID": guid("contact", 1)},
        "Date": "2026-11-20",
        "DueDate": "2026-12-20",
        "Status": "AUTHORISED",
        "LineItems": [line()],
    }
    return record | changes


def client(**changes: Any) -> Client:
    world = World(clock=Clock(NOON))
    return Client(world, world.organisation_add(seed(**changes)))
