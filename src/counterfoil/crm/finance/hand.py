"""Currencies and rates that an administrator keeps by hand (IS-5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pycountry
from babel.numbers import get_currency_name

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.money import RATE_PLACES
from counterfoil.crm.finance.errors import FinanceRefused
from counterfoil.crm.finance.models import Currency, HandRate

_LIMIT = Decimal(10) ** 8


def currency_add(
    company: OperatingCompany, code: str, *, actor: User, at: dt.datetime, name: str = ""
) -> Currency:
    """Add a currency by hand; raises FinanceRefused for one that does not exist or is there already."""
    code = code.strip().upper()
    if pycountry.currencies.get(alpha_3=code) is None:
        raise FinanceRefused(
            f"There is no currency {code!r}. Nothing was added; use its three letters, such as EUR."
        )
    if Currency.objects.of(company).filter(code=code).exists():
        raise FinanceRefused(f"{code} is in the list already. Nothing was added.")
    currency: Currency = Currency.objects.create(
        operating_company=company,
        code=code,
        name=name.strip() or get_currency_name(code, locale="en"),
        is_home=code == company.home_currency,
        by_hand=True,
    )
    audit_record(
        company,
        at=at,
        actor=actor,
        action="currency.added",
        subject=f"currency:{code}",
        summary=f"Currency {code} was added by hand.",
    )
    return currency


def currency_rate_set(
    company: OperatingCompany,
    code: str,
    per_home: Decimal,
    *,
    on: dt.date,
    actor: User,
    at: dt.datetime,
) -> HandRate:
    """Set the units of currency `code` that one unit of home currency buys from day `on` on."""
    if code == company.home_currency:
        raise FinanceRefused(f"{code} is the home currency, so its rate is always 1. Nothing was changed.")
    if not Currency.objects.of(company).filter(code=code).exists():
        raise FinanceRefused(f"{code} is not in the list of currencies. Add it first; nothing was changed.")
    if not per_home.is_finite() or not Decimal(1).scaleb(-RATE_PLACES) <= per_home < _LIMIT:
        raise FinanceRefused(f"{per_home} is no exchange rate. Nothing was changed; enter a number above 0.")
    rate: HandRate
    rate, is_new = HandRate.objects.of(company).get_or_create(
        operating_company=company, currency=code, on=on, defaults={"per_home": per_home}
    )
    before = None if is_new else str(rate.per_home)
    if not is_new:
        rate.per_home = per_home
        rate.save(update_fields=["per_home"])
    audit_record(
        company,
        at=at,
        actor=actor,
        action="currency.rate_set",
        subject=f"currency:{code}",
        summary=f"From {on:%d %B %Y}, 1 {company.home_currency} is {per_home.normalize():f} {code}, set by hand.",
        detail={"on": on.isoformat(), "before": before, "after": str(per_home)},
    )
    return rate


def currency_rate_remove(
    company: OperatingCompany, code: str, *, on: dt.date, actor: User, at: dt.datetime
) -> None:
    """Forget a rate set by hand, so that reference rates count again."""
    deleted, _ = HandRate.objects.of(company).filter(currency=code, on=on).delete()
    if not deleted:
        raise FinanceRefused(f"No rate for {code} was set by hand on {on:%d %B %Y}. Nothing was changed.")
    audit_record(
        company,
        at=at,
        actor=actor,
        action="currency.rate_removed",
        subject=f"currency:{code}",
        summary=f"The rate for {code} set by hand on {on:%d %B %Y} was removed.",
    )
