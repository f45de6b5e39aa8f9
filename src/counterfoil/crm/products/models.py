"""Product items and their stock."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from counterfoil.accounts.models import Owned
from counterfoil.database.fields import MoneyField


class ProductItem(Owned):
    """What is sold. `code` is the Xero item Code, `external_id` the immutable ItemID (PR-1).

    Barcode, unit of measure, group and image exist only in the CRM (PR-7).
    """

    external_id = models.CharField(max_length=36, null=True)
    code = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    extended_description = models.TextField(blank=True)
    purchase_description = models.TextField(blank=True)
    selling_price = MoneyField(null=True)
    cost_price = MoneyField(null=True)
    sales_analysis = models.CharField(max_length=50, blank=True)
    purchase_analysis = models.CharField(max_length=50, blank=True)
    vat_code = models.CharField(max_length=60, blank=True)
    purchase_vat_code = models.CharField(max_length=60, blank=True)
    is_sellable = models.BooleanField(default=True)
    is_purchased = models.BooleanField(default=True)
    is_stocked = models.BooleanField(default=False)
    is_obsolete = models.BooleanField(default=False)
    obsolete_reason = models.TextField(blank=True)
    is_withdrawn = models.BooleanField(default=False)
    barcode = models.CharField(max_length=64, blank=True)
    unit_of_measure = models.CharField(max_length=30, blank=True)
    product_group = models.CharField(max_length=100, blank=True)
    image = models.FileField(upload_to="products/", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "external_id"], name="product_once"),
            models.UniqueConstraint(
                fields=["operating_company", "code"],
                condition=models.Q(is_withdrawn=False),
                name="product_code_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["operating_company", "code"], name="product_by_code")]


class Warehouse(Owned):
    """Xero knows no warehouses: there is one, the default."""

    code = models.CharField(max_length=20, default="MAIN")
    name = models.CharField(max_length=80, default="Main warehouse")
    is_default = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operating_company", "code"], name="warehouse_once")
        ]


class Stock(Owned):
    """Stock on hand at a warehouse, as at a moment (PR-6).

    On-order and allocated quantities do not exist here: Xero's API does not have them, and a column
    of zeros would be read as a fact.
    """

    product = models.ForeignKey(ProductItem, on_delete=models.CASCADE, related_name="stock")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, related_name="+", db_index=False)
    free_stock = MoneyField()
    physical_stock = MoneyField()
    as_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["product", "warehouse"], name="stock_once")]
