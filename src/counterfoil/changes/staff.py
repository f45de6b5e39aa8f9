"""Who works in an operating company, and in which role; every change leaves its entry in the trail."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.accounts.companies import COLOURS, operating_company_make
from counterfoil.accounts.models import Membership, OperatingCompany, Role, User
from counterfoil.changes.services import audit_record


class StaffRefused(Exception):
    """Nothing was changed; the text says why and what to do."""


def member_add(
    company: OperatingCompany, *, email: str, name: str, role: str, actor: User, at: dt.datetime
) -> tuple[User, bool]:
    """Let somebody work in `company`; the user, and whether they are new and need a password.

    Somebody who has an account keeps their name and password. Raises StaffRefused.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise StaffRefused(f"{email or 'Nothing'} is no e-mail address. Nothing was changed.") from error
    _role_check(role)
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(
            email=email, defaults={"name": name.strip()[:150], "password": "", "created_at": at}
        )
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        _, added = Membership.objects.get_or_create(
            user=user, operating_company=company, defaults={"role": role}
        )
        if not added:
            raise StaffRefused(f"{user} works in {company} already. Change the role in the list.")
        _tell(company, "added", user, f"{user} works here as {Role(role).label}.", actor, at)
    return user, is_new


def member_role_set(membership: Membership, *, role: str, actor: User, at: dt.datetime) -> None:
    """Give somebody another role. Raises StaffRefused when nobody would be left to administer the company."""
    _role_check(role)
    with transaction.atomic():
        _administrator_stays(membership, leaves=role != Role.ADMINISTRATOR)
        before = Role(membership.role).label
        membership.role = role
        membership.save(update_fields=["role"])
        user, company, now = membership.user, membership.operating_company, Role(role).label
        _tell(company, "role", user, f"{user} is {now} now.", actor, at, {"role": [before, now]})


def member_remove(membership: Membership, *, actor: User, at: dt.datetime) -> None:
    """Let somebody no longer in; all they made stays, under their name. Raises StaffRefused as `member_role_set`."""
    with transaction.atomic():
        _administrator_stays(membership, leaves=True)
        user, company = membership.user, membership.operating_company
        membership.delete()
        _tell(company, "removed", user, f"{user} no longer works here.", actor, at)


def company_add(like: OperatingCompany, *, name: str, actor: User, at: dt.datetime) -> OperatingCompany:
    """Another operating company, administered by `actor`, with currency and country of `like` until Xero says its own.

    Raises StaffRefused for a name that is empty or taken.
    """
    with transaction.atomic():
        company = operating_company_make(
            _name_checked(name),
            home_currency=like.home_currency,
            home_country=like.home_country,
            time_zone=like.time_zone,
            created_at=at,
        )
        Membership.objects.create(user=actor, operating_company=company, role=Role.ADMINISTRATOR)
        audit_record(company, at=at, actor=actor, action="company.added", summary=f"{company} was made.")
    return company


def company_change(
    company: OperatingCompany, *, name: str, colour: str, actor: User, at: dt.datetime
) -> None:
    """Another name or colour. Raises StaffRefused for a name that is empty or taken, or a colour not offered."""
    if colour not in dict(COLOURS):
        raise StaffRefused(f"{colour!r} is not one of the colours. Nothing was changed.")
    with transaction.atomic():
        name = _name_checked(name, but=company)
        pairs = {"name": [company.name, name], "colour": [company.colour, colour]}
        changed = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        if not changed:
            return
        company.name, company.colour = name, colour
        company.save(update_fields=list(changed))
        audit_record(
            company,
            at=at,
            actor=actor,
            action="company.changed",
            summary="The operating company was changed.",
            detail=changed,
        )


def _name_checked(name: str, but: OperatingCompany | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise StaffRefused("An operating company needs a name of at most 200 letters. Nothing was changed.")
    if OperatingCompany.objects.filter(name=name).exclude(pk=but.pk if but else 0).exists():
        raise StaffRefused(f"There is an operating company called {name} already. Nothing was changed.")
    return name


def _role_check(role: str) -> None:
    if role not in Role.values:
        raise StaffRefused(f"{role!r} is not a role. Nothing was changed.")


def _administrator_stays(membership: Membership, *, leaves: bool) -> None:
    """Locks the company's administrators, so that the last two cannot take each other's role away at the same time."""
    administrators = Membership.objects.select_for_update().filter(
        operating_company=membership.operating_company_id, role=Role.ADMINISTRATOR
    )
    if leaves and [one.pk for one in administrators] == [membership.pk]:
        raise StaffRefused(
            f"{membership.user} is the only Administrator here. Nothing was changed. "
            "Make somebody else Administrator first."
        )


def _tell(
    company: OperatingCompany,
    what: str,
    user: User,
    summary: str,
    actor: User,
    at: dt.datetime,
    detail: dict[str, list[str]] | None = None,
) -> None:
    audit_record(
        company,
        at=at,
        actor=actor,
        action=f"member.{what}",
        summary=summary,
        subject=f"user:{user.pk}",
        detail=detail,
    )
