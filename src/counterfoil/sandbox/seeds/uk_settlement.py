"""Payments of the UK seed: whole, in two parts, in part, refunded, and taken back again."""

from datetime import date, timedelta
from decimal import Decimal

from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sums import cents
from counterfoil.sandbox.seeds.uk_books import BANK_OF, Books

_SEEDED_BEFORE = 2013
_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
}


def payments_for(books: Books, invoice: Record) -> list[Record]:
    """What came in on an invoice or bill: all of it when PAID, a part on a quarter of the open ones.

    A few invoices also carry a payment entered by mistake and deleted: such rows stay listed (xero-facts 4.12).
    """
    rng, total = books.rng, invoice["Total"]
    if invoice["Status"] == "PAID":
        amounts = [total]
        if total > 400 and rng.random() < 0.1:
            half = cents(total / 2)
            amounts = [half, total - half]
    elif invoice["Status"] == "AUTHORISED" and invoice["Date"] < books.days_ago(14) and rng.random() < 0.25:
        amounts = [cents(total * Decimal("0.4"))]
    else:
        return []
    paid = [payment(books, invoice, amount, place) for place, amount in enumerate(amounts)]
    if rng.random() < 0.04:
        mistake = payment(books, invoice, cents(total / 3) or total, 9)
        paid.append(mistake | {"Status": "DELETED", "IsReconciled": False})
    return paid


def payment(books: Books, document: Record, amount: Decimal, place: int) -> Record:
    """One payment in the document's currency. ``CurrencyRate`` is 0 on a third of them, as in real data (4.12)."""
    rng = books.rng
    on = min(document["Date"] + timedelta(days=rng.randrange(4, 42) + 9 * place), books.days_ago(1))
    own_id = "CreditNoteID" if document["Type"].endswith("CREDIT") else "InvoiceID"
    key = f"{document[own_id]}/{place}"
    record: Record = {
        "PaymentID": guid("payment", key),
        own_id.removesuffix("ID"): {own_id: document[own_id]},
        "Account": {
            "AccountID": guid("account", BANK_OF[document["CurrencyCode"]]),
            "Code": BANK_OF[document["CurrencyCode"]],
        },
        "Date": on,
        "CurrencyRate": Decimal(0) if rng.random() < 0.3 else document["CurrencyRate"],
        "Amount": amount,
        "BankAmount": amount,
        "Reference": rng.choice(["", "BACS", "Card", "Faster payment"]),
        "IsReconciled": rng.random() < 0.8,
        "Status": "AUTHORISED",
        "PaymentType": _TYPES[document["Type"]],
        "HasAccount": True,
    }
    return record | {"UpdatedDateUTC": books.stamp(on)}


def touched(document: Record, payments: list[Record]) -> Record:
    """The document as its payments leave it: stamped no earlier than the last, dated when it was settled.

    Some documents keep a stamp of 2008 whatever happened to them, as seeded demo data does (xero-facts 3.2).
    """
    if not payments:
        return document
    if document["UpdatedDateUTC"].year > _SEEDED_BEFORE:
        stamp = max([document["UpdatedDateUTC"], *(p["UpdatedDateUTC"] for p in payments)])
        document = document | {"UpdatedDateUTC": stamp}
    if document["Status"] == "PAID":
        document["FullyPaidOnDate"] = _last_day(payments)
    return document


def _last_day(payments: list[Record]) -> date:
    days: list[date] = [p["Date"] for p in payments if p["Status"] == "AUTHORISED"]
    return max(days)
