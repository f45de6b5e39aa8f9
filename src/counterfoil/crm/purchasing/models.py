"""Purchase Order Headers and their Purchase Transactions (PO-1)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from counterfoil.accounts.models import OperatingCompany, Owned
from counterfoil.crm.customers.models import PurchaseLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.database.fields import MoneyField, RateField


class PurchaseOrderState(models.TextChoices):
    """PO-2: what a Xero status means in the CRM."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Awaiting approval"
    AUTHORISED = "authorised", "Approved"
    COMPLETED = "completed", "Order completed"
    OBSOLETE = "obsolete", "Obsolete"
    UNKNOWN = "unknown", "Unknown status"


class PurchaseOrderHeader(Owned):
    """A Xero purchase order; amounts in document currency unless named `home_`."""

    external_id = models.CharField(max_length=36)
    purchase_ledger = models.ForeignKey(
        PurchaseLedger, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    number = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    status = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=PurchaseOrderState.choices)
    date = models.DateField(null=True)
    delivery_date = models.DateField(null=True)
    expected_on = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    rate = RateField()
    line_amount_types = models.CharField(max_length=20)
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    home_net = MoneyField()
    home_total = MoneyField()
    delivery_address = models.TextField(blank=True)
    attention_to = models.TextField(blank=True)
    telephone = models.TextField(blank=True)
    delivery_instructions = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="purchase_order_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "-date", "-id"], name="purchase_order_by_date"),
            models.Index(fields=["purchase_ledger", "-date"], name="purchase_order_by_ledger"),
        ]


class PurchaseTransaction(Owned):
    """One line of a purchase order."""

    # The header's own, and written with it. The database proves it there: once a line would cost a first
    # sync on PostgreSQL a tenth (docs/decisions/first-sync-speed.md).
    operating_company = models.ForeignKey(
        OperatingCompany, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    header = models.ForeignKey(
        PurchaseOrderHeader, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.IntegerField()
    line_item_id = models.CharField(max_length=36, blank=True)
    product = models.ForeignKey(ProductItem, null=True, on_delete=models.SET_NULL, related_name="purchases")
    item_code = models.TextField(blank=True)
    description = models.TextField(blank=True)
    quantity = MoneyField(null=True)
    unit_price = MoneyField(null=True)
    discount_rate = RateField(null=True)
    analysis = models.CharField(max_length=50, blank=True)
    tax_type = models.CharField(max_length=60, blank=True)
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    home_net = MoneyField()
    home_gross = MoneyField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["header", "position"], name="purchase_transaction_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["operating_company", "item_code"],
                condition=models.Q(product=None) & ~models.Q(item_code=""),
                name="purchase_transaction_unlinked",
            )
        ]
