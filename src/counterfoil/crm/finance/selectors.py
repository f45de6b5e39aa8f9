"""Currencies with their rates, tax codes with their combinations, analysis codes: for screens and rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.finance.models import (
    AnalysisCode,
    BrandingTheme,
    Currency,
    HandRate,
    RatesState,
    TaxCode,
    TaxCombination,
)
from counterfoil.crm.finance.rates import Rate, rates_on, rates_state

# Accounts that no sales or purchase line may use (xero-facts 4.10).
_NOT_FOR_LINES = ("DEBTORS", "CREDITORS")
_INCOME_TYPES = ("REVENUE", "SALES", "OTHERINCOME")


@dataclass(frozen=True)
class CurrencyLine:
    """A currency as lists show it; without a rate, documents in it are refused (TX-3)."""

    currency: Currency
    rate: Rate | None


def currencies_with_rates(company: OperatingCompany, on: dt.date) -> list[CurrencyLine]:
    """All currencies, the home currency first, each with the rate of day `on`."""
    currencies = sorted(Currency.objects.of(company), key=lambda c: (not c.is_home, c.code))
    rates = rates_on(company, [c.code for c in currencies], on)
    return [CurrencyLine(currency, rates.get(currency.code)) for currency in currencies]


def currency_counts(company: OperatingCompany) -> tuple[int, int]:
    """How many currencies were added by hand, and how many the books brought."""
    rows = Currency.objects.of(company)
    by_hand: int = rows.filter(by_hand=True).count()
    return by_hand, rows.count() - by_hand


def hand_rates(company: OperatingCompany, currency: str) -> QuerySet[HandRate]:
    """The rates set by hand for a currency, newest first."""
    rates: QuerySet[HandRate] = HandRate.objects.of(company).filter(currency=currency).order_by("-on")
    return rates


def rates_health() -> RatesState:
    return rates_state()


def tax_codes(company: OperatingCompany, *, active_only: bool = True) -> QuerySet[TaxCode]:
    """Tax codes, each with `combinations` in a fixed order, in two queries."""
    order = TaxCombination.objects.order_by("country_type", "transaction_type")
    codes: QuerySet[TaxCode] = TaxCode.objects.of(company).prefetch_related(Prefetch("combinations", order))
    return codes.filter(is_active=True) if active_only else codes


def tax_combination(company: OperatingCompany, key: int) -> TaxCombination | None:
    """One combination of this operating company, to be corrected."""
    found: TaxCombination | None = (
        TaxCombination.objects.of(company).select_related("tax_code").filter(pk=key).first()
    )
    return found


def tax_codes_for(company: OperatingCompany, country_type: str, transaction_type: str) -> QuerySet[TaxCode]:
    """The active tax codes in use for a kind of customer or supplier (TX-1)."""
    codes: QuerySet[TaxCode] = TaxCode.objects.of(company).filter(
        is_active=True,
        combinations__country_type=country_type,
        combinations__transaction_type=transaction_type,
        combinations__applies=True,
    )
    return codes


def analysis_codes(company: OperatingCompany, *, active_only: bool = True) -> QuerySet[AnalysisCode]:
    """Analysis codes that have a code; bank accounts may have none (xero-facts 4.10)."""
    codes: QuerySet[AnalysisCode] = AnalysisCode.objects.of(company).exclude(code="")
    return codes.filter(is_active=True) if active_only else codes


def sales_analysis_codes(company: OperatingCompany) -> QuerySet[AnalysisCode]:
    """The accounts a sales line may be put to."""
    return (
        analysis_codes(company)
        .filter(account_type__in=_INCOME_TYPES)
        .exclude(system_account__in=_NOT_FOR_LINES)
    )


def purchase_analysis_codes(company: OperatingCompany) -> QuerySet[AnalysisCode]:
    """The accounts a purchase line may be put to."""
    return (
        analysis_codes(company)
        .filter(account_class__in=("EXPENSE", "ASSET"))
        .exclude(account_type="BANK")
        .exclude(system_account__in=_NOT_FOR_LINES)
    )


def branding_themes(company: OperatingCompany) -> QuerySet[BrandingTheme]:
    themes: QuerySet[BrandingTheme] = BrandingTheme.objects.of(company)
    return themes
