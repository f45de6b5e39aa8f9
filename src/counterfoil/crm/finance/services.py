"""Tax codes, currencies, analysis codes and branding themes: from the books, and by hand.

All of these are read whole and are few, so they are compared row by row and only differences written.
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
from counterfoil.crm.finance.hand import currency_add, currency_rate_remove, currency_rate_set
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode, TaxCombination
from counterfoil.crm.finance.whole import whole_apply

__all__ = [
    "analysis_codes_apply",
    "branding_themes_apply",
    "currencies_apply",
    "currency_add",
    "currency_rate_remove",
    "currency_rate_set",
    "tax_codes_apply",
    "tax_combination_correct",
]

GONE = "GONE"  # our own word for a tax rate or account that the books no longer list


def tax_codes_apply(
    company: OperatingCompany, values: Iterable[TaxCodeValues], *, at: dt.datetime
) -> Applied:
    """Bring in all tax rates with their combinations (TX-1); rates that are gone become inactive."""
    codes = {value.external_id: value for value in values}
    applied, rows = whole_apply(
        TaxCode, company, "tax_type", {key: _tax_code_fields(value) for key, value in codes.items()}
    )
    applied.updated += _retire(TaxCode, [row for key, row in rows.items() if key not in codes])
    _combinations_apply(company, {rows[key]: value for key, value in codes.items()})
    return applied


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
    used: Collection[str] | None = None,
) -> Applied:
    """Bring in all currencies of the organisation (TX-3); whether to at all is IS-5.

    A currency that is gone from the books is removed when it is not among those `used` on records
    (None: not known, so nothing is removed). Currencies added by hand are never touched.
    """
    listed = {value.external_id: value.name for value in values} | {}
    listed.setdefault(home_currency, "")
    by_hand = set(Currency.objects.of(company).filter(by_hand=True).values_list("code", flat=True))
    wanted: dict[str, dict[str, Any]] = {
        code: {"is_home": code == home_currency, **({"name": name} if name else {})}
        for code, name in listed.items()
        if code not in by_hand
    }
    applied, rows = whole_apply(Currency, company, "code", wanted)
    gone = [row for code, row in rows.items() if code not in listed and not row.by_hand]
    stale_home = [row for row in gone if row.is_home]
    for row in stale_home:
        row.is_home = False
    Currency.objects.bulk_update(stale_home, ["is_home"])
    if used is not None:
        kept = {*used, home_currency}
        Currency.objects.of(company).filter(pk__in=[r.pk for r in gone if r.code not in kept]).delete()
    return applied


def analysis_codes_apply(
    company: OperatingCompany, values: Iterable[AccountValues], *, at: dt.datetime, whole: bool = False
) -> Applied:
    """Bring in accounts; with `whole`, those that are missing from `values` are gone and inactive."""
    accounts = {value.external_id: value for value in values}
    fields = {key: _account_fields(value) for key, value in accounts.items()}
    applied, rows = whole_apply(AnalysisCode, company, "external_id", fields)
    if whole:
        gone = [row for key, row in rows.items() if key not in accounts]
        applied.updated += _retire(AnalysisCode, gone)
    return applied


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
    """Bring in all branding themes; those that are gone are removed."""
    themes = {v.external_id: {"name": v.name, "position": v.position} for v in values}
    applied, rows = whole_apply(BrandingTheme, company, "external_id", themes)
    gone = [row.pk for key, row in rows.items() if key not in themes]
    BrandingTheme.objects.of(company).filter(pk__in=gone).delete()
    applied.updated += len(gone)
    return applied


def _retire(model: type[TaxCode | AnalysisCode], rows: list[Any]) -> int:
    """Rows the books no longer list stay for history, but nothing new may use them."""
    gone = [row for row in rows if row.is_active or row.status != GONE]
    for row in gone:
        row.is_active, row.status = False, GONE
    model.objects.bulk_update(gone, ["is_active", "status"])
    return len(gone)
