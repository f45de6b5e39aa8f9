"""Whatever is sent to the stand-in, it answers, and its books stay sound. Random bodies from fixed seeds."""

import random
from typing import Any

import pytest

from counterfoil.sandbox.resources import document_form
from counterfoil.sandbox.resources.kinds import INVOICE, KINDS
from tests.contract.books_builders import (
    Client,
    client,
    contact,
    guid,
    invoice,
    item,
    line,
    seeded_invoice,
    tracked,
)

KEYS = """ContactID Name ContactStatus EmailAddress Phones Addresses ContactPersons Type InvoiceID Contact LineItems Date
DueDate Status LineAmountTypes InvoiceNumber Reference CurrencyCode CurrencyRate Url SentToContact Description Quantity
UnitAmount ItemCode AccountCode TaxType TaxAmount LineAmount Tracking DiscountRate LineItemID AccountID ItemID Code
SalesDetails PurchaseDetails UnitPrice COGSAccountCode InventoryAssetAccountCode IsSold Amount Invoice Account
CreditNote PaymentTerms TaxComponents Rate ContactGroupID Details AddressType PhoneType PhoneNumber Options
PaymentID CreditNoteID PurchaseOrderID EnablePaymentsToAccount BatchPayments DeliveryDate""".split()
VALUES: list[Any] = [
    *(
        None,
        "",
        1,
        -1,
        0,
        3.14159,
        "x",
        "A" * 400,
        True,
        [],
        {},
        "200",
        "300",
        "630",
        "OUTPUT2",
        "NONE",
        "DRAFT",
    ),
    *(
        "AUTHORISED",
        "VOIDED",
        "DELETED",
        "ACCREC",
        "ACCPAY",
        "2026-11-20",
        "/Date(1776988800000+0000)/",
        "2026-99-99",
    ),
    *("Inclusive", "NoTax", "EUR", 1e300, "NaN", 10**40, "ITEM-9", "POBOX", "MOBILE", "\ufeff", "<"),
    *(guid("contact", 1), guid("invoice", 1), guid("item", 9)),
]
PATHS = [
    *("Contacts", "Invoices", "Items", "CreditNotes", "PurchaseOrders", "Payments", "Accounts", "TaxRates"),
    *("Currencies", "ContactGroups", "TrackingCategories", f"Invoices/{guid('invoice', 1)}"),
    *(f"Invoices/{guid('invoice', 1)}/History", f"Contacts/{guid('contact', 1)}", f"Items/{guid('item', 9)}"),
]


def anything(rng: random.Random, depth: int = 2) -> Any:
    kind = rng.random() if depth else 1
    if kind < 0.15:
        return [thing(rng, depth - 1) for _ in range(rng.randint(0, 2))]
    return thing(rng, depth - 1) if kind < 0.3 else rng.choice(VALUES)


def thing(rng: random.Random, depth: int = 2) -> dict[str, Any]:
    return {rng.choice(KEYS): anything(rng, depth) for _ in range(rng.randint(0, 8))}


def nearly_right(rng: random.Random) -> dict[str, Any]:
    number = guid("invoice", rng.randint(1, 5))
    body = rng.choice(
        [
            invoice(LineItems=[line(ItemCode="ITEM-9")]),
            {"ContactID": guid("contact", 1), "Name": "Customer 1"},
            {"Invoice": {"InvoiceID": number}, "Amount": 5, "Account": {"Code": "090"}},
            {"InvoiceID": number, "Status": rng.choice(["VOIDED", "AUTHORISED", "DRAFT"])},
            invoice(Type="ACCRECCREDIT"),
            {"Amount": 1, "Invoice": {"InvoiceID": number}},
        ]
    )
    return body | {rng.choice(KEYS): anything(rng) for _ in range(rng.randint(0, 2))}


def busy_books(seed: int) -> Client:
    rng = random.Random(seed)
    books = client(items=[item(1), tracked()], invoices=[seeded_invoice(n) for n in range(1, 6)])
    for _ in range(1200):
        notes = list(books.organisation.store.credit_notes.rows)
        path = (
            f"CreditNotes/{rng.choice(notes)}/Allocations"
            if notes and rng.random() < 0.1
            else rng.choice(PATHS)
        )
        body = nearly_right(rng) if rng.random() < 0.7 else thing(rng)
        query = rng.choice([{}, {"summarizeErrors": "false"}, {"unitdp": "4"}])
        headers = rng.choice([{}, {"accept": "*/*"}])
        assert books.call(rng.choice(["PUT", "POST"]), path, body, query=query, headers=headers).status in (
            200,
            400,
            404,
            501,
        )
    return books


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_books_stay_sound_under_any_writing(seed: int) -> None:
    books = busy_books(seed)
    store = books.organisation.store
    for rows in (store.contacts, *store.documents(), store.payments, store.items, store.accounts):
        assert rows.order == sorted((row.stamp, row.key) for row in rows.rows.values())
    assert len(store.payments) > 3
    for kind in KINDS:
        for row in kind.rows(store).rows.values():
            record = document_form.record(kind, row)
            again = document_form.row(store, kind, record)
            assert again.parts == row.parts
            assert again.facts == row.facts


@pytest.mark.parametrize("seed", [4, 5])
def test_what_is_due_is_the_total_less_what_hangs_on_the_invoice(seed: int) -> None:
    store = busy_books(seed).organisation.store
    for row in store.invoices.rows.values():
        record = document_form.record(INVOICE, row)
        paid = sum(entry["Amount"] for entry in record["Payments"])
        credited = sum(entry["AppliedAmount"] for entry in record["CreditNotes"])
        live = record["Status"] not in ("VOIDED", "DELETED")
        assert record["AmountDue"] == (record["Total"] - paid - credited if live else 0)
        assert record["AmountDue"] >= 0
        assert (record["Status"] == "PAID") == (
            live and record["Status"] in ("AUTHORISED", "PAID") and not record["AmountDue"]
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"LineItems": [line(Quantity=99_999_999_999_999, UnitAmount=99_999_999_999_999)]},
        {"Date": "/Date(99999999999999999)/"},
        {"Date": "9999-12-31", "DueDate": None},
        {"CurrencyCode": "EUR", "CurrencyRate": -1},
        {"CurrencyCode": "EUR", "CurrencyRate": 0.0000001},
    ],
)
def test_values_beyond_all_bounds_are_refused(changes: dict[str, Any]) -> None:
    terms = {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}}
    books = client(contacts=[contact(1, PaymentTerms=terms)])
    assert books.refused("PUT", "Invoices", invoice(**changes))
    assert books.get("Invoices")["Invoices"] == []
