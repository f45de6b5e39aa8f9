"""Contact values as rows of ledgers, in the order of their columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.mapping.contacts import ContactValues
from counterfoil.core.tax import vat_number_is_valid
from counterfoil.crm.customers.rules import ContactRules, label

Row = tuple[Any, ...]

SHARED = (
    "division_id",
    "account_number",
    "name",
    "email",
    "phone",
    "fax",
    "address_line1",
    "address_line2",
    "address_line3",
    "address_line4",
    "address_line5",
    "postcode",
    "country",
    "street_only",
    "currency",
    "vat_number",
    "is_archived",
    "updated_at",
    "tax_type",
    "balance_outstanding",
    "balance_overdue",
)
SALES = (
    *SHARED,
    "display_description",
    "contact_first_name",
    "contact_last_name",
    "contact_persons",
    "vat_number_valid",
    "discount",
    "default_analysis",
    "payment_terms",
    "b2c",
    "gdpr_request",
    "balance_at",
)
PURCHASE = (*SHARED, "website")
STOP = ("on_stop", "stop_reason", "stopped_at")
NEW = ("operating_company_id", "ledger_id", "created_at")


def sales_row(
    value: ContactValues,
    division: int | None,
    b2c: str,
    company: OperatingCompany,
    rules: ContactRules,
    at: dt.datetime,
) -> Row:
    """The values of `SALES`."""
    return (
        *_shared(value, division, company, rules, at),
        value.sales_tax_type,
        value.receivable,
        value.receivable_overdue,
        label(value.name, value.account_number, rules),
        value.first_name,
        value.last_name,
        value.contact_persons,
        vat_number_is_valid(value.vat_number, value.address.country, home_country=company.home_country),
        value.discount,
        value.sales_analysis,
        value.payment_terms,
        b2c,
        value.is_gdpr,
        at,
    )


def purchase_row(
    value: ContactValues,
    division: int | None,
    company: OperatingCompany,
    rules: ContactRules,
    at: dt.datetime,
) -> Row:
    """The values of `PURCHASE`."""
    shared = _shared(value, division, company, rules, at)
    return (*shared, value.purchase_tax_type, value.payable, value.payable_overdue, value.website)


def _shared(
    value: ContactValues,
    division: int | None,
    company: OperatingCompany,
    rules: ContactRules,
    at: dt.datetime,
) -> Row:
    """The values of `SHARED` up to `updated_at`; the last three differ by side."""
    street_only = value.street is not None
    address = value.street if value.street is not None and rules.street_fallback else value.address
    return (
        division,
        value.account_number,
        value.name,
        value.email,
        value.phone,
        value.fax,
        *address,
        street_only,
        value.currency or company.home_currency,
        value.vat_number,
        value.is_archived,
        at,
    )
