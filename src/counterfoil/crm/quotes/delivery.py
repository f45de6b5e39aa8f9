"""The delivery charge of a quote: by hand, by order value, or none (PU-5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.core.lifecycle import Act
from counterfoil.core.mapping.text import clean
from counterfoil.core.money import ZERO, to_penny
from counterfoil.core.taxchoice import TaxChoice
from counterfoil.crm.quotes.choosing import Chooser, chooser_for
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.figuring import quote_locked, quote_settle
from counterfoil.crm.quotes.models import DeliveryMode, Quote
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit

_COLUMNS = (
    "delivery_mode",
    "delivery_product",
    "delivery_code",
    "delivery_description",
    "delivery_tax_type",
    "delivery_tax_rate",
    "delivery_tax_why",
    "delivery_analysis",
)


def delivery_set(
    quote: Quote,
    mode: str,
    *,
    actor: User,
    at: dt.datetime,
    charge: Decimal | None = None,
    tax_type: str = "",
    analysis: str = "",
    description: str = "",
    expected_version: int | None = None,
) -> Quote:
    """Choose how delivery is charged. `charge` (as the quote's prices are) counts by hand only.

    Tax, account and words are the delivery product's or the settings' unless given here.
    """
    if mode not in DeliveryMode.values:
        raise QuoteRefused(f"{mode!r} is no way to charge delivery. Nothing was changed.")
    if mode == DeliveryMode.MANUAL and (charge is None or not charge.is_finite() or not 0 <= charge < 10**10):
        raise QuoteRefused("Enter what delivery costs, 0 or more. Nothing was changed.")
    with transaction.atomic():
        quote_locked(quote, Act.EDIT, expected_version=expected_version)
        settings = quote_settings_of(quote.operating_company)
        product = settings.delivery_product
        chooser = chooser_for(quote, settings, [analysis, product.sales_analysis if product else ""])
        before = quote.delivery_charge
        quote.delivery_mode = mode
        quote.delivery_charge = to_penny(charge) if mode == DeliveryMode.MANUAL and charge else ZERO
        by_hand = chooser.by_hand(tax_type, actor) if tax_type else None
        delivery_choose(quote, chooser, analysis=analysis, description=clean(description), by_hand=by_hand)
        quote_settle(quote, settings, at=at, fields=_COLUMNS)
        summary = (
            f"{quote.number}: delivery is {DeliveryMode(mode).label.lower()}, {quote.delivery_charge:.2f}."
        )
        detail = {"delivery_charge": [before, quote.delivery_charge]}
        quote_audit(quote, "quote.delivery", summary, actor=actor, at=at, detail=detail)
    return quote


def delivery_choose(
    quote: Quote,
    chooser: Chooser,
    *,
    analysis: str = "",
    description: str = "",
    by_hand: TaxChoice | None = None,
) -> None:
    """Fill in account, tax and words of the delivery line; nothing is saved."""
    settings = chooser.settings
    product = settings.delivery_product
    quote.delivery_product = product
    quote.delivery_code = product.code if product else ""
    words = (product.description or product.code) if product else settings.delivery_description
    quote.delivery_description = description or words
    own_account = product.sales_analysis if product else settings.delivery_analysis
    quote.delivery_analysis = analysis or own_account or settings.default_analysis
    own_tax = product.vat_code if product else settings.delivery_tax_type
    choice = by_hand or chooser.tax(own_tax, quote.delivery_analysis)
    quote.delivery_tax_type, quote.delivery_tax_rate, quote.delivery_tax_why = choice
