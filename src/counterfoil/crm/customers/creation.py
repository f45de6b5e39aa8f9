"""Make a customer here, warned of ones that look alike; the credit rule (PU-1, PU-6).

The customer exists at once and can be quoted; the change record makes the sync create the contact.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from django.db import transaction

from counterfoil.accounts.models import Membership, OperatingCompany, User
from counterfoil.changes.services import audit_record, change_record
from counterfoil.core.mapping.text import clean
from counterfoil.core.money import to_four
from counterfoil.core.tax import vat_number_is_valid
from counterfoil.crm.customers.checking import LIMITS, currency_check, tax_type_check, texts_check
from counterfoil.crm.customers.companies import ledger_give_company
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import B2C, CreditRule, SalesLedger
from counterfoil.crm.customers.resembling import Resemblance, customers_resembling
from counterfoil.crm.customers.templates import template_for

CUSTOMER_CREATED: Final = "customer.created"
_SPACES: Final = re.compile(r"\s+")


class SimilarExists(CustomerRefused):
    """Customers that look alike exist; `found` are they. Nothing was made: choose one, or say it is another."""

    def __init__(self, found: Sequence[Resemblance]) -> None:
        self.found = list(found)
        names = ", ".join(f"{one.ledger.name} ({one.words})" for one in self.found[:3])
        super().__init__(f"Nothing was made: {names} may be the same customer.")


class CustomerGiven(TypedDict, total=False):
    """What is known of a new customer beside the name. Address line 5 is city and region."""

    account_number: str
    email: str
    phone: str
    first_name: str
    last_name: str
    vat_number: str
    address_line1: str
    address_line2: str
    address_line3: str
    address_line4: str
    address_line5: str
    postcode: str
    country: str
    currency: str
    tax_type: str
    account_manager: User | None
    b2c: str


def customer_create(
    company: OperatingCompany,
    name: str,
    *,
    actor: User,
    at: dt.datetime,
    despite: Collection[int] = (),
    **given: Unpack[CustomerGiven],
) -> SalesLedger:
    """Make company, division, person and Sales Ledger of a new customer.

    Raises SimilarExists when others share name, e-mail, VAT number or phone and are not named in
    `despite` (Sales Ledger ids somebody has looked at); CustomerRefused for what Xero would refuse.
    """
    name = _SPACES.sub(" ", clean(name))
    texts = {field: clean(given.get(field, "")) for field in LIMITS} | {"name": name}  # type: ignore[arg-type]
    _check(company, texts, given)
    with transaction.atomic():
        alike = customers_resembling(
            company, name=name, email=texts["email"], vat_number=texts["vat_number"], phone=texts["phone"]
        )
        if unseen := [one for one in alike if one.ledger.pk not in set(despite)]:
            raise SimilarExists(unseen)
        ledger = _insert(company, texts, given, at=at)
        ledger_give_company(ledger, actor=actor, at=at, account_manager=given.get("account_manager"))
        _record(ledger, [one.ledger.pk for one in alike], actor=actor, at=at)
    return ledger


def credit_rule_set(
    ledger: SalesLedger, limit: Decimal | None, rule: str, *, actor: User, at: dt.datetime
) -> None:
    """Set the credit limit in home currency (None: no limit) and what happens beyond it."""
    if rule not in CreditRule.values:
        raise CustomerRefused(f"{rule!r} is no credit rule. Nothing was changed.")
    if limit is not None and (not limit.is_finite() or not 0 <= limit < Decimal(10) ** 12):
        raise CustomerRefused("A credit limit is a number from 0. Nothing was changed.")
    with transaction.atomic():
        row: SalesLedger = SalesLedger.objects.select_for_update().get(pk=ledger.pk)
        before = [row.credit_limit, row.credit_rule]
        row.credit_limit = None if limit is None else to_four(limit)
        row.credit_rule = rule
        row.save(update_fields=["credit_limit", "credit_rule"])
        shown = "no credit limit" if limit is None else f"a credit limit of {limit:,.2f}"
        audit_record(
            row.operating_company,
            at=at,
            actor=actor,
            action="sales_ledger.credit",
            subject=f"sales_ledger:{row.pk}",
            summary=f"{row.name} has {shown} ({CreditRule(rule).label.lower()}).",
            detail={"before": [str(value) for value in before], "after": [str(row.credit_limit), rule]},
        )
    ledger.refresh_from_db()


def reference_rule_set(ledger: SalesLedger, *, is_required: bool, actor: User, at: dt.datetime) -> None:
    """Whether orders of this customer need the customer's own reference."""
    with transaction.atomic():
        SalesLedger.objects.filter(pk=ledger.pk).update(requires_reference=is_required)
        needs = "needs" if is_required else "does not need"
        audit_record(
            ledger.operating_company,
            at=at,
            actor=actor,
            action="sales_ledger.reference",
            subject=f"sales_ledger:{ledger.pk}",
            summary=f"An order of {ledger.name} {needs} a customer reference.",
        )
    ledger.requires_reference = is_required


def _check(company: OperatingCompany, texts: dict[str, str], given: CustomerGiven) -> None:
    """What Xero would refuse is refused here, in words (D25, xero-facts 4.2)."""
    nothing = "Nothing was made."
    texts_check(texts, nothing)
    tax_type_check(company, given.get("tax_type", ""), nothing)
    currency_check(given.get("currency", ""), nothing)
    number = texts["account_number"]
    holder = SalesLedger.objects.of(company).filter(account_number__iexact=number).first() if number else None
    if holder is not None:
        raise CustomerRefused(f"{holder.name} has account number {holder.account_number}. {nothing}")
    manager = given.get("account_manager")
    if manager and not Membership.objects.filter(user=manager, operating_company=company).exists():
        raise CustomerRefused(f"{manager} has no access to {company}. {nothing}")


def _insert(
    company: OperatingCompany, texts: dict[str, str], given: CustomerGiven, *, at: dt.datetime
) -> SalesLedger:
    values = {field: text for field, text in texts.items() if field not in {"first_name", "last_name"}}
    by_number = company.ledger_label == "account_number" and texts["account_number"]
    b2c = given.get("b2c", B2C.UNKNOWN)
    if b2c not in B2C.values:
        raise CustomerRefused(f"{b2c!r} is neither business nor consumer. Nothing was made.")
    template = template_for(company, country=texts["country"], vat_number=texts["vat_number"])
    ledger: SalesLedger = SalesLedger.objects.create(
        operating_company=company,
        uuid=uuid.uuid4(),
        display_description=texts["account_number"] if by_number else texts["name"],
        contact_first_name=texts["first_name"],
        contact_last_name=texts["last_name"],
        vat_number_valid=vat_number_is_valid(
            texts["vat_number"], texts["country"], home_country=company.home_country
        ),
        currency=given.get("currency") or company.home_currency,
        tax_type=given.get("tax_type") or (template.tax_type if template else ""),
        default_analysis=template.default_analysis if template else "",
        payment_terms=template.payment_terms if template else "",
        b2c=b2c,
        b2c_by_user=b2c != B2C.UNKNOWN,
        created_at=at,
        updated_at=at,
        **values,
    )
    return ledger


def _record(ledger: SalesLedger, alike: Sequence[int], *, actor: User, at: dt.datetime) -> None:
    company, subject = ledger.operating_company, f"sales_ledger:{ledger.pk}"
    audit_record(
        company,
        at=at,
        actor=actor,
        action="sales_ledger.created",
        subject=subject,
        summary=f"{ledger.name} was made.",
        detail={"despite": list(alike)} if alike else {},
    )
    change_record(
        company,
        kind=CUSTOMER_CREATED,
        key=str(ledger.uuid),
        subject=subject,
        payload={"sales_ledger": ledger.pk, "uuid": str(ledger.uuid)},
        actor=actor,
        at=at,
    )
