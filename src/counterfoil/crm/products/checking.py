"""What Xero takes of an item, checked here so that it is refused in words and at once (xero-facts 4.4, 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.money import to_four
from counterfoil.crm.finance.models import AnalysisCode, TaxCode
from counterfoil.crm.products.errors import ProductRefused

LIMITS: Final = {"code": 30, "description": 50, "extended_description": 4000, "purchase_description": 4000}
_CALLED: Final = {"description": "name"}
_PRICE_LIMIT: Final = Decimal(10) ** 10


def text_check(field: str, text: str, nothing: str) -> None:
    """A name is needed, and no text may be longer than Xero takes. `nothing` says what was not done."""
    label = _CALLED.get(field, field.replace("_", " "))
    if field == "description" and not text:
        raise ProductRefused(f"A product needs a {label}. {nothing}")
    if len(text) > LIMITS[field]:
        raise ProductRefused(
            f"The {label} has {len(text):,} characters; Xero takes {LIMITS[field]:,}. {nothing}"
        )


def price_check(field: str, price: Decimal, nothing: str) -> None:
    if not price.is_finite() or not 0 <= price < _PRICE_LIMIT or to_four(price) != price:
        raise ProductRefused(
            f"{price} is no {field.replace('_', ' ')}: a number from 0 with 4 decimals at most. {nothing}"
        )


def accounts_check(company: OperatingCompany, given: Mapping[str, Any], nothing: str) -> None:
    """Codes that are given must be there and active; Xero would refuse or drop them (xero-facts 4.5)."""
    codes = {given.get("sales_analysis", ""), given.get("purchase_analysis", "")} - {""}
    known = AnalysisCode.objects.of(company).filter(code__in=codes, is_active=True)
    if missing := codes - set(known.values_list("code", flat=True)):
        raise ProductRefused(f"Analysis code {min(missing)} is not active. {nothing}")
    taxes = {given.get("vat_code", ""), given.get("purchase_vat_code", "")} - {""}
    active = TaxCode.objects.of(company).filter(tax_type__in=taxes, is_active=True)
    if unknown := taxes - set(active.values_list("tax_type", flat=True)):
        raise ProductRefused(f"Tax code {min(unknown)} is not active. {nothing}")
