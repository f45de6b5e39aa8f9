"""Tax rates, currencies, accounts and branding themes of Xero to what finance keeps of them (TX, PR-3)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.core.mapping.amounts import ten
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.fields import MappedField
from counterfoil.core.mapping.text import bounded, clean
from counterfoil.xero import records

ACTIVE = "ACTIVE"
_CURRENCY = re.compile("[A-Z]{3}", re.ASCII)
_USER_DEFINED = re.compile(r"TAX\d+", re.ASCII)
NO_RATE: Final = ten(Decimal(0), "EffectiveRate")


class TaxComponentValues(msgspec.Struct, frozen=True, gc=False):
    """One part of a rate; a compound part is charged on top of the others."""

    name: str
    rate: Decimal
    is_compound: bool
    is_non_recoverable: bool


class TaxCodeValues(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One Xero tax rate; `external_id` is its TaxType, the only stable key (xero-facts 7.1).

    `rate` is the percentage that lines use (EffectiveRate), `display_rate` the one people see.
    """

    external_id: str
    name: str
    rate: Decimal
    display_rate: Decimal | None
    report_tax_type: str
    status: str
    components: tuple[TaxComponentValues, ...]
    applies_to_assets: bool
    applies_to_equity: bool
    applies_to_expenses: bool
    applies_to_liabilities: bool
    applies_to_revenue: bool

    @property
    def tax_type(self) -> str:
        return self.external_id

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE

    @property
    def is_user_defined(self) -> bool:
        """Made by the organisation itself: its code (`TAX001`) says nothing about its kind."""
        return _USER_DEFINED.fullmatch(self.external_id) is not None


class CurrencyValues(msgspec.Struct, frozen=True, gc=False):
    """A currency the organisation trades in; `external_id` is its code."""

    external_id: str
    name: str


class AccountValues(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A Xero account; `code` may be empty on bank accounts (xero-facts 4.10)."""

    external_id: str
    code: str
    name: str
    account_type: str
    account_class: str
    system_account: str
    tax_type: str
    status: str
    description: str
    for_payments: bool

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE


class BrandingThemeValues(msgspec.Struct, frozen=True, gc=False):
    """How documents look in Xero; the theme at position 0 is the default one (xero-facts 4.11)."""

    external_id: str
    name: str
    position: int


TAX_CODE_FIELDS: Final = (
    MappedField("external_id", "TaxType", "TX-1", "xero"),
    MappedField("name", "Name", "TX-1", "xero"),
    MappedField("rate", "EffectiveRate", "TX-1", "xero"),
    MappedField("display_rate", "DisplayTaxRate", "TX-1", "xero"),
    MappedField("report_tax_type", "ReportTaxType", "TX-1", "xero"),
    MappedField("status", "Status", "TX-1", "xero"),
    MappedField("components", "TaxComponents", "TX-1", "xero"),
    MappedField("applies_to_assets", "CanApplyToAssets", "TX-1", "xero"),
    MappedField("applies_to_equity", "CanApplyToEquity", "TX-1", "xero"),
    MappedField("applies_to_expenses", "CanApplyToExpenses", "TX-1", "xero"),
    MappedField("applies_to_liabilities", "CanApplyToLiabilities", "TX-1", "xero"),
    MappedField("applies_to_revenue", "CanApplyToRevenue", "TX-1", "xero"),
)
CURRENCY_FIELDS: Final = (
    MappedField("external_id", "Code", "TX-3", "xero"),
    MappedField("name", "Description", "TX-3", "xero"),
)
ACCOUNT_FIELDS: Final = (
    MappedField("external_id", "AccountID", "PR-3", "xero"),
    MappedField("code", "Code", "PR-3", "xero"),
    MappedField("name", "Name", "PR-3", "xero"),
    MappedField("account_type", "Type", "PR-3", "xero"),
    MappedField("account_class", "Class", "PR-3", "xero"),
    MappedField("system_account", "SystemAccount", "PU-6", "xero"),
    MappedField("tax_type", "TaxType", "TX-2", "xero"),
    MappedField("status", "Status", "PU-6", "xero"),
    MappedField("description", "Description", "PR-3", "xero"),
    MappedField("for_payments", "EnablePaymentsToAccount", "PR-3", "xero"),
)
BRANDING_THEME_FIELDS: Final = (
    MappedField("external_id", "BrandingThemeID", "IS-9", "xero"),
    MappedField("name", "Name", "IS-9", "xero"),
    MappedField("position", "SortOrder", "IS-9", "xero"),
)


def tax_rate_values(record: records.TaxRate) -> TaxCodeValues:
    """What the CRM keeps of a tax rate; raises CannotMap for one without a usable rate."""
    components = tuple(
        TaxComponentValues(
            clean(part.name),
            ten(part.rate or NO_RATE, "TaxComponents.Rate"),
            bool(part.is_compound),
            bool(part.is_non_recoverable),
        )
        for part in records.each(record.tax_components)
    )
    tax_type = bounded(record.tax_type, "TaxType", 60)
    if record.effective_rate is None and record.display_tax_rate is None and not components:
        raise CannotMap("EffectiveRate", f"is missing; tax rate {tax_type} would be taken for 0 %.")
    return TaxCodeValues(
        external_id=tax_type,
        name=clean(record.name) or tax_type,
        rate=_effective(record, components),
        display_rate=_rate_or_none(record.display_tax_rate, "DisplayTaxRate"),
        report_tax_type=bounded(record.report_tax_type, "ReportTaxType", 60),
        status=bounded(record.status, "Status", 20).upper() or ACTIVE,
        components=components,
        applies_to_assets=bool(record.can_apply_to_assets),
        applies_to_equity=bool(record.can_apply_to_equity),
        applies_to_expenses=bool(record.can_apply_to_expenses),
        applies_to_liabilities=bool(record.can_apply_to_liabilities),
        applies_to_revenue=bool(record.can_apply_to_revenue),
    )


def _effective(record: records.TaxRate, components: tuple[TaxComponentValues, ...]) -> Decimal:
    """EffectiveRate; where Xero leaves it out, the rate it shows, else the components together."""
    for value in (record.effective_rate, record.display_tax_rate):
        if value is not None:
            return ten(value, "EffectiveRate")
    simple = sum((c.rate for c in components if not c.is_compound), NO_RATE)
    factor = 1 + simple / 100
    on_top = sum((c.rate * factor for c in components if c.is_compound), NO_RATE)
    return ten(simple + on_top, "TaxComponents.Rate")


def _rate_or_none(value: Decimal | None, field: str) -> Decimal | None:
    return None if value is None else ten(value, field)


def currency_values(record: records.Currency) -> CurrencyValues:
    """What the CRM keeps of a currency; raises CannotMap for a code that is not three letters."""
    code = clean(record.code).upper()
    if not _CURRENCY.fullmatch(code):
        raise CannotMap("Code", f"is {code!r}; a currency is three letters.")
    return CurrencyValues(code, clean(record.description))


def account_values(record: records.Account) -> AccountValues:
    """What the CRM keeps of an account; raises CannotMap for parts that no column holds."""
    return AccountValues(
        external_id=record.account_id,
        code=bounded(record.code, "Code", 50),
        name=clean(record.name),
        account_type=bounded(record.type, "Type", 40).upper(),
        account_class=bounded(record.class_, "Class", 40).upper(),
        system_account=bounded(record.system_account, "SystemAccount", 60).upper(),
        tax_type=bounded(record.tax_type, "TaxType", 60),
        status=bounded(record.status, "Status", 20).upper() or ACTIVE,
        description=clean(record.description),
        for_payments=bool(record.enable_payments_to_account),
    )


def branding_theme_values(record: records.BrandingTheme) -> BrandingThemeValues:
    return BrandingThemeValues(record.branding_theme_id, clean(record.name), record.sort_order or 0)
