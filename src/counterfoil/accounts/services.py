"""Set up the first administrator; check sign-ins; keep a user's preferences."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from counterfoil.accounts.companies import operating_company_make
from counterfoil.accounts.models import Membership, OperatingCompany, Role, SignInFailure, User

FAILURES_ALLOWED = 5
FAILURES_WITHIN = dt.timedelta(minutes=15)
THEMES = ("auto", "light", "dark")


class SetUpRefused(Exception):
    """The first administrator cannot be made; the text says why and what to do."""


class SignInRefused(Exception):
    """Nobody was signed in; the sentence is the same whether or not the account exists."""


def first_administrator_create(
    *,
    email: str,
    password: str,
    name: str,
    company_name: str,
    home_currency: str,
    home_country: str,
    at: dt.datetime,
    time_zone: str = "Europe/London",
) -> tuple[User, OperatingCompany]:
    """Make the first user, the first operating company, and the one Administrator of the other.

    Raises SetUpRefused when somebody exists already or the password is too weak.
    """
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise SetUpRefused(" ".join(error.messages)) from error
    with transaction.atomic():
        _alone()
        if User.objects.exists():
            raise SetUpRefused("Somebody has set this installation up already. Sign in instead.")
        user = User.objects.create_user(email, password, name=name, created_at=at)
        company = operating_company_make(
            company_name,
            home_currency=home_currency.upper(),
            home_country=home_country.upper(),
            time_zone=time_zone,
            created_at=at,
        )
        Membership.objects.create(user=user, operating_company=company, role=Role.ADMINISTRATOR)
    return user, company


def _alone() -> None:
    """Two people who set up at the same moment take turns. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")


def sign_in_check(email: str, password: str, *, address: str, at: dt.datetime) -> User:
    """The user with this e-mail and password. Raises SignInRefused, also after too many failures.

    Unknown accounts are counted and answered exactly as known ones.
    """
    who = _who(email, address)
    recent = SignInFailure.objects.filter(who=who, at__gt=at - FAILURES_WITHIN)
    if recent.count() >= FAILURES_ALLOWED:
        raise SignInRefused(
            "Too many failed attempts for this e-mail address. Nothing is locked for good: "
            "wait 15 minutes, then try again."
        )
    user = authenticate(username=email.strip().lower(), password=password)
    if not isinstance(user, User):
        SignInFailure.objects.create(who=who, at=at)
        SignInFailure.objects.filter(at__lte=at - FAILURES_WITHIN).delete()
        raise SignInRefused("That e-mail address and password do not match. Check both and try again.")
    SignInFailure.objects.filter(who=who).delete()
    return user


def _who(email: str, address: str) -> str:
    digest = salted_hmac("counterfoil.sign-in", f"{email.strip().lower()}|{address}", algorithm="sha256")
    return digest.hexdigest()


def preferences_save(user: User, *, theme: str, time_zone: str) -> None:
    """Keep how a user likes to see things. Raises ValueError for a theme or zone that does not exist."""
    if theme not in THEMES or (time_zone and time_zone not in zoneinfo.available_timezones()):
        raise ValueError(f"{theme!r} and {time_zone!r} are not a theme and a time zone")
    user.theme = theme
    user.time_zone = time_zone
    user.save(update_fields=["theme", "time_zone"])
