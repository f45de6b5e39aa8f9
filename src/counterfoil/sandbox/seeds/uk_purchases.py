"""Purchase orders and bills of the UK seed, with the opening bill that brings tracked goods on hand."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from counterfoil.sandbox.seeds.catalogue import Product
from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sums import document_summed
from counterfoil.sandbox.seeds.uk_books import (
    PURCHASE_TAX,
    Books,
    exchange_rate,
    item_line,
    purchase_account,
    with_line_ids,
)
from counterfoil.sandbox.seeds.uk_contacts import Party

APPROVED = ("AUTHORISED", "PAID")
_WAREHOUSE = "Tarn & Thistle Trading\r\nUnit 7, Canal Head\r\nKendal\r\nCumbria\r\nLA9 7XX"
_OVERHEADS = [
    ("Rent", "469", "1450.00"),
    ("Electricity", "445", "318.42"),
    ("Software, monthly", "463", "96.00"),
    ("Carriage, week", "425", "274.50"),
]


def purchase_orders(books: Books, count: int) -> list[Record]:
    """``count`` orders PO-0001 onwards in every status; the billed ones have a bill (``bills``)."""
    days = sorted(books.days_ago(books.rng.randrange(2, 330)) for _ in range(count))
    return [_order(books, on, f"PO-{place:04d}") for place, on in enumerate(days, start=1)]


def _order(books: Books, on: date, number: str) -> Record:
    rng = books.rng
    party = books.having("supplier", "both", on=on)
    age = (books.today - on).days
    status = (
        "BILLED" if age > 230 else rng.choice(["AUTHORISED", "AUTHORISED", "SUBMITTED", "DRAFT", "BILLED"])
    )
    if rng.random() < 0.12:
        status = "DELETED"
    arrival = on + timedelta(days=rng.choice([7, 14, 28, 60]))
    order: Record = {
        "PurchaseOrderID": guid("purchase-order", number),
        "PurchaseOrderNumber": number,
        "Type": "PURCHASEORDER",
        "Contact": {"ContactID": party.id, "Name": party.record["Name"]},
        "Date": on,
        "DeliveryDate": arrival,
        "ExpectedArrivalDate": arrival,
        "Reference": rng.choice(["", "Spring range", f"Quote {rng.randrange(100, 999)}"]),
        "LineAmountTypes": "Exclusive",
        "LineItems": _goods(books, party, places="0.0001"),
        "CurrencyCode": party.currency,
        "CurrencyRate": exchange_rate(party.currency, on),
        "BrandingThemeID": guid("theme", "Standard"),
        "Status": status,
        "SentToContact": status in ("AUTHORISED", "BILLED"),
        "DeliveryAddress": _WAREHOUSE,
        "AttentionTo": "Goods in",
        "Telephone": "01632 960700",
        "DeliveryInstructions": "\ufeffRing at the red door." if rng.random() < 0.3 else "",
        "HasAttachments": False,
        "UpdatedDateUTC": books.stamp(min(arrival, books.days_ago(1)) if status == "BILLED" else on),
    }
    return document_summed(with_line_ids(order, "purchase-order", number), books.rates)


def bills(books: Books, orders: Iterable[Record], count: int) -> list[Record]:
    """One bill for every billed order and ``count`` others, some of them without a number (xero-facts 4.5)."""
    ordered = [_bill_of_order(books, order) for order in orders if order["Status"] == "BILLED"]
    days = sorted(books.some_day() for _ in range(count))
    return ordered + [_other_bill(books, on, place) for place, on in enumerate(days, start=1)]


def opening_bill(books: Books, needed: Counter[str]) -> Record:
    """The bill, paid long ago, that brought in all tracked goods the other documents need, and some to spare."""
    on = books.days_ago(1500)
    party = next(p for p in books.parties if p.role == "supplier")
    lines = [
        _purchase(product, needed[product.code] + 24 + 7 * place, "0.01")
        for place, product in enumerate(p for p in books.products if p.kind == "T")
    ]
    return _bill(books, party, on=on, key="opening", number="OPENING STOCK", status="PAID", lines=lines)


def _bill_of_order(books: Books, order: Record) -> Record:
    party = next(p for p in books.parties if p.id == order["Contact"]["ContactID"])
    on = min(order["DeliveryDate"], books.days_ago(1))
    keep = ("LineItemID", "LineAmount", "TaxAmount")
    lines = [{k: v for k, v in line.items() if k not in keep} for line in order["LineItems"]]
    status = "PAID" if (books.today - on).days > 50 else "AUTHORISED"
    number = order["PurchaseOrderNumber"]
    return _bill(books, party, on=on, key=number, number=f"INV {number[3:]}/7", status=status, lines=lines)


def _other_bill(books: Books, on: date, place: int) -> Record:
    rng = books.rng
    party = books.having("supplier", "both", on=on)
    status = rng.choices(
        ["PAID", "AUTHORISED", "DRAFT", "SUBMITTED", "VOIDED", "DELETED"], weights=[60, 25, 4, 3, 5, 3]
    )[0]
    lines = _goods(books, party, places="0.01") if rng.random() < 0.5 else [_overhead(books, party)]
    number = rng.choice(["", "RENT", f"{rng.randrange(10_000, 99_999)}", f"SI-{place:05d}"])
    return _bill(books, party, on=on, key=f"bill/{place}", number=number, status=status, lines=lines)


def _bill(
    books: Books, party: Party, *, on: date, key: str, number: str, status: str, lines: list[Record]
) -> Record:
    bill: Record = {
        "InvoiceID": guid("bill", key),
        "Type": "ACCPAY",
        "InvoiceNumber": number,
        "Contact": {"ContactID": party.id, "Name": party.record["Name"]},
        "Date": on,
        "DueDate": on + timedelta(days=30),
        "LineAmountTypes": "Exclusive",
        "LineItems": lines,
        "CurrencyCode": party.currency,
        "CurrencyRate": exchange_rate(party.currency, on),
        "Status": status,
        "SentToContact": False,
        "HasAttachments": False,
        "UpdatedDateUTC": books.stamp(on),
    }
    return document_summed(with_line_ids(bill, "bill", key), books.rates)


def _goods(books: Books, party: Party, *, places: str) -> list[Record]:
    home = party.currency == "GBP"
    # Tracked goods only in home currency: the average cost then stays one exact figure.
    bought = [p for p in books.products if p.kind in ("TUP" if home else "UP")]
    chosen = books.rng.sample(bought, books.rng.choice([1, 2, 3, 4, 6]))
    lines = [_purchase(product, books.rng.choice([24, 48, 96, 144]), places) for product in chosen]
    return lines if home else [line | {"TaxType": "ZERORATEDINPUT"} for line in lines]


def _purchase(product: Product, quantity: int, places: str) -> Record:
    """A line at the list's cost, in the document's currency: one figure, so that average cost stays exact."""
    price = product.cost if product.cost < 1 else product.cost.quantize(Decimal(places))
    line = item_line(
        product, quantity, price, tax=PURCHASE_TAX[product.tax], account=purchase_account(product)
    )
    return line | {"Description": product.text}


def _overhead(books: Books, party: Party) -> Record:
    text, account, amount = books.rng.choice(_OVERHEADS)
    return {
        "Description": text,
        "Quantity": Decimal(1),
        "UnitAmount": Decimal(amount),
        "AccountCode": account,
        "AccountID": guid("account", account),
        "TaxType": "NONE" if account == "469" else "INPUT2" if party.currency == "GBP" else "ZERORATEDINPUT",
        "Tracking": [],
    }
