"""Credit notes of the UK seed: goods returned on sales, claims on bills, and where the credit went."""

from datetime import timedelta

from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sums import document_summed
from counterfoil.sandbox.seeds.uk_books import Books, with_line_ids

# What becomes of the n-th sales credit note. "allocate" settles part of its own invoice, "settle" all of it.
_SALES_FATES = (
    ["allocate"] * 9
    + ["settle"] * 3
    + ["refund"] * 5
    + ["open"] * 4
    + ["DRAFT"] * 3
    + ["VOIDED"] * 2
    + ["SUBMITTED"]
)
_CLAIM_FATES = ["allocate"] * 3 + ["open"] * 3 + ["DRAFT", "DELETED"]


def sales_credits(books: Books, invoices: list[Record], count: int) -> list[tuple[str, Record, Record]]:
    """Up to ``count`` (fate, credit note, invoice it comes from); an invoice is used once.

    Only invoices without discounts are taken: a credit note knows none (xero-facts 4.6), so its lines can be
    the invoice's own and never exceed it.
    """
    plain = [
        i for i in invoices if not any("DiscountRate" in n or "DiscountAmount" in n for n in i["LineItems"])
    ]
    open_ones = [i for i in plain if i["Status"] == "AUTHORISED"]
    paid_ones = [i for i in plain if i["Status"] == "PAID"]
    drawn: list[tuple[str, Record, Record]] = []
    for place, fate in enumerate(_SALES_FATES[:count]):
        pool = open_ones if fate in ("allocate", "settle") else paid_ones
        if pool:
            invoice = pool.pop(books.rng.randrange(len(pool)))
            drawn.append((fate, _credit(books, invoice, fate, key=f"sales/{place}"), invoice))
    return drawn


def purchase_claims(books: Books, bills: list[Record], count: int) -> list[tuple[str, Record, Record]]:
    """Up to ``count`` ACCPAYCREDIT notes against bills, shaped as in ``sales_credits``."""
    pool = [b for b in bills if b["Status"] == "AUTHORISED" and b["CurrencyCode"] == "GBP"]
    drawn = []
    for place, fate in enumerate(_CLAIM_FATES[: min(count, len(pool))]):
        bill = pool.pop(books.rng.randrange(len(pool)))
        drawn.append((fate, _credit(books, bill, fate, key=f"claim/{place}"), bill))
    return drawn


def allocation(fate: str, note: Record, invoice: Record) -> Record | None:
    """The allocation of the note to its invoice, or None when the credit went elsewhere."""
    if fate not in ("allocate", "settle"):
        return None
    return {
        "AllocationID": guid("allocation", note["CreditNoteID"]),
        "CreditNoteID": note["CreditNoteID"],
        "Invoice": {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice.get("InvoiceNumber", "")},
        "Amount": note["Total"],
        "Date": note["Date"],
    }


def _credit(books: Books, invoice: Record, fate: str, *, key: str) -> Record:
    on = min(invoice["Date"] + timedelta(days=books.rng.randrange(3, 25)), books.days_ago(1))
    sales = invoice["Type"] == "ACCREC"
    note: Record = {
        "Type": "ACCRECCREDIT" if sales else "ACCPAYCREDIT",
        "CreditNoteID": guid("credit-note", key),
        "Contact": invoice["Contact"],
        "Date": on,
        "LineAmountTypes": invoice["LineAmountTypes"],
        "LineItems": _returned_lines(invoice, whole=fate == "settle"),
        "CurrencyCode": invoice["CurrencyCode"],
        "CurrencyRate": invoice["CurrencyRate"],
        "Status": _status(fate),
        "SentToContact": sales and fate != "DRAFT",
        "HasAttachments": False,
        "UpdatedDateUTC": books.stamp(on),
    }
    if sales:
        note |= {
            "Reference": "Returned" if fate != "refund" else "Damaged in transit",
            "BrandingThemeID": guid("theme", "Standard"),
        }
    return document_summed(with_line_ids(note, "credit-note", key), books.rates)


def _status(fate: str) -> str:
    """PAID once allocated or refunded in full, AUTHORISED while credit is left."""
    if fate in ("allocate", "settle", "refund"):
        return "PAID"
    return "AUTHORISED" if fate == "open" else fate


def _returned_lines(invoice: Record, *, whole: bool) -> list[Record]:
    """All priced lines, or the first one only, with half its quantity where that is whole."""
    own = ("LineItemID", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount")
    priced = [
        {k: v for k, v in line.items() if k not in own}
        for line in invoice["LineItems"]
        if "UnitAmount" in line
    ]
    if whole:
        return priced
    first = priced[0]
    half = first["Quantity"] / 2
    return [first | {"Quantity": half if half == half.to_integral_value() else first["Quantity"]}]
