"""Read products and their stock for lists and pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from counterfoil.crm.products.models import ProductItem
from counterfoil.database.paging import Criteria, Source, containing, settled

SEARCHED = ("code", "description", "barcode", "product_group")

STATES: dict[str, Q] = {
    "": Q(is_obsolete=False, is_withdrawn=False),
    "stocked": Q(is_stocked=True, is_obsolete=False),
    "out": Q(is_stocked=True, is_obsolete=False, stock__free_stock__lte=0),
    "obsolete": Q(is_obsolete=True),
    "every": Q(),
}


def _products(company: int, criteria: Criteria) -> QuerySet[ProductItem]:
    rows: QuerySet[ProductItem] = ProductItem.objects.of(company)
    rows = rows.filter(STATES.get(criteria.get("state", ""), STATES[""]))
    if group := criteria.get("group", ""):
        rows = rows.filter(product_group=group)
    if wanted := criteria.get("q", "").strip():
        rows = settled(containing(rows, SEARCHED, wanted))
    return rows


def _whole(company: int) -> QuerySet[ProductItem]:
    rows: QuerySet[ProductItem] = ProductItem.objects.of(company)
    # The texts of a list row are short ones: the long descriptions stay in the database.
    return rows.defer("extended_description", "purchase_description").prefetch_related("stock")


PRODUCTS = Source(
    narrow=_products,
    whole=_whole,
    sorts={
        "code": [(Lower("code"), False)],
        "name": [(Lower("description"), False)],
        "price": [("selling_price", False)],
        "cost": [("cost_price", False)],
    },
)


def product_of(company: int, pk: int) -> ProductItem | None:
    """One product of an operating company with its stock."""
    rows: QuerySet[ProductItem] = ProductItem.objects.of(company)
    return rows.prefetch_related("stock__warehouse").filter(pk=pk).first()


def products_like(company: int, wanted: str, most: int) -> list[ProductItem]:
    """For the search box: by code, name or barcode; those that begin so first, obsolete ones last."""
    rows = containing(ProductItem.objects.of(company), SEARCHED, wanted).filter(is_withdrawn=False)
    first: Any = Q(code__istartswith=wanted)
    ordered = rows.annotate(far=~first).order_by("is_obsolete", "far", Lower("code"), "pk")
    return list(ordered.defer("extended_description", "purchase_description")[:most])


def groups_of(company: int) -> list[str]:
    """The product groups that users gave, for the filter."""
    rows = ProductItem.objects.of(company).exclude(product_group="").order_by("product_group")
    return list(rows.values_list("product_group", flat=True).distinct()[:200])
