"""The Product Creator: make a product here; it is sent with the first order that has it (PU-3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final, TypedDict, Unpack

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record, change_record
from counterfoil.core.mapping.text import clean
from counterfoil.crm.products.checking import accounts_check, price_check, text_check
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.crm.products.models import ProductItem

PRODUCT_CREATED: Final = "product.created"
_NOTHING: Final = "Nothing was made."


class ProductGiven(TypedDict, total=False):
    """What a product may be made with, beside code and name; prices in home currency."""

    extended_description: str
    purchase_description: str
    selling_price: Decimal | None
    cost_price: Decimal | None
    sales_analysis: str
    purchase_analysis: str
    vat_code: str
    purchase_vat_code: str
    is_sellable: bool
    is_purchased: bool


def product_create(
    company: OperatingCompany,
    code: str,
    name: str,
    *,
    actor: User,
    at: dt.datetime,
    **given: Unpack[ProductGiven],
) -> ProductItem:
    """Make a product that Xero does not have yet. Raises ProductRefused for what Xero would refuse.

    Its change record is held back until the first order with it is confirmed.
    """
    values = _checked(company, clean(code), clean(name), given)
    with transaction.atomic():
        _check_code_free(company, values["code"])
        product: ProductItem = ProductItem.objects.create(
            operating_company=company, created_at=at, updated_at=at, **values
        )
        audit_record(
            company,
            at=at,
            actor=actor,
            action="product.created",
            subject=f"product:{product.pk}",
            summary=f"{product.code} {product.description} was made; it goes to Xero with its first order.",
        )
        change_record(
            company,
            kind=PRODUCT_CREATED,
            key=product_key(product.pk),
            subject=f"product:{product.pk}",
            payload={"product": product.pk},
            actor=actor,
            at=at,
            held=True,
        )
    return product


def product_key(pk: int) -> str:
    """The key of the change record of a product made here."""
    return f"product:{pk}"


def _checked(company: OperatingCompany, code: str, name: str, given: ProductGiven) -> dict[str, object]:
    if not code:
        raise ProductRefused(f"A product needs a code. {_NOTHING}")
    text_check("code", code, _NOTHING)
    text_check("description", name, _NOTHING)
    values: dict[str, object] = {"code": code, "description": name, **given}
    for field in ("extended_description", "purchase_description"):
        text = clean(given.get(field, ""))  # type: ignore[arg-type]
        text_check(field, text, _NOTHING)
        values[field] = text
    for field in ("selling_price", "cost_price"):
        price = given.get(field)
        if isinstance(price, Decimal):
            price_check(field, price, _NOTHING)
    accounts_check(company, given, _NOTHING)
    return values


def _check_code_free(company: OperatingCompany, code: object) -> None:
    """Codes are compared without their case, as Xero is taken to do (xero-facts 4.4)."""
    holder = ProductItem.objects.of(company).filter(code__iexact=code, is_withdrawn=False).first()
    if holder is not None:
        raise ProductRefused(
            f"{holder.code} {holder.description} has this code already. Nothing was made; choose another code."
        )
