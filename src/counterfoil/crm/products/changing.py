"""Change what the CRM and Xero both own of a product (PU-2). The sync sends it, if the settings say so (IS-10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypedDict, Unpack
from uuid import uuid4

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record, change_record
from counterfoil.core.mapping.text import clean
from counterfoil.core.merge import plain
from counterfoil.crm.products.checking import accounts_check, price_check, text_check
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.crm.products.models import ProductItem

PRODUCT_CHANGED: Final = "product.changed"
# What goes both ways, as people call it: of every item, of one that is sold, of one that is bought.
NAME_FIELDS: Final = {"description": "Name"}
SELLING_FIELDS: Final = {
    "extended_description": "Extended description",
    "selling_price": "Selling price",
    "sales_analysis": "Sales analysis",
    "vat_code": "Sales tax",
}
BUYING_FIELDS: Final = {
    "purchase_description": "Description when buying",
    "cost_price": "Cost price",
    "purchase_analysis": "Purchase analysis",
    "purchase_vat_code": "Purchase tax",
}
SHARED_FIELDS: Final = NAME_FIELDS | SELLING_FIELDS | BUYING_FIELDS
_PRICES: Final = ("selling_price", "cost_price")
_NOTHING: Final = "Nothing was changed."


class ProductChanges(TypedDict, total=False):
    """What may be changed; what is left out stays. Prices in home currency."""

    description: str
    extended_description: str
    purchase_description: str
    selling_price: Decimal | None
    cost_price: Decimal | None
    sales_analysis: str
    purchase_analysis: str
    vat_code: str
    purchase_vat_code: str


def product_change(
    product: ProductItem,
    *,
    actor: User,
    at: dt.datetime,
    seen: Mapping[str, str] | None = None,
    **given: Unpack[ProductChanges],
) -> list[str]:
    """Save what differs and record it for the sync, in one transaction; returns the fields that changed.

    `seen`: what the person saw before changing it, amounts as text; if Xero's value came in between, it is a change
    on both sides. Raises ProductRefused for what Xero would refuse, and for what belongs to selling or buying of a product that is
    not sold or bought: Xero drops that (PR-5).
    """
    wanted: dict[str, Any] = {
        name: clean(value) if isinstance(value, str) else value for name, value in given.items()
    }
    with transaction.atomic():
        row: ProductItem = ProductItem.objects.select_for_update().get(pk=product.pk)
        changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if changed:
            _check(row, changed)
            fields = {
                name: [(seen or {}).get(name, plain(getattr(row, name))), plain(value)]
                for name, value in changed.items()
            }
            for name, value in changed.items():
                setattr(row, name, value)
            row.updated_at = at
            row.save(update_fields=[*changed, "updated_at"])
            _record(row, fields, actor=actor, at=at)
    product.refresh_from_db()
    return list(changed)


def product_fields_put(product: ProductItem, values: Mapping[str, Any], *, at: dt.datetime) -> None:
    """Set shared fields as they are agreed on (amounts as text), without telling anybody."""
    for name, value in values.items():
        if name in SHARED_FIELDS:
            amount = Decimal(value) if name in _PRICES and value != "" else None
            setattr(product, name, amount if name in _PRICES else value)
    product.updated_at = at
    product.save(update_fields=[*(name for name in values if name in SHARED_FIELDS), "updated_at"])


def _check(row: ProductItem, changed: dict[str, Any]) -> None:
    if row.is_withdrawn:
        raise ProductRefused(f"Xero has no item {row.code} any more, so it cannot be changed. {_NOTHING}")
    if not row.is_sellable and changed.keys() & SELLING_FIELDS.keys():
        raise ProductRefused(f"{row.code} is not sold, so Xero keeps nothing about selling it. {_NOTHING}")
    if not row.is_purchased and changed.keys() & BUYING_FIELDS.keys():
        raise ProductRefused(f"{row.code} is not bought, so Xero keeps nothing about buying it. {_NOTHING}")
    for name, value in changed.items():
        if name in _PRICES:
            if value is not None:
                price_check(name, value, _NOTHING)
        elif name.endswith("description"):
            text_check(name, value, _NOTHING)
    accounts_check(row.operating_company, changed, _NOTHING)


def _record(row: ProductItem, fields: dict[str, list[str]], *, actor: User, at: dt.datetime) -> None:
    company, subject = row.operating_company, f"product:{row.pk}"
    said = ", ".join(
        f"{SHARED_FIELDS[name].lower()} is now {after or 'empty'}" for name, (_, after) in fields.items()
    )
    audit_record(
        company,
        at=at,
        actor=actor,
        action="product.changed",
        subject=subject,
        summary=f"{row.code}: {said}."[:2000],
        detail=fields,
    )
    change_record(
        company,
        kind=PRODUCT_CHANGED,
        key=uuid4().hex,
        subject=subject,
        payload={"product": row.pk, "fields": fields},
        actor=actor,
        at=at,
    )
