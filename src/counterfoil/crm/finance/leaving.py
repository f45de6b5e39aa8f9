"""Take the tax codes, currencies, analysis codes and branding themes of the books out again (SY-8).

What an administrator keeps by hand stays: currencies added by hand, and rates.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from counterfoil.accounts.models import OperatingCompany
from counterfoil.changes.selectors import subjects_by_people
from counterfoil.core.worked import Worked
from counterfoil.crm.finance.models import (
    AnalysisCode,
    BrandingTheme,
    Currency,
    HandRate,
    TaxCode,
    TaxCombination,
)


def finance_left(company: OperatingCompany) -> dict[str, int]:
    """How many of each kind `finance_remove` takes out."""
    return {
        "tax_codes": TaxCode.objects.of(company).count(),
        "analysis_codes": AnalysisCode.objects.of(company).count(),
        "branding_themes": BrandingTheme.objects.of(company).count(),
        "currencies": _currencies(company).count(),
    }


def finance_worked_on(company: OperatingCompany) -> dict[str, Worked]:
    """What people have done to what came from the books, by kind; only kinds of which there is any."""
    corrected = {int(subject) for subject in subjects_by_people(company, "tax_code")}
    codes = TaxCode.objects.of(company).order_by("pk").values_list("pk", "name") if corrected else ()
    rated = HandRate.objects.of(company).filter(currency__in=_currencies(company).values("code"))
    found = {
        "tax_codes": Worked.of([name for key, name in codes if key in corrected]),
        "rates": Worked.of(sorted(set(rated.values_list("currency", flat=True)))),
    }
    return {kind: worked for kind, worked in found.items() if worked.count}


def finance_remove(company: OperatingCompany) -> None:
    """Remove them; the caller's transaction."""
    TaxCombination.objects.of(company).delete()
    for rows in (
        TaxCode.objects.of(company),
        AnalysisCode.objects.of(company),
        BrandingTheme.objects.of(company),
    ):
        rows.delete()
    _currencies(company).delete()


def _currencies(company: OperatingCompany) -> QuerySet[Any]:
    rows: QuerySet[Any] = Currency.objects.of(company).filter(by_hand=False)
    return rows
