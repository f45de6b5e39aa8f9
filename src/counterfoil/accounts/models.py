"""Who may come in, and for which operating company."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None, *, name: str = "", **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), name=name, **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, default="auto")
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email


class SignInFailure(models.Model):
    """A sign-in that failed. Enough of them in a short time stop further tries.

    `who` is a keyed digest of the e-mail address and the place it was tried from, so that the table
    tells nobody who has an account here.
    """

    who = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["who", "at"], name="sign_in_failure_by_who")]


class LedgerLabel(models.TextChoices):
    """IS-1: what labels a Sales Ledger everywhere."""

    ACCOUNT_NUMBER = "account_number", "Account number"
    NAME = "name", "Customer name"


class OperatingCompany(models.Model):
    """One legal entity that trades. It owns all business records."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    colour = models.CharField(max_length=7, default="#2f6f4f")
    home_currency = models.CharField(max_length=3, default="GBP")
    home_country = models.CharField(max_length=2, default="GB")
    time_zone = models.CharField(max_length=64, default="Europe/London")
    ledger_label = models.CharField(max_length=16, choices=LedgerLabel.choices, default=LedgerLabel.NAME)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    SALES = "sales", "Sales"
    ACCOUNTS = "accounts", "Accounts"
    READ_ONLY = "read_only", "Read-only"


class Membership(models.Model):
    """What a user may do in one operating company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    operating_company = models.ForeignKey(
        OperatingCompany, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "operating_company"], name="membership_once")
        ]


class OwnedQuerySet(models.QuerySet[Any]):
    """Rows of business records. Here is the one place where tenancy is checked for reading."""

    def of(self, operating_company: OperatingCompany | int) -> Self:
        key = operating_company if isinstance(operating_company, int) else operating_company.pk
        return self.filter(operating_company_id=key)

    def by_key_of(self, operating_company: int) -> Self:
        """As `of`, for rows that are then read by their keys.

        SQLite keeps no statistics unless told to, and would rather go through all that a company has than look up fifty
        keys; so no index fits this condition there.
        """
        if connection.vendor != "sqlite":
            return self.of(operating_company)
        return self.filter(Exact(F("operating_company_id") + 0, operating_company))


class Owned(models.Model):
    """A business record: it belongs to exactly one operating company."""

    operating_company = models.ForeignKey(
        OperatingCompany, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class SavedView(Owned):
    """A list as somebody likes to see it: search, filters, order and columns, kept under a name.

    `parameters` is what stands behind the question mark of the list's address. A shared one is seen by everybody
    in the operating company; the list opens with it for the people in `first_for`.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    list_name = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    parameters = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    first_for = models.ManyToManyField(User, related_name="+")
    created_at = models.DateTimeField()

    opens: bool  # for the person who looks; told by `saved_views.views_of`

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "operating_company", "list_name", "owner", Lower("name"), name="saved_view_once"
            )
        ]
