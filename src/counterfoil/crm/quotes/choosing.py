"""Prefill lines: which tax, account, price and discount a product takes on a certain quote."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.money import ZERO
from counterfoil.core.quoting import price_in_document
from counterfoil.core.tax import CountryType, country_type
from counterfoil.core.taxchoice import TaxChoice, TaxFacts, TaxRate, tax_choice
from counterfoil.core.totals import LineAmounts
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.finance.models import AnalysisCode, TaxCode, TaxCombination, TransactionType
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.models import Quote, QuoteSettings

_PENNIES = Decimal("0.01")


def sales_rates(company: OperatingCompany) -> dict[str, TaxRate]:
    """The active tax codes that apply to sales, by tax type, with where they are used."""
    places: dict[int, set[str]] = {}
    rows = TaxCombination.objects.of(company).filter(
        applies=True,
        transaction_type=TransactionType.SALES,
        tax_code__is_active=True,
        tax_code__applies_to_revenue=True,
    )
    for code, place in rows.values_list("tax_code_id", "country_type"):
        places.setdefault(code, set()).add(place)
    codes = TaxCode.objects.of(company).filter(is_active=True, applies_to_revenue=True)
    return {
        code.tax_type: TaxRate(code.tax_type, code.name, code.rate, frozenset(places.get(code.pk, ())))
        for code in codes
    }


def accounts_by_code(company: OperatingCompany, codes: Collection[str]) -> dict[str, AnalysisCode]:
    """Analysis codes by code; of several with one code the active one."""
    rows = AnalysisCode.objects.of(company).filter(code__in=set(codes) - {""}).order_by("is_active", "pk")
    return {row.code: row for row in rows}


@dataclass(frozen=True)
class Chooser:
    """What is needed to prefill the lines of one quote, read once and only when it is asked for."""

    quote: Quote
    ledger: SalesLedger
    settings: QuoteSettings
    codes: frozenset[str]
    place: CountryType

    @cached_property
    def rates(self) -> dict[str, TaxRate]:
        return sales_rates(self.quote.operating_company)

    @cached_property
    def accounts(self) -> dict[str, AnalysisCode]:
        return accounts_by_code(self.quote.operating_company, self.codes)

    def analysis(self, product: ProductItem | None) -> str:
        """The product's analysis code, else the customer's, else the organisation's."""
        own = product.sales_analysis if product else ""
        return own or self.ledger.default_analysis or self.settings.default_analysis

    def tax(self, product_tax: str, analysis: str) -> TaxChoice:
        """TX-2 for a line with this product's tax type on this account."""
        if self.quote.line_amount_types == LineAmounts.NO_TAX:
            return TaxChoice("", ZERO, "The quote is without tax.")
        account = self.accounts.get(analysis)
        facts = TaxFacts(
            country_type=self.place,
            home_country=self.quote.operating_company.home_country,
            customer=self.ledger.tax_type,
            product=product_tax,
            account=account.tax_type if account else "",
            account_code=analysis,
            defaults=self.settings.default_tax_types,
        )
        return tax_choice(facts, self.rates)

    def by_hand(self, tax_type: str, who: object) -> TaxChoice:
        """A tax type that somebody chose; raises QuoteRefused when it cannot be sold with."""
        rate = self.rates.get(tax_type)
        if rate is None:
            raise QuoteRefused(f"{tax_type or 'No tax code'} is not active for sales. Nothing was changed.")
        return TaxChoice(tax_type, rate.rate, f"{rate.name} was chosen by {who}.")

    def price(self, product: ProductItem, tax_rate: Decimal) -> Decimal:
        """The product's selling price on this quote; raises QuoteRefused when there is no exchange rate."""
        if product.selling_price is None:
            return ZERO
        if not self.quote.rate:
            raise QuoteRefused(
                f"The price of {product.code} cannot be worked out: {self.quote.rate_problem} "
                "Nothing was added; or add it with a price of your own."
            )
        return price_in_document(
            product.selling_price,
            rate=self.quote.rate,
            tax_rate=tax_rate,
            kind=self.quote.line_amount_types,
        )

    def discount(self) -> Decimal:
        return discount_of(self.ledger)


def discount_of(ledger: SalesLedger) -> Decimal:
    """The customer's overall discount (CU-10), to 2 decimals."""
    rate: Decimal = ledger.discount
    return min(max(rate, ZERO), Decimal(100)).quantize(_PENNIES)


def chooser_for(quote: Quote, settings: QuoteSettings, codes: Collection[str] = ()) -> Chooser:
    """What prefilling needs. `codes` are analysis codes that may come up beside the defaults."""
    company, ledger = quote.operating_company, quote.sales_ledger
    defaults = {ledger.default_analysis, settings.default_analysis, settings.delivery_analysis}
    return Chooser(
        quote=quote,
        ledger=ledger,
        settings=settings,
        codes=frozenset(defaults | set(codes)),
        place=country_type(ledger.country, home_country=company.home_country, vat_number=ledger.vat_number),
    )
