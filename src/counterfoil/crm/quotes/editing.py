"""Make a quote and change its head: customer, currency, dates, words, delivery."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from counterfoil.accounts.models import Membership, User
from counterfoil.core.lifecycle import Act
from counterfoil.core.mapping.text import clean
from counterfoil.core.money import RATE_PLACES, to_four
from counterfoil.core.quoting import due_on
from counterfoil.crm.customers.models import Contact, SalesLedger
from counterfoil.crm.finance.errors import RateMissing
from counterfoil.crm.finance.rates import rate_on
from counterfoil.crm.quotes.choosing import chooser_for
from counterfoil.crm.quotes.delivery import delivery_choose
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.figuring import amounts_check, quote_locked, quote_settle
from counterfoil.crm.quotes.models import LineAmountTypes, LineKind, Quote, QuoteLine, QuoteSettings
from counterfoil.crm.quotes.numbers import QUOTES, number_take
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit
from counterfoil.database import bulk

PREFIX: Final = "Q-"
BY_HAND: Final = "set by hand on the quote"
# What may still change once a version was sent: nothing that the customer was offered (core.lifecycle).
DETAILS: Final = frozenset(
    {"contact", "owner", "customer_reference", "date", "valid_until", "due_date", "internal_notes", "title"}
)
_LIMITS: Final = {"title": 200, "customer_reference": 255, "notes": 20_000, "internal_notes": 20_000}
_LABELS: Final = {"sales_ledger": "customer", "line_amount_types": "tax basis", "valid_until": "validity"}


class QuoteChanges(TypedDict, total=False):
    """What may be changed of a quote's head. `rate` sets the exchange rate by hand."""

    sales_ledger: SalesLedger
    contact: Contact | None
    owner: User | None
    title: str
    currency: str
    rate: Decimal
    line_amount_types: str
    customer_reference: str
    date: dt.date
    valid_until: dt.date | None
    due_date: dt.date | None
    notes: str
    internal_notes: str


def quote_create(
    ledger: SalesLedger, *, actor: User, at: dt.datetime, on: dt.date, **given: Unpack[QuoteChanges]
) -> Quote:
    """A new draft for a customer, dated `on` (today where the organisation is), with all that is known of them.

    Customers on stop can be quoted; confirming is what the stop forbids (CU-11).
    """
    company = ledger.operating_company
    with transaction.atomic():
        settings = quote_settings_of(company)
        quote = Quote(
            operating_company=company,
            number=number_take(company, QUOTES, prefix=PREFIX),
            sales_ledger=ledger,
            owner=actor,
            stage_since=at,
            currency=ledger.currency or company.home_currency,
            line_amount_types=settings.line_amount_types,
            date=on,
            valid_until=on + dt.timedelta(days=settings.valid_days),
            due_date=due_on(on, ledger.payment_terms, days=settings.terms_days),
            delivery_mode=settings.delivery_mode,
            created_at=at,
            updated_at=at,
        )
        given.pop("sales_ledger", None)
        _apply(quote, _checked(quote, given))
        if "rate" not in given:
            _rate_find(quote)
        delivery_choose(quote, chooser_for(quote, settings, [_delivery_account(settings)]))
        quote.save()
        quote_settle(quote, settings, at=at)
        summary = f"{quote.number} was made for {ledger.name}."
        quote_audit(quote, "quote.created", summary, actor=actor, at=at)
    return quote


def quote_edit(
    quote: Quote,
    *,
    actor: User,
    at: dt.datetime,
    expected_version: int | None = None,
    **given: Unpack[QuoteChanges],
) -> Quote:
    """Change what is given. Another currency converts the prices; another customer chooses taxes anew.

    Once sent, only what the customer was not offered may change; the rest needs `quote_revise`.
    """
    act = Act.NOTE if given.keys() <= DETAILS else Act.EDIT
    with transaction.atomic():
        quote_locked(quote, act, expected_version=expected_version)
        wanted = _checked(quote, given)
        before = {
            name: getattr(quote, name) for name, value in wanted.items() if getattr(quote, name) != value
        }
        if not before:
            return quote
        changed = {name: wanted[name] for name in before}
        rate_before = quote.rate
        _apply(quote, changed)
        if "rate" not in changed and changed.keys() & {"currency", "date"}:
            _rate_find(quote)
        settings = quote_settings_of(quote.operating_company)
        _follow(quote, settings, changed, rate_before)
        quote_settle(quote, settings, at=at, fields=_HEAD)
        names = ", ".join(_LABELS.get(name, name.replace("_", " ")) for name in changed)
        detail = {name: [before[name], changed[name]] for name in changed}
        summary = f"{quote.number}: {names} changed."
        quote_audit(quote, "quote.edited", summary, actor=actor, at=at, detail=detail)
    return quote


# The head as one set of columns: an edit writes them all, which costs no more than choosing among them.
_HEAD: Final = (
    *(set(QuoteChanges.__annotations__)),
    "rate_on",
    "rate_source",
    "rate_problem",
    "delivery_product",
    "delivery_code",
    "delivery_description",
    "delivery_tax_type",
    "delivery_tax_rate",
    "delivery_tax_why",
    "delivery_analysis",
)


def _apply(quote: Quote, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(quote, name, value)
    if "rate" in changed:
        quote.rate_on, quote.rate_source, quote.rate_problem = quote.date, BY_HAND, ""


def _rate_find(quote: Quote) -> None:
    """The rate of the quote's date; without one the quote says so and has none (TX-3)."""
    try:
        rate = rate_on(quote.operating_company, quote.currency, quote.date)
    except RateMissing as missing:
        quote.rate = quote.rate_on = None
        quote.rate_source = ""
        home = quote.operating_company.home_currency
        quote.rate_problem = (
            f"There is no exchange rate from {home} to {missing.currency} for {missing.on:%d %B %Y}. "
            "Refresh the reference rates, or set a rate by hand."
        )
        return
    quote.rate, quote.rate_on, quote.rate_source, quote.rate_problem = rate.value, rate.on, rate.source, ""


def _follow(
    quote: Quote, settings: QuoteSettings, changed: dict[str, Any], rate_before: Decimal | None
) -> None:
    """What hangs on the head follows it: prices the currency, taxes the customer and the tax basis."""
    if "currency" in changed:
        _prices_convert(quote, rate_before)
    if changed.keys() & {"sales_ledger", "line_amount_types"}:
        taxes_choose(quote, settings)


def taxes_choose(quote: Quote, settings: QuoteSettings) -> None:
    """Choose the taxes of all lines anew, but for those that somebody chose by hand; nothing is added up."""
    lines = list(QuoteLine.objects.filter(quote=quote, kind=LineKind.ITEM).select_related("product"))
    chooser = chooser_for(quote, settings, {line.analysis for line in lines} | {_delivery_account(settings)})
    rows = []
    for line in lines:
        if not line.tax_by_hand:
            product_tax = line.product.vat_code if line.product else ""
            rows.append((line.pk, *chooser.tax(product_tax, line.analysis)))
    bulk.update(QuoteLine, "id", ("tax_type", "tax_rate", "tax_why"), rows)
    delivery_choose(quote, chooser)


def _prices_convert(quote: Quote, rate_before: Decimal | None) -> None:
    if not rate_before or not quote.rate:
        return  # amounts stay as they are, and the missing rate keeps the order from being confirmed
    lines = QuoteLine.objects.filter(quote=quote).exclude(unit_price=None).values_list("pk", "unit_price")
    converted = [(key, to_four(price * quote.rate / rate_before)) for key, price in lines]
    quote.delivery_charge = to_four(quote.delivery_charge * quote.rate / rate_before)
    amounts_check(quote.delivery_charge, *(price for _, price in converted))
    bulk.update(QuoteLine, "id", ("unit_price",), converted)


def _delivery_account(settings: QuoteSettings) -> str:
    product = settings.delivery_product
    return product.sales_analysis if product else settings.delivery_analysis


def _checked(quote: Quote, given: QuoteChanges) -> dict[str, Any]:
    """The given values, cleaned; raises QuoteRefused for one that cannot be."""
    wanted: dict[str, Any] = dict(given)
    for name, limit in _LIMITS.items():
        if name in wanted:
            wanted[name] = clean(wanted[name])
            if len(wanted[name]) > limit:
                label = name.replace("_", " ")
                raise QuoteRefused(f"The {label} has at most {limit:,} characters. Nothing was changed.")
    if "currency" in wanted:
        wanted["currency"] = _currency(wanted["currency"])
    if wanted.get("line_amount_types", LineAmountTypes.EXCLUSIVE) not in LineAmountTypes.values:
        raise QuoteRefused("Prices are tax exclusive, tax inclusive or without tax. Nothing was changed.")
    if "rate" in wanted:
        wanted["rate"] = _rate(quote, wanted.get("currency", quote.currency), wanted["rate"])
    if wanted.get("date", quote.date) is None:
        raise QuoteRefused("A quote needs a date. Nothing was changed.")
    _check_people(quote, wanted)
    return wanted


def _currency(text: str) -> str:
    code = clean(text).upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise QuoteRefused(f"{text!r} is no currency code. Nothing was changed.")
    return code


def _rate(quote: Quote, currency: str, rate: Decimal) -> Decimal:
    if currency == quote.operating_company.home_currency:
        return Decimal(1)
    if not rate.is_finite() or not Decimal(1).scaleb(-RATE_PLACES) <= rate < Decimal(10) ** 8:
        raise QuoteRefused(f"{rate} is no exchange rate. Nothing was changed; enter a number above 0.")
    return rate.quantize(Decimal(1).scaleb(-RATE_PLACES))


def _check_people(quote: Quote, wanted: dict[str, Any]) -> None:
    company = quote.operating_company_id
    for name in ("sales_ledger", "contact"):
        record = wanted.get(name)
        if record is not None and record.operating_company_id != company:
            raise QuoteRefused(f"{record} belongs to another operating company. Nothing was changed.")
    owner = wanted.get("owner")
    if owner is not None and not Membership.objects.filter(user=owner, operating_company=company).exists():
        raise QuoteRefused(f"{owner} does not work in this operating company. Nothing was changed.")
