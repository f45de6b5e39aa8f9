"""Read users, operating companies and memberships."""

from __future__ import annotations

from counterfoil.accounts.models import Membership, OperatingCompany, Role, User

# What screens may name in their signatures; they import no models.
__all__ = [
    "Membership",
    "OperatingCompany",
    "User",
    "administrators_of",
    "is_set_up",
    "member_of",
    "members_of",
    "membership_in",
    "memberships_in",
    "memberships_of",
]


def is_set_up() -> bool:
    """Whether the first administrator exists."""
    return User.objects.exists()


def memberships_of(user: User) -> list[Membership]:
    """The operating companies a user may work in, with their role there, by name."""
    return list(
        Membership.objects.filter(user=user)
        .select_related("operating_company")
        .order_by("operating_company__name")
    )


def members_of(company: OperatingCompany) -> list[User]:
    """The active users of an operating company, by name: candidates for account manager."""
    return list(
        User.objects.filter(is_active=True, memberships__operating_company=company).order_by("name", "email")
    )


def memberships_in(company: OperatingCompany) -> list[Membership]:
    """Who works in an operating company, by name, with their roles there."""
    of = Membership.objects.filter(operating_company=company).select_related("user", "operating_company")
    return list(of.order_by("user__name", "user__email"))


def membership_in(company: OperatingCompany, pk: int) -> Membership | None:
    """One of `memberships_in` by its id."""
    of = Membership.objects.filter(operating_company=company, pk=pk)
    return of.select_related("user", "operating_company").first()


def member_of(company: OperatingCompany, user_id: int) -> User | None:
    """The active user with this id if they work in `company`."""
    return User.objects.filter(pk=user_id, is_active=True, memberships__operating_company=company).first()


def administrators_of(company: OperatingCompany) -> list[User]:
    """Whom to ask when something needs an Administrator."""
    return list(
        User.objects.filter(
            is_active=True, memberships__operating_company=company, memberships__role=Role.ADMINISTRATOR
        ).order_by("name", "email")
    )
