"""Sales invoices of the UK seed: drawn up, priced, given a status that fits their age, and paid or left open."""

from datetime import date, timedelta
from decimal import Decimal

from counterfoil.sandbox.seeds.catalogue import Product
from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sums import document_summed
from counterfoil.sandbox.seeds.uk_books import (
    SALES_TAX,
    Books,
    exchange_rate,
    item_line,
    sales_account,
    tracked,
)
from counterfoil.sandbox.seeds.uk_contacts import Party

_TEXTS = [
    "Thank you for your order. Goods remain ours until paid for in full.",
    "Second delivery of two; the jars follow next week.",
    "As agreed at the autumn show.",
]
_REFERENCES = ["PO {0}", "{0}", "Web order {0}", "Spring restock", "Your order of {0}", ""]


def sales_invoices(books: Books, count: int) -> list[Record]:
    """``count`` invoices in order of date, without number and GUIDs: those follow with the credit notes' numbers."""
    days = sorted(books.some_day() for _ in range(count))
    return [_invoice(books, on) for on in days]


def _invoice(books: Books, on: date) -> Record:
    rng = books.rng
    role = rng.choices(["trade", "export", "both", "private"], weights=[68, 14, 8, 10])[0]
    party = books.having(role, on=on)
    basis = _basis(books, party)
    draft: Record = {
        "Type": "ACCREC",
        "Contact": {"ContactID": party.id, "Name": party.record["Name"]},
        "Date": on,
        "DueDate": on + timedelta(days=7 if role == "private" else rng.choice([14, 30, 30, 30, 45])),
        "Reference": rng.choice(_REFERENCES).format(rng.randrange(1000, 99_999)),
        "LineAmountTypes": basis,
        "LineItems": _lines(books, party, basis),
        "CurrencyCode": party.currency,
        "CurrencyRate": exchange_rate(party.currency, on),
        "BrandingThemeID": guid("theme", "Special Projects" if rng.random() < 0.08 else "Standard"),
        "Status": _status(books, on),
        "SentToContact": rng.random() < 0.6,
        "HasAttachments": False,
    }
    if draft["Status"] == "DRAFT":
        draft["SentToContact"] = False
        if rng.random() < 0.3:
            del draft["DueDate"]
    return document_summed(draft, books.rates)


def _basis(books: Books, party: Party) -> str:
    if party.role == "private":
        return "Inclusive"
    if party.currency == "USD":
        return "NoTax"
    return "Inclusive" if books.rng.random() < 0.08 else "Exclusive"


def _status(books: Books, on: date) -> str:
    """By chance and age: the young are drafts or open, the old are paid but for a few."""
    age, drawn = (books.today - on).days, books.rng.random()
    if drawn < 0.08:
        return "DELETED" if drawn < 0.035 else "VOIDED"
    if age < 21 and drawn < 0.5:
        return "DRAFT" if drawn < 0.34 else "SUBMITTED"
    if age < 200 and drawn > 0.96:
        return "DRAFT" if drawn > 0.975 else "SUBMITTED"
    paid_share = 0.96 if age > 120 else 0.85 if age > 45 else 0.25
    return "PAID" if books.rng.random() < paid_share else "AUTHORISED"


def _lines(books: Books, party: Party, basis: str) -> list[Record]:
    rng = books.rng
    goods = [p for p in books.products if p.kind in "TU"]
    chosen = rng.sample(goods, rng.choice([1, 1, 2, 2, 3, 3, 4, 5, 6, 8]))
    lines = [_goods_line(books, party, basis, product) for product in chosen]
    services = {p.code: p for p in books.products if p.kind == "S"}
    if rng.random() < 0.4:
        product = services["DELIVERY" if party.role == "private" or rng.random() < 0.8 else "DELIVERY-PAL"]
        lines.append(_sale(party, basis, product, 1))
    if rng.random() < 0.06:
        lines.append(
            _unlisted(
                party,
                basis,
                rng.choice(["Seconds, mixed box", "Fitting of shelves", "Chip discount code SPRING"]),
            )
        )
    if rng.random() < 0.12:
        lines.append({"Description": rng.choice(_TEXTS), "Tracking": []})
    return lines


def _goods_line(books: Books, party: Party, basis: str, product: Product) -> Record:
    rng = books.rng
    quantity = rng.randrange(1, 4) if party.role == "private" else rng.choice([2, 4, 6, 6, 12, 12, 24])
    if product.price < 1:
        quantity = 500
    line = _sale(party, basis, product, quantity)
    drawn = rng.random()
    if drawn < 0.16 and party.role != "private":
        line["DiscountRate"] = Decimal(rng.choice(["5.00", "7.50", "10.00", "12.50"]))
    elif drawn < 0.19:
        line["DiscountAmount"] = Decimal(rng.choice(["1.00", "2.50"]))
    if rng.random() < 0.3:
        channel = "Mail order" if party.role == "private" else rng.choice(["Trade", "Shows"])
        line = tracked(
            line, "Export" if party.role == "export" else rng.choice(["North", "South", "Scotland"]), channel
        )
    return line


def _sale(party: Party, basis: str, product: Product, quantity: int) -> Record:
    """A line at list price in the party's currency; two places but for goods priced in fractions of a penny."""
    factor = Decimal({"GBP": "1", "EUR": "1.20", "USD": "1.35"}[party.currency])
    if basis == "Inclusive" and product.tax == "S":
        factor *= Decimal("1.2")
    places = Decimal("0.0001") if product.price < 1 else Decimal("0.01")
    price = (product.price * factor).quantize(places)
    return item_line(
        product, quantity, price, tax=_tax(party, basis, product), account=sales_account(product)
    )


def _unlisted(party: Party, basis: str, text: str) -> Record:
    """A line without an item; one text is a negative amount, as people write a promised discount."""
    price = Decimal("-5.00") if "discount" in text else Decimal("42.00")
    tax = "OUTPUT2" if party.role != "export" else "NONE" if basis == "NoTax" else "ZERORATEDOUTPUT"
    return {
        "Description": text,
        "Quantity": Decimal(1),
        "UnitAmount": price,
        "AccountCode": "200",
        "AccountID": guid("account", "200"),
        "TaxType": tax,
        "Tracking": [],
    }


def _tax(party: Party, basis: str, product: Product) -> str:
    """Exports are zero-rated, documents without tax outside its scope, the rest by the goods (xero-facts 7.2)."""
    if basis == "NoTax":
        return "NONE"
    return "ZERORATEDOUTPUT" if party.role == "export" else SALES_TAX[product.tax]
