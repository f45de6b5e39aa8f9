"""Currencies and their rates, tax codes, analysis codes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from counterfoil.accounts.models import Owned
from counterfoil.database.fields import RateField


class Currency(Owned):
    """A currency the operating company trades in (TX-3)."""

    code = models.CharField(max_length=3)
    name = models.TextField(blank=True)
    is_home = models.BooleanField(default=False)
    by_hand = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "code"], name="currency_once")
        ]


ECB = "European Central Bank"


class ReferenceRate(models.Model):
    """A reference rate: units of `currency` per one euro on a day. `source` is who says so, mostly the ECB."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    per_euro = RateField()
    source = models.CharField(max_length=80, default=ECB)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["currency", "on"], name="reference_rate_once")
        ]


class HandRate(Owned):
    """A rate an administrator set by hand: units of `currency` per one unit of home currency."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    per_home = RateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "currency", "on"], name="hand_rate_once")
        ]


class RatesState(models.Model):
    """How the daily refresh of reference rates stands: one row."""

    checked_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    newest_on = models.DateField(null=True)
    source = models.CharField(max_length=40, default="bundled history")
    problem = models.TextField(blank=True)


class TaxCode(Owned):
    """A Xero tax rate: TaxType is its only stable key (xero-facts 7.1)."""

    tax_type = models.CharField(max_length=60)
    name = models.TextField()
    rate = RateField()
    display_rate = RateField(null=True)
    report_tax_type = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=20)
    is_active = models.BooleanField()
    components = models.JSONField(default=list)
    applies_to_assets = models.BooleanField(default=False)
    applies_to_equity = models.BooleanField(default=False)
    applies_to_expenses = models.BooleanField(default=False)
    applies_to_liabilities = models.BooleanField(default=False)
    applies_to_revenue = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "tax_type"], name="tax_code_once")
        ]


class CountryType(models.TextChoices):
    HOME = "home", "Home"
    EU_REGISTERED = "eu_registered", "EU registered"
    EU_UNREGISTERED = "eu_unregistered", "EU unregistered"
    NON_EU = "non_eu", "Non-EU"


class TransactionType(models.TextChoices):
    SALES = "sales", "Sales"
    PURCHASE = "purchase", "Purchase"


class TaxCombination(Owned):
    """Whether a tax code is used for a country type and a transaction type (TX-1)."""

    tax_code = models.ForeignKey(TaxCode, on_delete=models.CASCADE, related_name="combinations")
    country_type = models.CharField(max_length=16, choices=CountryType.choices)
    transaction_type = models.CharField(max_length=8, choices=TransactionType.choices)
    applies = models.BooleanField()
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tax_code", "country_type", "transaction_type"], name="tax_combination_once"
            )
        ]


class AnalysisCode(Owned):
    """A Xero account. Bank accounts may have no code (xero-facts 4.10)."""

    external_id = models.CharField(max_length=36)
    code = models.CharField(max_length=50, blank=True)
    name = models.TextField()
    account_type = models.CharField(max_length=40)
    account_class = models.CharField(max_length=40, blank=True)
    system_account = models.CharField(max_length=60, blank=True)
    tax_type = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=20)
    is_active = models.BooleanField()
    description = models.TextField(blank=True)
    for_payments = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["code", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="analysis_code_once")
        ]
        indexes: ClassVar = [models.Index(fields=["operating_company", "code"], name="analysis_by_code")]


class BrandingTheme(Owned):
    """How an invoice will look in Xero."""

    external_id = models.CharField(max_length=36)
    name = models.TextField()
    position = models.IntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="branding_theme_once")
        ]
