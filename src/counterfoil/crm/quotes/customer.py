"""Give a quote to another customer, and say what became otherwise by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.core.lifecycle import Act
from counterfoil.core.quoting import due_on
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.quotes.choosing import discount_of
from counterfoil.crm.quotes.editing import QuoteChanges, quote_edit
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.facts import tax_codes_by_type
from counterfoil.crm.quotes.figuring import lines_of, quote_locked
from counterfoil.crm.quotes.models import LineKind, Quote, QuoteLine
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit


class _Terms(NamedTuple):
    """What a customer decides of a quote."""

    currency: str
    rate: Decimal | None
    total: Decimal
    due_date: dt.date | None
    taxes: tuple[str, ...]


def quote_give(quote: Quote, ledger: SalesLedger, *, actor: User, at: dt.datetime) -> list[str]:
    """Make it a quote for `ledger`: currency, rate, taxes, discount and due date are chosen anew.

    Returns a sentence for each of them that changed. What somebody chose by hand stays: taxes of lines, and
    discounts other than the former customer's. Prices follow the currency.
    """
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        if quote.order_revision:
            raise QuoteRefused(
                f"{quote.number} has an invoice for {quote.sales_ledger.name}. Nothing was changed; copy it instead."
            )
        former, before, contact = quote.sales_ledger, _terms_of(quote), quote.contact
        discounted = _discounts_follow(quote, former, ledger)
        days = quote_settings_of(quote.operating_company).terms_days
        given: QuoteChanges = {
            "sales_ledger": ledger,
            "currency": ledger.currency or quote.operating_company.home_currency,
            "due_date": due_on(quote.date, ledger.payment_terms, days=days),
        }
        if contact is not None and contact.division_id != ledger.division_id:
            given["contact"] = None
        quote_edit(quote, actor=actor, at=at, **given)
        said = _differences(quote, before, _terms_of(quote))
        if discounted:
            said.append(f"Discount: {discount_of(ledger).normalize():f} % on {_counted(discounted)}.")
        if contact is not None and quote.contact is None:
            said.append(f"{contact.first_name} {contact.last_name} is no longer its contact.")
        summary = (
            f"{quote.number} is for {ledger.name} now; it was for {former.name}. {' '.join(said)}".strip()
        )
        quote_audit(quote, "quote.given", summary, actor=actor, at=at)
    return said


def _terms_of(quote: Quote) -> _Terms:
    lines = lines_of(quote) if quote.lines_settled is None else quote.lines_settled
    taxes = tuple(line.tax_type for line in lines if line.kind == LineKind.ITEM)
    return _Terms(quote.currency, quote.rate, quote.total, quote.due_date, taxes)


def _discounts_follow(quote: Quote, former: SalesLedger, ledger: SalesLedger) -> int:
    """Lines with the former customer's discount get this customer's; how many did."""
    was, now = discount_of(former), discount_of(ledger)
    if was == now:
        return 0
    return QuoteLine.objects.filter(quote=quote, kind=LineKind.ITEM, discount_rate=was).update(
        discount_rate=now
    )


def _differences(quote: Quote, before: _Terms, after: _Terms) -> list[str]:
    found = []
    if before.currency != after.currency:
        rate = f" at {after.rate.normalize():f} ({quote.rate_source})" if after.rate else ""
        prices = "; prices were converted" if before.rate and after.rate else "; prices stay as they are"
        found.append(f"Currency: {after.currency} instead of {before.currency}{rate}{prices}.")
        if quote.rate_problem:
            found.append(quote.rate_problem)
    found += _taxes_said(quote, before.taxes, after.taxes)
    if before.due_date != after.due_date and after.due_date:
        found.append(f"Due date: {after.due_date:%d %B %Y}.")
    if (before.total, before.currency) != (after.total, after.currency):
        found.append(
            f"Total: {after.total:,.2f} {after.currency} instead of {before.total:,.2f} {before.currency}."
        )
    return found


def _taxes_said(quote: Quote, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """One sentence per kind of change, by the names of the rates."""
    names = tax_codes_by_type(quote.operating_company, {*before, *after})
    pairs = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]

    def called(tax_type: str) -> str:
        return names[tax_type].name if tax_type in names else tax_type or "no tax code"

    return [
        f"Tax: {called(now)} instead of {called(was)} on {_counted(pairs.count((was, now)))}."
        for was, now in dict.fromkeys(pairs)
    ]


def _counted(lines: int) -> str:
    return f"{lines:,} {'line' if lines == 1 else 'lines'}"
