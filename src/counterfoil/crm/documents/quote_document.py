"""What a template may say about a quote: every field, already as text, with the exact figures beside.

This is the whole of what templates see: they get no records. Texts carry no control characters, so
that they may stand in XML; `raw` holds the Decimals that the texts were made from.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells, who buys, or the person there. `address` is `address_lines` under one another."""

    name: str = ""
    address: str = ""
    address_lines: tuple[str, ...] = ()
    vat_number: str = ""
    registration: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class LineFigures:
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """`number` counts the lines with a price. `amount` is what the line's price column adds up: as
    `net`, or with tax where prices include it. An optional line is in no total.
    """

    number: str = ""
    group: str = ""
    is_text: bool = False
    is_optional: bool = False
    code: str = ""
    description: str = ""
    extended_description: str = ""
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    discount: str = ""
    amount: str = ""
    net: str = ""
    tax: str = ""
    gross: str = ""
    tax_rate: str = ""
    tax_name: str = ""
    raw: LineFigures = field(default_factory=LineFigures)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    subtotal: Decimal = Decimal(0)
    optional: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DocumentGroup:
    """Lines under one heading; `heading` and `subtotal` are empty for lines that stand under none."""

    heading: str = ""
    subtotal: str = ""
    optional: str = ""
    lines: tuple[DocumentLine, ...] = ()
    raw: GroupFigures = field(default_factory=GroupFigures)


@dataclass(frozen=True, slots=True)
class TaxFigures:
    rate: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class TaxRow:
    """All that is taxed at one rate."""

    name: str = ""
    rate: str = ""
    net: str = ""
    tax: str = ""
    raw: TaxFigures = field(default_factory=TaxFigures)


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Delivery:
    description: str = ""
    amount: str = ""
    net: str = ""
    tax: str = ""
    gross: str = ""
    tax_name: str = ""
    raw: DeliveryFigures = field(default_factory=DeliveryFigures)


@dataclass(frozen=True, slots=True)
class QuoteFigures:
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    optional: Decimal = Decimal(0)
    date: dt.date | None = None
    valid_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class QuoteDocument:
    """A quote as a customer reads it.

    `lines` are those of all `groups` in order. `optional` is the sum of what is offered but not
    included, empty when nothing is. `prices` says whether prices include tax.
    """

    title: str = ""
    number: str = ""
    version: str = ""
    date: str = ""
    valid_until: str = ""
    reference: str = ""
    currency: str = ""
    prices: str = ""
    language: str = "en"
    colour: str = "#2f6f4f"
    company: Party = field(default_factory=Party)
    customer: Party = field(default_factory=Party)
    contact: Party = field(default_factory=Party)
    owner: Party = field(default_factory=Party)
    groups: tuple[DocumentGroup, ...] = ()
    lines: tuple[DocumentLine, ...] = ()
    has_codes: bool = False
    has_discounts: bool = False
    has_taxes: bool = True
    delivery: Delivery = field(default_factory=Delivery)
    net: str = ""
    tax: str = ""
    total: str = ""
    optional: str = ""
    taxes: tuple[TaxRow, ...] = ()
    notes: str = ""
    terms: str = ""
    payment: str = ""
    raw: QuoteFigures = field(default_factory=QuoteFigures)

    @property
    def file_name(self) -> str:
        """Its name without an ending: Quote-Q-1042-v2."""
        kept = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in self.number)
        version = f"-v{self.version}" if self.version not in ("", "1") else ""
        return f"Quote-{kept}{version}"


def document_json(document: object) -> bytes:
    """A document, made of dataclasses, for another process: Decimals are `{"decimal": "1.20"}`, dates their ISO text."""
    return json.dumps(_plain(document), ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, dt.date):
        return value.isoformat()
    return printable(value) if isinstance(value, str) else value


def printable(text: str) -> str:
    """`text` without what XML cannot hold and what Word's template engine reads as a command."""
    if text.isprintable():
        return text
    return "".join(sign for sign in text.replace("\r\n", "\n").replace("\r", "\n") if _fits(sign))


def _fits(sign: str) -> bool:
    # Controls but for line break and tab, lone surrogates, and the two that are no characters at all.
    return sign in "\n\t" or (sign >= " " and not "\x7f" <= sign <= "\x9f" and not _is_odd(sign))


def _is_odd(sign: str) -> bool:
    return "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff"
