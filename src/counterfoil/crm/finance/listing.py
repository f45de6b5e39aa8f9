"""Read analysis codes for their list, and what codes are called for other pages."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Lower

from counterfoil.crm.finance.models import AnalysisCode, Currency, TaxCode
from counterfoil.database.paging import Criteria, Source, containing, settled


def _analysis_codes(company: int, criteria: Criteria) -> QuerySet[AnalysisCode]:
    rows: QuerySet[AnalysisCode] = AnalysisCode.objects.of(company)
    if criteria.get("state", "") != "every":
        rows = rows.filter(is_active=True)
    if kind := criteria.get("class", ""):
        rows = rows.filter(account_class=kind)
    if wanted := criteria.get("q", "").strip():
        rows = settled(containing(rows, ("code", "name", "account_type"), wanted))
    return rows


def _whole(company: int) -> QuerySet[AnalysisCode]:
    rows: QuerySet[AnalysisCode] = AnalysisCode.objects.of(company)
    return rows


ANALYSIS_CODES = Source(
    narrow=_analysis_codes,
    whole=_whole,
    sorts={
        "code": [("code", False), (Lower("name"), False)],
        "name": [(Lower("name"), False)],
        "type": [("account_type", False), ("code", False)],
    },
)


def analysis_classes(company: int) -> list[str]:
    rows = AnalysisCode.objects.of(company).exclude(account_class="").order_by("account_class")
    return list(rows.values_list("account_class", flat=True).distinct())


def currency_codes(company: int) -> list[str]:
    """The codes of the currencies a company trades in."""
    return list(Currency.objects.of(company).order_by("code").values_list("code", flat=True))


def analysis_names(company: int, codes: set[str]) -> dict[str, str]:
    """What the accounts with these codes are called."""
    wanted = codes - {""}
    if not wanted:
        return {}
    return dict(AnalysisCode.objects.of(company).filter(code__in=wanted).values_list("code", "name"))


def tax_names(company: int, types: set[str]) -> dict[str, str]:
    """What the tax codes of these types are called."""
    wanted = types - {""}
    if not wanted:
        return {}
    return dict(TaxCode.objects.of(company).filter(tax_type__in=wanted).values_list("tax_type", "name"))
