"""What may be done to products: by an import, by users.

Permission is the caller's business; every change by a user is in the audit trail.
"""

from counterfoil.crm.products.changing import PRODUCT_CHANGED, SHARED_FIELDS, product_change
from counterfoil.crm.products.creation import PRODUCT_CREATED, product_create
from counterfoil.crm.products.editing import product_edit, product_set_image
from counterfoil.crm.products.enriching import products_enrich
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.crm.products.pull import items_apply, items_withdraw_missing, products_leave_books

__all__ = [
    "PRODUCT_CHANGED",
    "PRODUCT_CREATED",
    "SHARED_FIELDS",
    "ProductRefused",
    "items_apply",
    "items_withdraw_missing",
    "product_change",
    "product_create",
    "product_edit",
    "product_set_image",
    "products_enrich",
    "products_leave_books",
]
