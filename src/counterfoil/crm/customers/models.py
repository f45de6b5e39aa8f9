"""Company, Division and Contact; Sales Ledger and Purchase Ledger; notes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from counterfoil.accounts.models import Owned
from counterfoil.database.fields import MoneyField, RateField


class CompanyType(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    SUPPLIER = "supplier", "Supplier"


class Company(Owned):
    """The customer's or supplier's name, over one or more divisions."""

    name = models.TextField()
    named_by_user = models.BooleanField(default=False)
    company_type = models.CharField(max_length=40, default=CompanyType.CUSTOMER)
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["operating_company", "name"], name="company_by_name")]


class Division(Owned):
    """A location of a company; ledgers and people hang on it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="divisions")
    name = models.TextField()
    named_by_user = models.BooleanField(default=False)


class Contact(Owned):
    """A person at a division.

    `slot` is the place among the people that Xero lists for a ledger (0: the primary one); it is
    empty for people that CRM users added.
    """

    division = models.ForeignKey(Division, on_delete=models.CASCADE, related_name="contacts")
    slot = models.IntegerField(null=True)
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    role_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                "operating_company", Lower("last_name"), Lower("first_name"), name="contact_by_last_name"
            )
        ]


class LedgerAccount(Owned):
    """What a Sales Ledger and a Purchase Ledger have in common: a Xero contact's own data.

    `ledger_id` is the Xero ContactID (CU-1); it is empty until a ledger made in the CRM has one.
    """

    division = models.ForeignKey(Division, null=True, on_delete=models.PROTECT, related_name="%(class)ss")
    ledger_id = models.CharField(max_length=36, null=True)
    account_number = models.TextField(blank=True)
    name = models.TextField()
    email = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    fax = models.TextField(blank=True)
    address_line1 = models.TextField(blank=True)
    address_line2 = models.TextField(blank=True)
    address_line3 = models.TextField(blank=True)
    address_line4 = models.TextField(blank=True)
    address_line5 = models.TextField(blank=True)
    postcode = models.TextField(blank=True)
    country = models.TextField(blank=True)
    street_only = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, blank=True)
    tax_type = models.CharField(max_length=60, blank=True)
    vat_number = models.TextField(blank=True)
    is_archived = models.BooleanField(default=False)
    balance_outstanding = MoneyField(default=0)
    balance_overdue = MoneyField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


class B2C(models.TextChoices):
    UNKNOWN = "unknown", "Not known"
    B2B = "b2b", "Business"
    B2C = "b2c", "Consumer"


class CreditRule(models.TextChoices):
    """What happens when an order takes a customer over the credit limit (PU-6)."""

    NONE = "none", "Not checked"
    WARN = "warn", "Warn"
    BLOCK = "block", "Block"


class SalesLedger(LedgerAccount):
    """The account of a customer.

    `on_stop` is what counts; it is true when any reason holds: archived in Xero, a GDPR request
    there, or a stop set by a user (`stopped_by_user`). `uuid` is given to ledgers made in the CRM: it
    names them before they have a `ledger_id`, and for ever after. `branding_theme` is the look of invoices of
    one made from a template (IS-9).
    """

    uuid = models.UUIDField(null=True, unique=True, editable=False)

    display_description = models.TextField()
    contact_first_name = models.TextField(blank=True)
    contact_last_name = models.TextField(blank=True)
    contact_persons = models.PositiveSmallIntegerField(default=0)
    vat_number_valid = models.BooleanField(null=True)
    discount = RateField(default=0)
    default_analysis = models.CharField(max_length=50, blank=True)
    payment_terms = models.CharField(max_length=80, blank=True)
    branding_theme = models.CharField(max_length=36, blank=True)
    b2c = models.CharField(max_length=8, choices=B2C.choices, default=B2C.UNKNOWN)
    b2c_by_user = models.BooleanField(default=False)
    on_stop = models.BooleanField(default=False)
    gdpr_request = models.BooleanField(default=False)
    stopped_by_user = models.BooleanField(default=False)
    stop_reason = models.TextField(blank=True)
    stopped_at = models.DateTimeField(null=True)
    credit_limit = MoneyField(null=True)
    credit_rule = models.CharField(max_length=5, choices=CreditRule.choices, default=CreditRule.WARN)
    requires_reference = models.BooleanField(default=False)
    balance_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "ledger_id"], name="sales_ledger_once")
        ]
        indexes: ClassVar = [
            models.Index("operating_company", Lower("display_description"), name="sales_ledger_by_label"),
            models.Index("operating_company", Lower("name"), name="sales_ledger_by_name"),
            models.Index(fields=["operating_company", "balance_overdue"], name="sales_ledger_by_overdue"),
            # Wide enough that the totals under the list read the index alone.
            models.Index(
                fields=["operating_company", "balance_outstanding", "b2c", "balance_overdue", "id"],
                name="sales_ledger_by_balance",
            ),
        ]


class PurchaseLedger(LedgerAccount):
    """The account of a supplier (SU-1)."""

    website = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "ledger_id"], name="purchase_ledger_once")
        ]
        indexes: ClassVar = [models.Index("operating_company", Lower("name"), name="purchase_ledger_by_name")]


class TemplateLedger(Owned):
    """Which customer new ones of a country type take after (IS-9)."""

    country_type = models.CharField(max_length=20)
    sales_ledger = models.ForeignKey(SalesLedger, on_delete=models.CASCADE, related_name="template_for")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "country_type"], name="template_ledger_once")
        ]


class LedgerAlias(Owned):
    """A ContactID whose contact was merged into another one in Xero (SY-13).

    `former_sales` and `former_purchase` were the ledgers' primary keys here, so that old addresses still lead on.
    """

    external_id = models.CharField(max_length=36)
    survivor_id = models.CharField(max_length=36)
    former_sales = models.BigIntegerField(null=True)
    former_purchase = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="ledger_alias_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "survivor_id"], name="ledger_alias_by_survivor")
        ]


class Note(Owned):
    """What somebody wrote down about a customer; the sync never touches it (SY-12)."""

    sales_ledger = models.ForeignKey(SalesLedger, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()


class CustomerFile(Owned):
    """A file that somebody put with a customer; only the CRM has it, and the sync never touches it (SY-12).

    The bytes stand in the row (docs/decisions/files-in-the-database.md), in its last column, so that a list of files
    reads none of them. `digest` is their SHA-256 in hexadecimal digits.
    """

    sales_ledger = models.ForeignKey(SalesLedger, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField()
    content = models.BinaryField()
