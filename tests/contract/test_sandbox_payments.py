"""Payments, credit notes and allocations of the stand-in. Facts: xero-facts 4.6, 4.12."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.books_builders import Client, account, client, guid, invoice, line, seed, seeded_invoice

PAID_FROM = {"Account": {"Code": "090"}}


def pay(amount: float, number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "Invoice": {"InvoiceID": guid("invoice", number)},
        "Amount": amount,
        "Date": "2026-11-21",
        **PAID_FROM,
    } | changes


def books_with_invoice(**changes: Any) -> Client:
    return client(invoices=[seeded_invoice(1, **changes)])


def shown(books: Client) -> dict[str, Any]:
    return books.one(f"Invoices/{guid('invoice', 1)}")


def credit(books: Client, amount: int, **changes: Any) -> str:
    body = invoice(Type="ACCRECCREDIT", LineItems=[line(UnitAmount=amount, TaxType="NONE")], **changes)
    return str(books.saved("PUT", "CreditNotes", body)["CreditNoteID"])


def allocate(invoice_number: int, amount: float) -> dict[str, Any]:
    return {"Allocations": [{"Amount": amount, "Invoice": {"InvoiceID": guid("invoice", invoice_number)}}]}


def test_payments_lower_what_is_due_until_the_invoice_is_paid() -> None:
    books = books_with_invoice()
    first = books.saved("PUT", "Payments", pay(20))
    assert (first["Invoice"]["AmountDue"], first["Invoice"]["AmountPaid"]) == (100, 20)
    assert first["PaymentType"] == "ACCRECPAYMENT"
    assert first["Invoice"]["UpdatedDateUTC"] == first["UpdatedDateUTC"]
    books.saved("PUT", "Payments", pay(100))
    assert (shown(books)["Status"], shown(books)["AmountDue"]) == ("PAID", 0)
    assert shown(books)["FullyPaidOnDate"] == "/Date(1795219200000+0000)/"


@pytest.mark.parametrize(("bank", "reaches"), [("090", "80.00"), ("091", "100.00")])
def test_bank_amount_is_in_the_currency_of_the_bank_account(bank: str, reaches: str) -> None:
    banks = [account("091", "BANK", CurrencyCode="EUR")]
    books = client(
        invoices=[seeded_invoice(1, CurrencyCode="EUR", CurrencyRate=Decimal("1.25"))],
        accounts=[*seed().accounts, *banks],
    )
    payment = books.saved("PUT", "Payments", pay(100, Account={"Code": bank}))
    assert (payment["Amount"], payment["BankAmount"]) == (100, Decimal(reaches))
    assert shown(books)["AmountPaid"] == 100


def test_deleted_payment_reopens_the_invoice_and_stays_listed() -> None:
    books = books_with_invoice()
    payment = books.saved("PUT", "Payments", pay(120))
    deleted = books.saved("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})
    assert deleted["Status"] == "DELETED"
    assert (shown(books)["Status"], shown(books)["AmountDue"]) == ("AUTHORISED", 120)
    assert "FullyPaidOnDate" not in shown(books)
    assert books.one("Payments")["Status"] == "DELETED"
    assert books.refused("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Amount": 120.01}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Amount": 0}, "The payment amount must be greater than zero."),
        ({"Account": {"Code": "200"}}, "Account code '200' is not a valid code for this document."),
        ({"Account": {"Code": "0"}}, "Account could not be found"),
    ],
)
def test_refused_payments(changes: dict[str, Any], message: str) -> None:
    assert books_with_invoice().refused("PUT", "Payments", pay(1, **changes)) == [message]


def test_only_approved_documents_are_paid() -> None:
    assert books_with_invoice(Status="DRAFT").refused("PUT", "Payments", pay(1)) == [
        "Payments can only be made against Authorised documents"
    ]


def test_early_payment_carries_a_warning() -> None:
    saved = books_with_invoice().saved("PUT", "Payments", pay(1, Date="2026-10-01"))
    assert saved["Warnings"] == [{"Message": "The payment date is prior to the invoice date."}]


def test_payment_cannot_be_changed() -> None:
    books = books_with_invoice()
    payment = books.saved("PUT", "Payments", pay(1))
    assert books.refused("POST", "Payments", {"PaymentID": payment["PaymentID"], "Reference": "R"})


def test_seeded_payment_without_rate_shows_zero() -> None:
    payment = {
        "PaymentID": guid("payment", 1),
        "UpdatedDateUTC": seeded_invoice()["UpdatedDateUTC"],
        **pay(120),
        "Date": seeded_invoice()["Date"],
    }
    books = client(invoices=[seeded_invoice(1)], payments=[payment])
    assert books.one("Payments")["CurrencyRate"] == 0
    assert shown(books)["Status"] == "PAID"


def test_payment_event_can_be_switched_off() -> None:
    books = books_with_invoice()
    heard: list[str] = []
    books.organisation.listeners.append(lambda category, _, kind, __: heard.append(f"{category} {kind}"))
    books.saved("PUT", "Payments", pay(1))
    books.world.switches.webhook_on_payment = False
    books.saved("PUT", "Payments", pay(1))
    assert heard == ["INVOICE UPDATE"]


def test_allocation_settles_both_sides_and_its_removal_reopens_them() -> None:
    books = books_with_invoice()
    note = credit(books, 120)
    given = books.saved("PUT", f"CreditNotes/{note}/Allocations", allocate(1, 120))
    assert shown(books)["Status"] == "PAID"
    assert shown(books)["AmountCredited"] == 120
    assert shown(books)["CreditNotes"][0]["AppliedAmount"] == 120
    paid = books.one(f"CreditNotes/{note}")
    assert (paid["Status"], paid["RemainingCredit"], paid["ID"]) == ("PAID", 0, note)
    assert paid["Allocations"][0]["Invoice"]["InvoiceNumber"] == "INV-0001"
    response = books.call("DELETE", f"CreditNotes/{note}/Allocations/{given['AllocationID']}")
    assert response.status == 200
    gone = json.loads(response.body)
    assert (gone["AllocationID"], gone["IsDeleted"], gone["Amount"]) == (given["AllocationID"], True, 120)
    assert (shown(books)["Status"], shown(books)["AmountDue"]) == ("AUTHORISED", 120)
    assert books.one(f"CreditNotes/{note}")["RemainingCredit"] == 120


def test_allocation_is_limited_by_both_documents_and_the_contact() -> None:
    books = client(
        invoices=[seeded_invoice(1), seeded_invoice(2, Contact={"ContactID": guid("contact", 2)})],
    )
    small = credit(books, 50)
    assert books.refused("PUT", f"CreditNotes/{small}/Allocations", allocate(1, 60))
    assert books.refused("PUT", f"CreditNotes/{small}/Allocations", allocate(2, 10))
    large = credit(books, 500)
    assert books.refused("PUT", f"CreditNotes/{large}/Allocations", allocate(1, 121))
    draft = credit(books, 50, Status="DRAFT")
    assert books.refused("PUT", f"CreditNotes/{draft}/Allocations", allocate(1, 10))


def test_refused_allocation_takes_its_siblings_back() -> None:
    books = books_with_invoice()
    note = credit(books, 100)
    both = {"Allocations": allocate(1, 60)["Allocations"] * 2}
    assert books.refused("PUT", f"CreditNotes/{note}/Allocations", both)
    assert books.one(f"CreditNotes/{note}")["RemainingCredit"] == 100
    assert shown(books)["AmountDue"] == 120


def test_refund_uses_up_a_credit_note() -> None:
    books = client()
    note = credit(books, 100)
    body = {"CreditNote": {"CreditNoteID": note}, "Amount": 100, "Date": "2026-11-21", **PAID_FROM}
    assert books.saved("PUT", "Payments", body)["PaymentType"] == "ARCREDITPAYMENT"
    assert books.one(f"CreditNotes/{note}")["Status"] == "PAID"


def test_open_credit_lowers_the_contacts_balance_unless_switched_off() -> None:
    books = books_with_invoice()
    credit(books, 50)

    def owing() -> Any:
        return books.one(f"Contacts/{guid('contact', 1)}")["Balances"]["AccountsReceivable"]["Outstanding"]

    assert owing() == 70
    books.world.switches.credit_reduces_balances = False
    assert owing() == 120


def test_draft_credit_note_alone_makes_no_customer() -> None:
    books = client()
    credit(books, 50, Status="DRAFT")
    assert books.one(f"Contacts/{guid('contact', 1)}")["IsCustomer"] is False


def test_credit_note_lines_take_no_discount() -> None:
    books = client()
    body = invoice(Type="ACCRECCREDIT", LineItems=[line(DiscountRate=10)])
    assert books.saved("PUT", "CreditNotes", body)["SubTotal"] == 100
