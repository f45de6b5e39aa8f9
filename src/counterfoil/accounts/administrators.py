"""Administrators made from the terminal, also when the installation has users already."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from counterfoil.accounts.companies import operating_company_make
from counterfoil.accounts.models import Membership, OperatingCompany, Role, User


def operating_companies() -> list[OperatingCompany]:
    """Every operating company of the installation, by name. For the operator's terminal only."""
    return list(OperatingCompany.objects.order_by("name"))


def administrator_create(*, email: str, company: str, name: str, password: str) -> User:
    """Make a user who administers an operating company, which is made when its name is new.

    Raises ValidationError (several messages) for a bad address, a weak password or a taken address.
    """
    email = email.strip().lower()
    validate_email(email)
    if User.objects.filter(email=email).exists():
        raise ValidationError(f"Somebody signs in as {email} already.")
    if not company.strip():
        raise ValidationError("The operating company needs a name.")
    validate_password(password, User(email=email, name=name))
    return member_create(email=email, company=company, name=name, password=password, role=Role.ADMINISTRATOR)


def member_create(*, email: str, company: str, name: str, password: str, role: str) -> User:
    """Make a user with a role in an operating company; values are taken as they are."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, name=name)
        found = OperatingCompany.objects.filter(name=company.strip()).first()
        found = found or operating_company_make(company.strip())
        Membership.objects.create(user=user, operating_company=found, role=role)
    return user
