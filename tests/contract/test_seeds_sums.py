"""The seeds' own sums and the store's are written twice; here one is held against the other, and against recordings."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.seeds import SeedData, load
from counterfoil.sandbox.seeds.sums import document_summed
from counterfoil.sandbox.world import World

TODAY = date(2026, 11, 21)
RATES = {"OUTPUT": Decimal("8.25")}
DERIVED = ("SubTotal", "TotalTax", "Total")
Record = dict[str, Any]


def document(basis: str, *lines: tuple[str, str, dict[str, str]]) -> Record:
    return document_summed(
        {
            "LineAmountTypes": basis,
            "LineItems": [
                {"Quantity": Decimal(quantity), "UnitAmount": Decimal(price), "TaxType": "OUTPUT"}
                | {key: Decimal(value) for key, value in discount.items()}
                for quantity, price, discount in lines
            ],
        },
        RATES,
    )


@pytest.mark.parametrize(
    ("amount", "tax"), [("650", "53.63"), ("250", "20.63"), ("100.32", "8.28"), ("-650", "-53.63")]
)
def test_tax_is_rounded_half_away_from_zero_on_the_whole_rate(amount: str, tax: str) -> None:
    assert document("Exclusive", ("1", amount, {}))["TotalTax"] == Decimal(tax)


def test_inclusive_tax_is_taken_out_of_each_line() -> None:
    summed = document("Inclusive", ("1", "120", {}), ("1", "200", {}), ("1", "42", {}))
    assert [line["TaxAmount"] for line in summed["LineItems"]] == [
        Decimal("9.15"),
        Decimal("15.24"),
        Decimal("3.20"),
    ]
    assert (summed["SubTotal"], summed["Total"]) == (Decimal("334.41"), Decimal(362))


def test_a_discount_is_taken_off_before_tax() -> None:
    rated = document("Exclusive", ("3", "10", {"DiscountRate": "12.5"}))
    fixed = document("Exclusive", ("3", "10", {"DiscountAmount": "3.75"}))
    assert rated["SubTotal"] == fixed["SubTotal"] == Decimal("26.25")


def test_no_tax_means_none() -> None:
    assert document("NoTax", ("1", "100", {}))["Total"] == 100


def without_sums(data: SeedData) -> SeedData:
    for records in (data.invoices, data.credit_notes, data.purchase_orders):
        for record in records:
            for key in DERIVED:
                del record[key]
            for line in record["LineItems"]:
                line.pop("LineAmount", None)
                line.pop("TaxAmount", None)
    return data


def served(data: SeedData, resource: str) -> dict[str, Record]:
    world = World()
    organisation = world.organisation_add(data)
    request = Request("GET", resource, {"page": "1", "pageSize": "1000"}, {"accept": "application/json"})
    records = json.loads(answer(world, organisation, request).body, parse_float=Decimal)[resource]
    return {record[f"{resource[:-1]}ID"]: record for record in records}


@pytest.mark.parametrize("resource", ["Invoices", "CreditNotes", "PurchaseOrders"])
def test_the_store_arrives_at_the_same_sums(resource: str) -> None:
    (given, _), (bare, _) = load("uk", today=TODAY), load("uk", today=TODAY)
    stated, worked_out = served(given, resource), served(without_sums(bare), resource)
    assert stated.keys() == worked_out.keys()
    for key, record in stated.items():
        assert [record[name] for name in DERIVED] == [worked_out[key][name] for name in DERIVED]
        assert record["Status"] == worked_out[key]["Status"]
        assert record.get("AmountDue") == worked_out[key].get("AmountDue")


def test_what_is_due_follows_from_payments_and_credits() -> None:
    (company, _) = load("uk", today=TODAY)
    due = {r["InvoiceID"]: r for r in served(company, "Invoices").values()}
    for record in due.values():
        if record["Status"] == "AUTHORISED":
            assert (
                record["AmountDue"] == record["Total"] - record["AmountPaid"] - record["AmountCredited"] > 0
            )
        else:
            assert record["AmountDue"] == (
                record["Total"] if record["Status"] in ("DRAFT", "SUBMITTED") else 0
            )
