"""Collect what the checks before confirming look at (PU-6): a handful of queries, no calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.lifecycle import Stage
from counterfoil.core.money import ZERO
from counterfoil.core.preflight import (
    AccountFacts,
    BooksFacts,
    LedgerFacts,
    LineFacts,
    OrderFacts,
    ProductFacts,
    TaxCodeFacts,
)
from counterfoil.crm.customers.models import CreditRule, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode, Currency, TaxCode
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.choosing import accounts_by_code
from counterfoil.crm.quotes.content import order_lines
from counterfoil.crm.quotes.models import Quote, QuoteLine, QuoteSettings
from counterfoil.crm.sales.models import DocumentState

_USES = ("revenue", "expenses", "assets", "liabilities", "equity")


def order_facts(
    quote: Quote,
    lines: Sequence[QuoteLine],
    settings: QuoteSettings,
    books: BooksFacts,
    *,
    taxes: Mapping[str, TaxCode] | None = None,
) -> OrderFacts:
    """What `core.preflight` wants to know of an order; `lines` come with their products."""
    company = quote.operating_company
    return OrderFacts(
        quote_id=quote.pk,
        ledger=_ledger(quote),
        lines=_lines(quote, lines, settings, taxes),
        currency=quote.currency,
        home_currency=company.home_currency,
        currencies=_currencies(quote),
        rate=quote.rate,
        rate_problem=quote.rate_problem,
        line_amount_types=quote.line_amount_types,
        date=quote.date,
        due_date=quote.due_date,
        reference=quote.customer_reference,
        total=quote.total,
        home_total=quote.home_total,
        require_reference=settings.require_reference,
        require_address=settings.require_address,
        books=books,
    )


def _currencies(quote: Quote) -> frozenset[str]:
    """Those that are enabled; nobody has to ask about the home currency."""
    company = quote.operating_company
    if quote.currency == company.home_currency:
        return frozenset({quote.currency})
    return frozenset(Currency.objects.of(company).values_list("code", flat=True))


def _ledger(quote: Quote) -> LedgerFacts:
    ledger = quote.sales_ledger
    has_limit = ledger.credit_limit is not None and ledger.credit_rule != CreditRule.NONE
    return LedgerFacts(
        id=ledger.pk,
        name=ledger.name,
        in_books=ledger.ledger_id is not None,
        on_stop=ledger.on_stop,
        stop_reason=ledger.stop_reason,
        is_archived=ledger.is_archived,
        gdpr_request=ledger.gdpr_request,
        has_company=ledger.division_id is not None,
        has_address=bool(ledger.address_line1 or ledger.postcode or ledger.address_line5),
        requires_reference=ledger.requires_reference,
        credit_rule=ledger.credit_rule,
        credit_limit=ledger.credit_limit,
        owed=ledger.balance_outstanding,
        ordered=ordered_but_not_owed(ledger, but=quote) if has_limit else ZERO,
    )


def ordered_but_not_owed(ledger: SalesLedger, *, but: Quote | None = None) -> Decimal:
    """Orders of a customer that no approved invoice has put into the balance yet, in home currency."""
    rows = Quote.objects.filter(sales_ledger=ledger)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    waiting = Q(stage__in=[Stage.WAITING, Stage.CONFIRMED])
    pending = Q(stage=Stage.INVOICED, document__state=DocumentState.PENDING)
    found: Decimal | None = rows.filter(waiting | pending).aggregate(sum=Sum("home_total"))["sum"]
    return found or ZERO


def credit_used(ledger: SalesLedger) -> Decimal | None:
    """What is owed and what is ordered, as the check before an order counts it; None without a limit."""
    if ledger.credit_limit is None:
        return None
    used: Decimal = ledger.balance_outstanding + ordered_but_not_owed(ledger)
    return used


def _lines(
    quote: Quote,
    lines: Sequence[QuoteLine],
    settings: QuoteSettings,
    known: Mapping[str, TaxCode] | None,
) -> list[LineFacts]:
    """The lines as they would be sent, so that what is checked is what goes."""
    company = quote.operating_company
    products = {line.product_id: line.product for line in lines if line.product}
    if quote.delivery_product:
        products[quote.delivery_product.pk] = quote.delivery_product
    sent = order_lines(quote, lines, combine=settings.combine_descriptions)
    accounts = accounts_by_code(company, {line.get("analysis", "") for line in sent})
    if known is None:
        known = tax_codes_by_type(company, {line.get("tax_type", "") for line in sent})
    taxes = {key: _tax(code) for key, code in known.items()}
    return [_line(line, products, accounts, taxes) for line in sent]


def _line(
    line: dict[str, Any],
    products: dict[int | None, ProductItem],
    accounts: dict[str, AnalysisCode],
    taxes: dict[str, TaxCodeFacts],
) -> LineFacts:
    kind = line["kind"]
    place, key, words = line["place"], line["line"], line["description"]
    if kind not in {"item", "delivery"}:
        return LineFacts(id=key, place=place, description=words, is_text=True)
    product, account = products.get(line["product"]), accounts.get(line["analysis"])
    return LineFacts(
        id=key,
        place=place,
        description=words,
        is_delivery=kind == "delivery",
        product=_product(product) if product else None,
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount=Decimal(line["amount"]),
        analysis=line["analysis"],
        account=_account(account) if account else None,
        tax_type=line["tax_type"],
        tax=taxes.get(line["tax_type"]),
    )


def _product(product: ProductItem) -> ProductFacts:
    return ProductFacts(
        id=product.pk,
        code=product.code,
        name=product.description,
        in_books=product.external_id is not None,
        is_obsolete=product.is_obsolete,
        is_withdrawn=product.is_withdrawn,
    )


def _account(account: AnalysisCode) -> AccountFacts:
    return AccountFacts(
        code=account.code,
        is_active=account.is_active,
        account_type=account.account_type,
        account_class=account.account_class,
        system_account=account.system_account,
    )


def tax_codes_by_type(company: OperatingCompany | int, wanted: Collection[str]) -> dict[str, TaxCode]:
    """Tax codes by tax type, those no longer active among them."""
    rows = TaxCode.objects.of(company).filter(tax_type__in=set(wanted) - {""})
    return {row.tax_type: row for row in rows}


def _tax(code: TaxCode) -> TaxCodeFacts:
    return TaxCodeFacts(
        tax_type=code.tax_type,
        is_active=code.is_active,
        uses=frozenset(use for use in _USES if getattr(code, f"applies_to_{use}")),
    )
