"""Tax codes, currencies, analysis codes and branding themes: from the books, and by hand.

They are few, so they are compared row by row and only differences are written. An `..._apply` may be
given any part of the list; what the whole list no longer holds is said to `..._withdraw_missing`,
which does not believe an empty list: an organisation without any of these cannot be.
Rates of currencies are in `rates`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.finance import (
    AccountValues,
    BrandingThemeValues,
    CurrencyValues,
    TaxCodeValues,
)
from counterfoil.core.tax import CountryType, TransactionType, combinations
from counterfoil.crm.finance.errors import FinanceRefused
from counterfoil.crm.finance.hand import currency_add, currency_rate_remove, currency_rate_set
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode, TaxCombination
from counterfoil.crm.finance.whole import whole_apply

__all__ = [
    "analysis_codes_apply",
    "analysis_codes_withdraw_missing",
    "branding_themes_apply",
    "branding_themes_withdraw_missing",
    "currencies_apply",
    "currencies_withdraw_missing",
    "currency_add",
    "currency_rate_remove",
    "currency_rate_set",
    "tax_codes_apply",
    "tax_codes_withdraw_missing",
    "tax_combination_correct",
]

GONE = "GONE"  # our own word for a tax rate or account that the books no longer list


def tax_codes_apply(
    company: OperatingCompany, values: Iterable[TaxCodeValues], *, at: dt.datetime
) -> Applied:
    """Bring in tax rates with their combinations (TX-1)."""
    codes = {value.external_id: value for value in values}
    applied, rows = whole_apply(
        TaxCode, company, "tax_type", {key: _tax_code_fields(value) for key, value in codes.items()}
    )
    _combinations_apply(company, {rows[key]: value for key, value in codes.items()})
    return applied


def tax_codes_withdraw_missing(
    company: OperatingCompany, present: Collection[str], *, at: dt.datetime
) -> int:
    """Tax codes whose TaxType is not among `present` become inactive and stay for history."""
    if not present:
        return 0
    gone = TaxCode.objects.of(company).exclude(tax_type__in=present).exclude(status=GONE)
    count: int = gone.update(is_active=False, status=GONE)
    return count


def _tax_code_fields(value: TaxCodeValues) -> dict[str, Any]:
    components = [
        {
            "name": part.name,
            "rate": str(part.rate.normalize()),
            "is_compound": part.is_compound,
            "is_non_recoverable": part.is_non_recoverable,
        }
        for part in value.components
    ]
    return {
        "name": value.name,
        "rate": value.rate,
        "display_rate": value.display_rate,
        "report_tax_type": value.report_tax_type,
        "status": value.status,
        "is_active": value.is_active,
        "components": components,
        "applies_to_assets": value.applies_to_assets,
        "applies_to_equity": value.applies_to_equity,
        "applies_to_expenses": value.applies_to_expenses,
        "applies_to_liabilities": value.applies_to_liabilities,
        "applies_to_revenue": value.applies_to_revenue,
    }


def _combinations_apply(company: OperatingCompany, codes: dict[TaxCode, TaxCodeValues]) -> None:
    """Every code has a row for each of the eight combinations, so that each can be corrected by hand."""
    stored = {
        (row.tax_code_id, row.country_type, row.transaction_type): row
        for row in TaxCombination.objects.of(company)
    }
    fresh, changed = [], []
    for code, value in codes.items():
        relevant = combinations(value, home_country=company.home_country)
        for country in CountryType:
            for side in TransactionType:
                applies = (country, side) in relevant
                row = stored.get((code.pk, country.value, side.value))
                if row is None:
                    fresh.append(
                        TaxCombination(
                            operating_company=company,
                            tax_code=code,
                            country_type=country.value,
                            transaction_type=side.value,
                            applies=applies,
                        )
                    )
                elif row.applies != applies and not row.by_hand:
                    row.applies = applies
                    changed.append(row)
    TaxCombination.objects.bulk_create(fresh, batch_size=500)
    TaxCombination.objects.bulk_update(changed, ["applies"], batch_size=500)


def tax_combination_correct(
    company: OperatingCompany,
    combination: TaxCombination,
    applies: bool,  # the wish itself
    *,
    actor: User,
    at: dt.datetime,
) -> None:
    """Say by hand whether a tax code is used in a combination; no import changes it back (TX-1)."""
    if combination.operating_company_id != company.pk:
        raise FinanceRefused("This combination belongs to another operating company. Nothing was changed.")
    before = combination.applies
    combination.applies, combination.by_hand = applies, True
    combination.save(update_fields=["applies", "by_hand"])
    code = combination.tax_code
    place = combination.get_country_type_display()
    side = combination.get_transaction_type_display().lower()
    used = "used" if applies else "not used"
    audit_record(
        company,
        at=at,
        actor=actor,
        action="tax_combination.corrected",
        subject=f"tax_code:{code.pk}",
        summary=f"Tax code {code.name} is {used} for {place} {side}.",
        detail={"before": before, "after": applies},
    )


def currencies_apply(
    company: OperatingCompany,
    values: Iterable[CurrencyValues],
    *,
    at: dt.datetime,
    home_currency: str,
) -> Applied:
    """Bring in the organisation's currencies (TX-3); whether to at all is IS-5.

    Currencies added by hand are never touched.
    """
    listed = {value.external_id: value.name for value in values}
    listed.setdefault(home_currency, "")
    by_hand = set(Currency.objects.of(company).filter(by_hand=True).values_list("code", flat=True))
    wanted: dict[str, dict[str, Any]] = {
        code: {"is_home": code == home_currency, **({"name": name} if name else {})}
        for code, name in listed.items()
        if code not in by_hand
    }
    applied, _ = whole_apply(Currency, company, "code", wanted)
    Currency.objects.of(company).filter(is_home=True).exclude(code=home_currency).update(is_home=False)
    return applied


def currencies_withdraw_missing(
    company: OperatingCompany, present: Collection[str], *, used: Collection[str]
) -> int:
    """Remove currencies that are neither `present` in the books, nor `used` on a record, nor by hand."""
    if not present:
        return 0
    kept = {*present, *used}
    gone = Currency.objects.of(company).filter(by_hand=False, is_home=False).exclude(code__in=kept)
    count: int = gone.delete()[0]
    return count


def analysis_codes_apply(
    company: OperatingCompany, values: Iterable[AccountValues], *, at: dt.datetime
) -> Applied:
    """Bring in accounts."""
    fields = {value.external_id: _account_fields(value) for value in values}
    return whole_apply(AnalysisCode, company, "external_id", fields)[0]


def analysis_codes_withdraw_missing(
    company: OperatingCompany, present: Collection[str], *, at: dt.datetime
) -> int:
    """Analysis codes whose AccountID is not among `present` become inactive and stay for history."""
    if not present:
        return 0
    gone = AnalysisCode.objects.of(company).exclude(external_id__in=present).exclude(status=GONE)
    count: int = gone.update(is_active=False, status=GONE)
    return count


def _account_fields(value: AccountValues) -> dict[str, Any]:
    return {
        "code": value.code,
        "name": value.name,
        "account_type": value.account_type,
        "account_class": value.account_class,
        "system_account": value.system_account,
        "tax_type": value.tax_type,
        "status": value.status,
        "is_active": value.is_active,
        "description": value.description,
        "for_payments": value.for_payments,
    }


def branding_themes_apply(
    company: OperatingCompany, values: Iterable[BrandingThemeValues], *, at: dt.datetime
) -> Applied:
    """Bring in branding themes."""
    themes = {v.external_id: {"name": v.name, "position": v.position} for v in values}
    return whole_apply(BrandingTheme, company, "external_id", themes)[0]


def branding_themes_withdraw_missing(
    company: OperatingCompany, present: Collection[str], *, at: dt.datetime
) -> int:
    """Remove branding themes that are not among `present`; documents keep no link to them."""
    if not present:
        return 0
    count: int = BrandingTheme.objects.of(company).exclude(external_id__in=present).delete()[0]
    return count
