"""What Xero takes of a contact, checked here so that it is refused in words and at once (D25, xero-facts 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.finance.models import TaxCode

LIMITS: Final = {
    "name": 255,
    "account_number": 50,
    "email": 255,
    "first_name": 255,
    "last_name": 255,
    "phone": 50,
    "vat_number": 50,
    "address_line1": 500,
    "address_line2": 500,
    "address_line3": 500,
    "address_line4": 500,
    "address_line5": 255,
    "postcode": 50,
    "country": 50,
}
_EMAIL: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+", re.ASCII)


def texts_check(texts: Mapping[str, str], nothing: str) -> None:
    """Lengths, name and e-mail of those that are given. `nothing` says what was not done."""
    if not texts.get("name", "-"):
        raise CustomerRefused(f"A customer needs a name. {nothing}")
    for field, text in texts.items():
        if len(text) > LIMITS[field]:
            label = field.replace("_", " ")
            raise CustomerRefused(
                f"The {label} has {len(text)} characters; Xero takes {LIMITS[field]}. {nothing}"
            )
    if set(texts.get("name", "")) & set("<>"):
        raise CustomerRefused(f"A name cannot have < or > in it. {nothing}")
    email = texts.get("email", "")
    if email and not _EMAIL.fullmatch(email):
        raise CustomerRefused(f"{email} is no e-mail address Xero takes. {nothing}")


def tax_type_check(company: OperatingCompany, tax_type: str, nothing: str) -> None:
    if not tax_type:
        return
    if not TaxCode.objects.of(company).filter(tax_type=tax_type, is_active=True).exists():
        raise CustomerRefused(f"Tax code {tax_type} is not active. {nothing}")


def currency_check(currency: str, nothing: str) -> None:
    if currency and not re.fullmatch("[A-Z]{3}", currency, re.ASCII):
        raise CustomerRefused(f"{currency} is no currency code. {nothing}")
