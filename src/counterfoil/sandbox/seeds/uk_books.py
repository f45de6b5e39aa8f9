"""What every document builder of the UK seed shares: the price list, rates of exchange and tax, lines and stamps."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from counterfoil.sandbox.seeds.catalogue import Product
from counterfoil.sandbox.seeds.chart import tracking_link
from counterfoil.sandbox.seeds.identity import guid
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.uk_contacts import Party

SALES_TAX = {"S": "OUTPUT2", "R": "RROUTPUT", "Z": "ZERORATEDOUTPUT"}
PURCHASE_TAX = {"S": "INPUT2", "R": "RRINPUT", "Z": "ZERORATEDINPUT"}
BANK_OF = {"GBP": "090", "EUR": "092", "USD": "093"}
INVENTORY_ACCOUNT = "630"


@dataclass(frozen=True)
class Books:
    """The organisation while its documents are being drawn up. ``rng`` is the only source of chance."""

    rng: random.Random
    today: date
    parties: Sequence[Party]
    products: Sequence[Product]
    rates: dict[str, Decimal]

    def days_ago(self, days: int) -> date:
        """The date so many days before today."""
        return self.today - timedelta(days=days)

    def some_day(self) -> date:
        """A document's date: six of seven in the last 18 months, the rest up to four years back; never today."""
        newest, oldest = (1, 540) if self.rng.random() < 0.86 else (540, 1460)
        return self.days_ago(self.rng.randrange(newest, oldest))

    def stamp(self, on: date) -> datetime:
        """A moment in the working hours of ``on``, in the past even when that is today."""
        day = min(on, self.days_ago(1))
        noon = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        return noon + timedelta(seconds=self.rng.randrange(36_000), milliseconds=self.rng.randrange(1000))

    def having(self, *roles: str, on: date) -> Party:
        """Some party of these roles a document of that date may be drawn on: archived ones stopped 200 days ago."""
        fit = [p for p in self.parties if p.role in roles and (p.active or on < self.days_ago(200))]
        return self.rng.choice(fit)


def exchange_rate(currency: str, on: date) -> Decimal:
    """Units of ``currency`` for one pound on that day (xero-facts 4.5): a smooth invented curve, 6 places."""
    middle, swing = {"GBP": (1.0, 0.0), "EUR": (1.163, 0.021), "USD": (1.294, 0.038)}[currency]
    return Decimal(f"{middle + swing * math.sin(on.toordinal() / 71):.6f}")


def sales_account(product: Product) -> str:
    """Where the price list books a sale."""
    if product.code.startswith("DELIVERY"):
        return "210"
    return "220" if product.kind == "S" else "205" if product.tax == "Z" else "200"


def purchase_account(product: Product) -> str:
    """Where a bill books the product: stock for tracked goods."""
    return {"T": INVENTORY_ACCOUNT, "P": "320"}.get(product.kind, "300")


def item_link(product: Product) -> Record:
    """The ``Item`` object on a line (3.7)."""
    return {"ItemID": guid("item", product.code), "Name": product.name, "Code": product.code}


def item_line(product: Product, quantity: int, price: Decimal, *, tax: str, account: str) -> Record:
    """A line for a product of the price list; identifiers follow when the document is numbered."""
    return {
        "Description": product.text,
        "Quantity": Decimal(quantity),
        "UnitAmount": price,
        "ItemCode": product.code,
        "Item": item_link(product),
        "AccountCode": account,
        "AccountID": guid("account", account),
        "TaxType": tax,
        "Tracking": [],
    }


def tracked(line: Record, region: str, channel: str) -> Record:
    """The line with both tracking categories."""
    return line | {"Tracking": [tracking_link("Region", region), tracking_link("Channel", channel)]}


def with_line_ids(document: Record, kind: str, number: str) -> Record:
    """The document with every line's GUID, derived from the document and the line's place."""
    lines = [
        line | {"LineItemID": guid(f"{kind}-line", f"{number}/{place}")}
        for place, line in enumerate(document["LineItems"])
    ]
    return document | {"LineItems": lines}
