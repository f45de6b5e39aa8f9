"""What an import does with a contact, decided without touching anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from counterfoil.core.b2c import is_consumer
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.crm.customers.models import B2C, CompanyType

ARCHIVED_REASON: Final = "Archived in Xero"
GDPR_REASON: Final = "Removal of personal data was requested in Xero"


@dataclass(frozen=True)
class ContactRules:
    """The import settings that concern contacts (IS-1 to IS-4, CU-4, CU-6)."""

    b2c_automatic: bool = True
    b2c_pattern: str = ""
    missing_records: Literal["all", "active", "none"] = "active"
    include_suppliers: bool = True
    include_b2c: bool = True
    account_manager_id: int | None = None
    role_code: str = ""
    company_type: str = CompanyType.CUSTOMER.value
    street_fallback: bool = False
    import_unflagged: bool = False
    ledger_label: Literal["account_number", "name"] = "name"


def outcome_unknown(value: ContactValues, rules: ContactRules, *, needed: bool) -> str:
    """Why a contact the CRM does not know stays out (SY-2, CU-4); "" when it comes in.

    `needed`: an imported document belongs to it, so that history has its customer.
    """
    if needed:
        return ""
    if value.is_gdpr:
        return "gdpr"
    if value.is_archived:
        return "archived"
    if not (value.is_customer or value.is_supplier or rules.import_unflagged):
        return "unflagged"
    return ""


def ledgers_of(value: ContactValues, *, has_sales: bool, has_purchase: bool) -> tuple[bool, bool]:
    """Whether a contact that comes in has a Sales Ledger, a Purchase Ledger (CU-4, SU-1).

    `has_…`: it has that one already, or a document needs it. A contact keeps what it has, gains by
    its flags while it is active, and one that was let in without any flag is a customer.
    """
    if value.is_active:
        has_sales = has_sales or value.is_customer
        has_purchase = has_purchase or value.is_supplier
    return has_sales or not has_purchase, has_purchase


def label(name: str, account_number: str, rules: ContactRules) -> str:
    """Display Description (IS-1): without an account number it is the name."""
    return (account_number or name) if rules.ledger_label == "account_number" else name


def b2c_of(value: ContactValues, rules: ContactRules, *, before: str, by_user: bool) -> str:
    """The B2C flag after an import (IS-2): a user's own setting stays, by hand it is never guessed."""
    if by_user or not rules.b2c_automatic:
        return before
    consumer = is_consumer(
        value.name, value.first_name, value.last_name, value.contact_persons, rules.b2c_pattern
    )
    return B2C.B2C.value if consumer else B2C.B2B.value


def stop_reason_of(value: ContactValues) -> str:
    """Why Xero puts the ledger on stop (CU-11, CU-14); "" when it does not."""
    if value.is_gdpr:
        return GDPR_REASON
    return ARCHIVED_REASON if value.is_archived else ""


def makes_company(*, is_active: bool, is_supplier_only: bool, b2c: str, rules: ContactRules) -> bool:
    """IS-3: whether an imported ledger without a Company, Division and Contact gets them."""
    if rules.missing_records == "none" or (rules.missing_records == "active" and not is_active):
        return False
    if is_supplier_only and not rules.include_suppliers:
        return False
    return rules.include_b2c or b2c != B2C.B2C.value
