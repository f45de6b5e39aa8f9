"""Sales Order Headers and their Sales Transactions: invoices (`I`) and credits (`C`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from counterfoil.accounts.models import OperatingCompany, Owned
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.database.fields import MoneyField, RateField


class TransactionKind(models.TextChoices):
    INVOICE = "I", "Invoice"
    CREDIT = "C", "Credit"


class DocumentState(models.TextChoices):
    """IN-2: what a Xero status means in the CRM."""

    PENDING = "pending", "Pending"
    INVOICED = "invoiced", "Invoice"
    DELETED = "deleted", "Deleted"
    VOIDED = "voided", "Voided"
    UNKNOWN = "unknown", "Unknown status"


class SalesOrderHeader(Owned):
    """A Xero sales invoice or credit note.

    Amounts are in document currency unless named `home_`; credits are negative (CR-1). `rate` is
    units of document currency per one unit of home currency. `is_reported` is false for deleted and
    voided documents, which every report leaves out (RP-1).
    """

    external_id = models.CharField(max_length=36, null=True)
    kind = models.CharField(max_length=1, choices=TransactionKind.choices)
    sales_ledger = models.ForeignKey(
        SalesLedger, on_delete=models.PROTECT, related_name="documents", db_index=False
    )
    number = models.TextField(blank=True)
    customer_reference = models.TextField(blank=True)
    status = models.CharField(max_length=30)
    state = models.CharField(max_length=10, choices=DocumentState.choices)
    is_reported = models.BooleanField()
    date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    rate = RateField()
    line_amount_types = models.CharField(max_length=20)
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    home_net = MoneyField()
    home_total = MoneyField()
    amount_paid = MoneyField()
    amount_credited = MoneyField()
    amount_due = MoneyField()
    is_paid = models.BooleanField()
    paid_on = models.DateField(null=True)
    back_link = models.TextField(blank=True)
    sent_to_contact = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="document_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["operating_company", "kind", "-date", "-id"], name="document_by_date"),
            # Wide enough that the totals of a search by customer read the index alone.
            models.Index(
                fields=["sales_ledger", "-date", "kind", "currency", "home_total", "amount_due"],
                name="document_by_ledger",
            ),
            # Wide enough that a search reads the index alone.
            models.Index(
                fields=["operating_company", "kind", "number", "customer_reference", "sales_ledger", "id"],
                name="document_by_number",
            ),
            models.Index(fields=["operating_company", "kind", "home_total", "id"], name="document_by_total"),
            # Wide enough that the totals under a list, and its order by due date, read it alone.
            models.Index(
                fields=[
                    "operating_company",
                    "kind",
                    "currency",
                    "state",
                    "is_paid",
                    "due_date",
                    "home_total",
                    "amount_due",
                    "sales_ledger",
                    "id",
                ],
                name="document_totals",
            ),
            models.Index(
                fields=["operating_company", "due_date"],
                condition=models.Q(is_paid=False, state="invoiced"),
                name="document_open_by_due",
            ),
        ]


class SalesTransaction(Owned):
    """One line of a sales document (IN-3). Credits carry negative amounts (CR-1)."""

    # The header's own, and written with it. The database proves it there: once a line would cost a first
    # sync on PostgreSQL a tenth (docs/decisions/first-sync-speed.md).
    operating_company = models.ForeignKey(
        OperatingCompany, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    header = models.ForeignKey(
        SalesOrderHeader, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.IntegerField()
    line_item_id = models.CharField(max_length=36, blank=True)
    kind = models.CharField(max_length=1, choices=TransactionKind.choices)
    product = models.ForeignKey(ProductItem, null=True, on_delete=models.SET_NULL, related_name="sales")
    item_code = models.TextField(blank=True)
    description = models.TextField(blank=True)
    quantity = MoneyField(null=True)
    unit_price = MoneyField(null=True)
    discount_rate = RateField(null=True)
    discount_amount = MoneyField(null=True)
    analysis = models.CharField(max_length=50, blank=True)
    tax_type = models.CharField(max_length=60, blank=True)
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    home_net = MoneyField()
    home_gross = MoneyField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["header", "position"], name="sales_transaction_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["operating_company", "item_code"],
                condition=models.Q(product=None) & ~models.Q(item_code=""),
                name="sales_transaction_unlinked",
            )
        ]
