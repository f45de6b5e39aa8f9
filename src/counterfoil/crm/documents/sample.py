"""Two quotes to try a template on: one that has everything a quote can have, one that has next to nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from counterfoil.core.totals import LineAmounts, line_amount, line_amounts, line_tax
from counterfoil.crm.documents.composing import Composer, LineFacts, party
from counterfoil.crm.documents.quote_document import (
    DeliveryFigures,
    LineFigures,
    QuoteDocument,
    QuoteFigures,
)
from counterfoil.crm.documents.wording import Wording

_RATE = Decimal(20)


def sample_documents() -> list[QuoteDocument]:
    return [sample_full(), sample_bare()]


def sample_full() -> QuoteDocument:
    """Groups, optional lines, text lines, discounts, two tax rates, delivery, terms."""
    composer = Composer(Wording("en_GB", "GBP"), LineAmounts.EXCLUSIVE)
    lines = composer.lines(_LINES)
    included = [line for line in lines if not line.is_optional]
    delivery = DeliveryFigures(Decimal("24.50"), Decimal("4.90"), Decimal("29.40"))
    net = sum((line.raw.net for line in included), delivery.net)
    tax = sum((line.raw.tax for line in included), delivery.tax)
    optional = composer.sum_of(line for line in lines if line.is_optional)
    write = composer.wording
    return QuoteDocument(
        title="Office refit, second floor",
        number="Q-1042",
        version="2",
        date=write.day(dt.date(2026, 11, 20)),
        valid_until=write.day(dt.date(2026, 12, 20)),
        reference="PO 88-1207",
        currency="GBP",
        prices="Prices are without tax.",
        company=_COMPANY,
        customer=_CUSTOMER,
        contact=party("Amelia Hart", (), email="amelia.hart@example.com", phone="+44 20 7946 0991"),
        owner=party("Sam Okafor", (), email="sam.okafor@example.com"),
        groups=composer.groups(lines),
        lines=tuple(lines),
        has_codes=True,
        has_discounts=True,
        has_taxes=True,
        delivery=composer.delivery("Delivery and assembly on site", delivery, "20% (VAT on Income)"),
        net=write.money(net),
        tax=write.money(tax),
        total=write.money(net + tax),
        optional=write.money(optional),
        taxes=composer.taxes(
            [
                (line.tax_name, line.raw.tax_rate, line.raw.net, line.raw.tax)
                for line in included
                if line.number
            ]
            + [("20% (VAT on Income)", _RATE, delivery.net, delivery.tax)]
        ),
        notes="We can start in the first week of January. Work outside office hours is included.",
        terms=_TERMS,
        payment="Payment is due on 20 December 2026.",
        raw=QuoteFigures(net, tax, net + tax, optional, dt.date(2026, 11, 20), dt.date(2026, 12, 20)),
    )


def sample_bare() -> QuoteDocument:
    """A draft that nobody has filled in yet."""
    return QuoteDocument(
        number="Q-1", version="1", currency="GBP", net="£0.00", tax="£0.00", total="£0.00", has_taxes=False
    )


def _facts(group: str, code: str, words: str, quantity: str, price: str, **more: str | bool) -> LineFacts:
    rate, discount = Decimal(str(more.get("rate", "20"))), Decimal(str(more.get("discount", "0")))
    count, each = Decimal(quantity), Decimal(price)
    amount = line_amount(count, each, discount_rate=discount)
    net, tax, gross = line_amounts(
        amount, line_tax(amount, rate, kind=LineAmounts.EXCLUSIVE), kind=LineAmounts.EXCLUSIVE
    )
    return LineFacts(
        group=group,
        is_optional=bool(more.get("optional")),
        code=code,
        description=words,
        extended_description=str(more.get("extended", "")),
        unit=str(more.get("unit", "")),
        tax_name="20% (VAT on Income)" if rate else "Zero rated income",
        figures=LineFigures(count, each, discount, net, tax, gross, rate),
    )


_FURNITURE, _WORK = "Furniture", "Work on site"
_LINES = (
    LineFacts(group=_FURNITURE, is_text=True, description="All desks in light oak, frames in warm grey."),
    _facts(
        _FURNITURE,
        "DESK-160",
        "Sit-stand desk, 160 × 80 cm",
        "12",
        "489.00",
        discount="7.5",
        unit="pcs",
        extended="Electric, two motors, height 62–127 cm, four memory positions.\nFive years' guarantee on frame and motors.",
    ),
    _facts(_FURNITURE, "CHAIR-ERG", "Task chair “Ergo”, mesh back", "12", "268.4375", unit="pcs"),
    _facts(
        _FURNITURE,
        "ARM-2",
        "Monitor arm for two screens",
        "12",
        "74.90",
        unit="pcs",
        optional=True,
        extended="Gas spring, up to 9 kg a screen.",
    ),
    _facts(_WORK, "FIT-H", "Fitting, two people", "16", "62.00", unit="h"),
    _facts(_WORK, "REMOVE", "Removal and recycling of old furniture", "1", "350.00"),
    _facts(_WORK, "GUIDE", "Handbook “Working well at a desk”", "12", "4.20", unit="pcs", rate="0"),
)
_COMPANY = party(
    "Northwind Interiors Ltd",
    ("Unit 4, Tannery Yard", "18 Bermondsey Street", "London SE1 3TG", "United Kingdom"),
    vat_number="GB 123 4567 82",
    registration="Registered in England, No. 01234567",
    email="hello@northwind.example",
    phone="+44 20 7946 0123",
    website="northwind.example",
)
_CUSTOMER = party(
    "Hart & Bell Architects LLP",
    ("The Old Pumphouse", "27 Wharf Road", "Bristol BS1 6TH", "United Kingdom"),
    vat_number="GB 987 6543 21",
    code="HART01",
)
_TERMS = (
    "Delivery within six weeks of your order. Goods remain our property until paid in full.\n"
    "Our general terms of sale apply; we send them on request."
)
