"""Whom new customers take after, by where they are (IS-9).

What a new contact gets in Xero comes from its template there: terms, accounts, tax types, tracking. What quotes need
of it at once is taken over here when the customer is made.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.tax import CountryType, country_type
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import SalesLedger, TemplateLedger

COUNTRY_TYPES = {
    CountryType.HOME: "In the home country",
    CountryType.EU_REGISTERED: "In the EU, registered for VAT",
    CountryType.EU_UNREGISTERED: "In the EU, not registered",
    CountryType.NON_EU: "Outside the EU",
}


def templates_of(company: OperatingCompany) -> dict[str, SalesLedger]:
    """The template of each country type that has one."""
    rows = TemplateLedger.objects.of(company).select_related("sales_ledger")
    return {row.country_type: row.sales_ledger for row in rows}


def template_for(company: OperatingCompany, *, country: str, vat_number: str) -> SalesLedger | None:
    """Whom a customer with this address and VAT number takes after."""
    kind = country_type(country, home_country=company.home_country, vat_number=vat_number)
    row = TemplateLedger.objects.of(company).filter(country_type=kind).select_related("sales_ledger").first()
    return row.sales_ledger if row else None


def is_template(ledger: SalesLedger) -> bool:
    return bool(TemplateLedger.objects.filter(sales_ledger=ledger).exists())


def template_set(
    company: OperatingCompany, kind: str, ledger: SalesLedger | None, *, actor: User, at: dt.datetime
) -> bool:
    """Choose the template of a country type, or none; whether that changed anything.

    Raises CustomerRefused for a customer that cannot be one.
    """
    wanted = CountryType(kind)
    if ledger is not None:
        _check(company, ledger)
    with transaction.atomic():
        rows = TemplateLedger.objects.of(company).filter(country_type=wanted)
        before = rows.select_related("sales_ledger").first()
        if (before.sales_ledger_id if before else None) == (ledger.pk if ledger else None):
            return False
        rows.delete()
        if ledger is not None:
            TemplateLedger.objects.create(operating_company=company, country_type=wanted, sales_ledger=ledger)
        audit_record(
            company,
            at=at,
            actor=actor,
            action="integration.template",
            subject=f"sales_ledger:{ledger.pk}" if ledger else "",
            summary=f"New customers {COUNTRY_TYPES[wanted].lower()} take after {ledger.name if ledger else 'nobody'}.",
            detail={"country_type": wanted.value, "before": before.sales_ledger.name if before else ""},
        )
    return True


def _check(company: OperatingCompany, ledger: SalesLedger) -> None:
    if ledger.operating_company_id != company.pk:
        raise CustomerRefused(f"{ledger.name} belongs to another operating company. Nothing was changed.")
    if not ledger.ledger_id or ledger.is_archived or ledger.gdpr_request:
        raise CustomerRefused(
            f"{ledger.name} is no active contact in Xero, so nothing can be taken over from it. Nothing was changed."
        )
