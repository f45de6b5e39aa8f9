"""Passwords: a link with which somebody chooses their first or a new one, and changing one's own.

No password is ever sent or told. A link works once and for a while only: its token is made of the stored password and
the last sign-in, which change with its use, and of the companies that the person works in: whoever made it may not
administer one that has been added since.
"""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from counterfoil.accounts.models import Membership, Role, User


class PasswordRefused(Exception):
    """The password was not changed; the text says why."""


class _Tokens(PasswordResetTokenGenerator):
    def _make_hash_value(self, user: User, timestamp: int) -> str:
        companies = Membership.objects.filter(user=user).values_list("operating_company", flat=True)
        return f"{super()._make_hash_value(user, timestamp)}{sorted(companies)}"


_tokens = _Tokens()


def password_link_for(user: User) -> tuple[str, str]:
    """Who, and a token: the two parts of the address at which this person chooses a password."""
    return urlsafe_base64_encode(force_bytes(user.pk)), _tokens.make_token(user)


def link_owner(who: str, token: str) -> User | None:
    """Whose link this is; None when it was used, is too old, or was never made."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(who)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and _tokens.check_token(user, token) else None


def password_choose(user: User, password: str) -> None:
    """Set a password. Raises PasswordRefused when it is weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise PasswordRefused(" ".join(error.messages)) from error
    user.set_password(password)
    user.save(update_fields=["password"])


def password_change(user: User, *, old: str, new: str) -> None:
    """Change one's own password. Raises PasswordRefused for a wrong old or a weak new one."""
    if not user.check_password(old):
        raise PasswordRefused("The current password is not right. Nothing was changed.")
    password_choose(user, new)


def may_make_link(actor: User, user: User) -> bool:
    """Whether `actor` administers every operating company that `user` works in.

    Who can make a link can sign in as that person, and would otherwise come into a company of somebody else.
    """
    theirs = Membership.objects.filter(user=user).values("operating_company")
    administered = Membership.objects.filter(user=actor, role=Role.ADMINISTRATOR).values("operating_company")
    return not theirs.exclude(operating_company__in=administered).exists()
