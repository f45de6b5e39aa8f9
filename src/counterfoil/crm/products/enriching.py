"""What other books know of products that are here already; none is made and none is renamed (CN-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.items import ItemValues
from counterfoil.crm.products.models import ProductItem

UNMATCHED = "unmatched"
_FIELDS = ("sales_analysis", "purchase_analysis", "vat_code", "purchase_vat_code")


def products_enrich(
    company: OperatingCompany, values: Sequence[ItemValues], *, has_primary: bool, at: dt.datetime
) -> Applied:
    """Put analysis and tax codes onto products found by id or code; the caller's transaction.

    Of a product that a Primary keeps (`has_primary`, and it has an id there) only what is empty is filled.
    """
    live = list(ProductItem.objects.of(company).filter(is_withdrawn=False))
    by_id = {product.external_id: product for product in live if product.external_id}
    by_code = {product.code: product for product in live}
    applied, changed = Applied(), []
    for value in values:
        product = by_id.get(value.external_id) or by_code.get(value.code)
        if product is None:
            applied.skipped[value.external_id] = UNMATCHED
            continue
        is_kept = has_primary and product.external_id is not None
        if _enriched(product, value, is_kept=is_kept):
            product.updated_at = at
            changed.append(product)
    ProductItem.objects.bulk_update(changed, (*_FIELDS, "updated_at"), batch_size=200)
    applied.updated = len(changed)
    return applied


def _enriched(product: ProductItem, value: ItemValues, *, is_kept: bool) -> bool:
    """Set what is known there; whether anything changed."""
    is_changed = False
    for name in _FIELDS:
        new, old = getattr(value, name), getattr(product, name)
        if new and new != old and not (is_kept and old):
            setattr(product, name, new)
            is_changed = True
    return is_changed
