"""How an operating company quotes: read, and change with a trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, Role, User
from counterfoil.changes.services import audit_record
from counterfoil.core.tax import CountryType
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.models import QuoteSettings

_FIELDS = frozenset(
    field.name
    for field in QuoteSettings._meta.concrete_fields
    if field.name not in {"id", "operating_company"}
)
# Where a company read together with its settings keeps them.
_IN_COMPANY = QuoteSettings._meta.get_field("operating_company").remote_field


def quote_settings_of(company: OperatingCompany | int) -> QuoteSettings:
    """The company's settings; the defaults until somebody changes one."""
    if isinstance(company, OperatingCompany) and _IN_COMPANY.is_cached(company):
        return getattr(company, "quote_settings", None) or QuoteSettings(operating_company=company)
    key = company if isinstance(company, int) else company.pk
    found = QuoteSettings.objects.filter(operating_company_id=key).select_related("delivery_product").first()
    return found or QuoteSettings(operating_company_id=key)


def quote_settings_save(
    company: OperatingCompany, *, actor: User, at: dt.datetime, **given: Any
) -> QuoteSettings:
    """Change settings by name; raises QuoteRefused for a value that does not fit."""
    unknown = given.keys() - _FIELDS
    if unknown:
        raise TypeError(f"There are no settings called {sorted(unknown)}.")
    with transaction.atomic():
        settings = quote_settings_of(company)
        before = {name: getattr(settings, name) for name in given}
        for name, value in given.items():
            setattr(settings, name, value)
        _check(settings)
        settings.save()
        changed = {name: [_shown(before[name]), _shown(value)] for name, value in given.items()}
        changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
        if changed:
            names = ", ".join(name.replace("_", " ") for name in sorted(changed))
            audit_record(
                company,
                at=at,
                actor=actor,
                action="quotes.settings",
                subject=f"company:{company.pk}",
                summary=f"Settings for quotes were changed: {names}.",
                detail=changed,
            )
    return settings


def _check(settings: QuoteSettings) -> None:
    try:
        settings.clean_fields(
            exclude=["operating_company", "delivery_product", "default_tax_types", "margin_roles"]
        )
    except ValidationError as error:
        named = "; ".join(
            f"{name.replace('_', ' ')}: {' '.join(said)}" for name, said in error.message_dict.items()
        )
        raise QuoteRefused(f"{named} Nothing was changed.") from error
    product: ProductItem | None = settings.delivery_product
    if product is not None and product.operating_company_id != settings.operating_company_id:
        raise QuoteRefused("The delivery product belongs to another operating company. Nothing was changed.")
    amounts = (settings.delivery_charge, settings.delivery_free_over)
    if any(amount is not None and not 0 <= amount < Decimal(10) ** 10 for amount in amounts):
        raise QuoteRefused("A delivery amount cannot be negative. Nothing was changed.")
    if not set(settings.default_tax_types) <= set(CountryType) or not set(settings.margin_roles) <= set(Role):
        raise QuoteRefused("A country type or a role does not exist. Nothing was changed.")


def _shown(value: Any) -> Any:
    if isinstance(value, ProductItem):
        return value.code
    return str(value) if isinstance(value, Decimal) else value
