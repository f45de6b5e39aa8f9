"""Companies, divisions, people and notes as users keep them; the sync leaves all of this alone (SY-12)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import Membership, OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core.mapping.text import INDEXED_LIMIT, clean
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import (
    Company,
    CompanyType,
    Contact,
    Division,
    Note,
    PurchaseLedger,
    SalesLedger,
)


def company_rename(company: Company, name: str, actor: User, at: dt.datetime) -> None:
    """Give a company a name of the user's own: renames in Xero no longer change it (CU-2)."""
    _rename(company, name, actor, at, "company")


def division_rename(division: Division, name: str, actor: User, at: dt.datetime) -> None:
    """As `company_rename`, for one location."""
    _rename(division, name, actor, at, "division")


def _rename(record: Company | Division, name: str, actor: User, at: dt.datetime, kind: str) -> None:
    name, before = _named(name), record.name
    with transaction.atomic():
        record.name, record.named_by_user = name, True
        record.save(update_fields=["name", "named_by_user"])
        audit_record(
            record.operating_company,
            at=at,
            actor=actor,
            action=f"{kind}.renamed",
            subject=f"{kind}:{record.pk}",
            summary=f"{before} was renamed to {name}.",
            detail={"before": before, "after": name},
        )


def company_set_account_manager(company: Company, manager: User | None, actor: User, at: dt.datetime) -> None:
    """Who looks after a company; must be a user of the same operating company."""
    owner = company.operating_company
    if manager and not Membership.objects.filter(user=manager, operating_company=owner).exists():
        raise CustomerRefused(f"{manager} has no access to {owner}. Nothing was changed.")
    before = str(company.account_manager or "")
    with transaction.atomic():
        company.account_manager = manager
        company.save(update_fields=["account_manager"])
        audit_record(
            owner,
            at=at,
            actor=actor,
            action="company.account_manager",
            subject=f"company:{company.pk}",
            summary=f"{manager or 'Nobody'} looks after {company.name}.",
            detail={"before": before, "after": str(manager or "")},
        )


def note_add(ledger: SalesLedger, text: str, actor: User, at: dt.datetime) -> Note:
    text = clean(text)
    if not text:
        raise CustomerRefused("The note is empty. Nothing was saved.")
    note: Note = Note.objects.create(
        operating_company=ledger.operating_company, sales_ledger=ledger, text=text, by=actor, at=at
    )
    return note


def person_add(
    division: Division,
    *,
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    phone: str = "",
    role_code: str = "",
    actor: User,
    at: dt.datetime,
) -> Contact:
    """Add somebody whom only the CRM knows."""
    fields = {"first_name": first_name, "last_name": last_name, "email": email, "phone": phone}
    fields = {name: clean(value) for name, value in fields.items()}
    _check_person(fields)
    with transaction.atomic():
        person: Contact = Contact.objects.create(
            operating_company=division.operating_company,
            division=division,
            role_code=_role(role_code),
            created_at=at,
            **fields,
        )
        _audit_person(person, actor, at, "person.added", f"{_called(person)} was added.")
    return person


def person_edit(
    person: Contact,
    *,
    actor: User,
    at: dt.datetime,
    first_name: str | None = None,
    last_name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    role_code: str | None = None,
) -> None:
    """Change what is given. Of people that Xero lists only the role is the CRM's (CU-13, SY-12)."""
    given = {"first_name": first_name, "last_name": last_name, "email": email, "phone": phone}
    fields = {name: clean(value) for name, value in given.items() if value is not None}
    changed = {name: value for name, value in fields.items() if getattr(person, name) != value}
    if changed and person.slot is not None:
        raise CustomerRefused(
            f"{_called(person)} comes from Xero, so name, e-mail and phone are kept there: change them in Xero "
            "and the next pass brings them. Nothing was changed."
        )
    _check_person({name: changed.get(name, getattr(person, name)) for name in given})
    if role_code is not None and _role(role_code) != person.role_code:
        changed["role_code"] = _role(role_code)
    if not changed:
        return
    before = {name: getattr(person, name) for name in changed}
    with transaction.atomic():
        for name, value in changed.items():
            setattr(person, name, value)
        person.save(update_fields=list(changed))
        detail = {name: [before[name], value] for name, value in changed.items()}
        _audit_person(person, actor, at, "person.edited", f"{_called(person)} was changed.", detail)


def ledger_give_company(
    ledger: SalesLedger | PurchaseLedger,
    company: Company | None = None,
    *,
    actor: User,
    at: dt.datetime,
    account_manager: User | None = None,
    role_code: str = "",
) -> Division:
    """Give a ledger of the "no company yet" list (IS-3) a division of `company`, or of a new one.

    The other ledger of the same contact comes along. Further people than the primary one follow
    when the contact is next read.
    """
    with transaction.atomic():
        type(ledger).objects.select_for_update().get(pk=ledger.pk)
        ledger.refresh_from_db(fields=["division"])
        if ledger.division_id is not None:
            raise CustomerRefused(f"{ledger.name} belongs to a company already. Nothing was changed.")
        if company and company.operating_company_id != ledger.operating_company_id:
            raise CustomerRefused(
                f"{company.name} belongs to another operating company. Nothing was changed."
            )
        division = _division_of_other(ledger, company) or _division_new(
            ledger, company, account_manager, _role(role_code), at
        )
        for side in (SalesLedger, PurchaseLedger):
            side.objects.of(ledger.operating_company).filter(
                ledger_id=ledger.ledger_id, ledger_id__isnull=False, division=None
            ).update(division=division)
        ledger.division = division
        ledger.save(update_fields=["division"])
        audit_record(
            ledger.operating_company,
            at=at,
            actor=actor,
            action="ledger.company_given",
            subject=f"company:{division.company_id}",
            summary=f"{ledger.name} was put under {division.company.name}.",
        )
    return division


def _division_of_other(ledger: SalesLedger | PurchaseLedger, company: Company | None) -> Division | None:
    """Where the other ledger of the same Xero contact is: both belong to one division."""
    other = PurchaseLedger if isinstance(ledger, SalesLedger) else SalesLedger
    found = (
        other.objects.of(ledger.operating_company)
        .filter(ledger_id=ledger.ledger_id, ledger_id__isnull=False, division__isnull=False)
        .select_related("division__company")
        .first()
    )
    if found is None:
        return None
    division: Division = found.division
    if company and division.company_id != company.pk:
        raise CustomerRefused(
            f"The same contact is under {division.company.name} already. Choose that company; nothing was changed."
        )
    return division


def _division_new(
    ledger: SalesLedger | PurchaseLedger,
    company: Company | None,
    account_manager: User | None,
    role_code: str,
    at: dt.datetime,
) -> Division:
    owner = ledger.operating_company
    is_customer = isinstance(ledger, SalesLedger)
    if company is None:
        kind = CompanyType.CUSTOMER if is_customer else CompanyType.SUPPLIER
        company = Company.objects.create(
            operating_company=owner,
            name=ledger.name,
            company_type=kind,
            account_manager=account_manager,
            created_at=at,
        )
    division: Division = Division.objects.create(operating_company=owner, company=company, name=ledger.name)
    names = (
        (ledger.contact_first_name, ledger.contact_last_name) if isinstance(ledger, SalesLedger) else ("", "")
    )
    if any((*names, ledger.email, ledger.phone)):
        Contact.objects.create(
            operating_company=owner,
            division=division,
            slot=0,
            first_name=names[0],
            last_name=names[1],
            email=ledger.email,
            phone=ledger.phone,
            role_code=role_code,
            created_at=at,
        )
    return division


def _named(name: str) -> str:
    name = clean(name)
    if not name:
        raise CustomerRefused("A name cannot be empty. Nothing was changed.")
    if len(name) > INDEXED_LIMIT:
        raise CustomerRefused(f"A name has at most {INDEXED_LIMIT} characters. Nothing was changed.")
    return name


def _role(role_code: str) -> str:
    role_code = clean(role_code)
    if len(role_code) > 60:
        raise CustomerRefused("A role has at most 60 characters. Nothing was changed.")
    return role_code


def _check_person(fields: dict[str, str]) -> None:
    if not (fields["first_name"] or fields["last_name"] or fields["email"]):
        raise CustomerRefused("A person needs a name or an e-mail address. Nothing was changed.")


def _called(person: Contact) -> str:
    return f"{person.first_name} {person.last_name}".strip() or person.email or "This person"


def _audit_person(
    person: Contact,
    actor: User,
    at: dt.datetime,
    action: str,
    summary: str,
    detail: dict[str, list[str]] | None = None,
) -> None:
    owner: OperatingCompany = person.operating_company
    subject = f"person:{person.pk}"
    audit_record(owner, at=at, actor=actor, action=action, subject=subject, summary=summary, detail=detail)
