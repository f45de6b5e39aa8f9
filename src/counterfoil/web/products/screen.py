from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.products.listing import PRODUCTS, groups_of
from counterfoil.web.lists import cells
from counterfoil.web.lists.columns import optional
from counterfoil.web.lists.screen import Column, Empty, Filter, Screen


def free_stock(product: Any) -> Decimal | None:
    """Stock on hand over all warehouses; None where the product is not stocked."""
    rows = list(product.stock.all())
    return sum((row.free_stock for row in rows), Decimal(0)) if product.is_stocked and rows else None


def flags_of(product: Any) -> list[tuple[str, str]]:
    flags = []
    if product.is_obsolete:
        flags.append(("Obsolete", "neutral"))
    elif product.is_sellable:
        flags.append(("Sellable", "good"))
    if product.is_stocked:
        flags.append(("Stocked", "accent"))
    stock = free_stock(product)
    if stock is not None and stock <= 0 and not product.is_obsolete:
        flags.append(("Out of stock", "warn"))
    return flags


def _stock(product: Any, company: OperatingCompany) -> SafeString:
    stock = free_stock(product)
    if stock is None:
        return SafeString("")
    return cells.badge(f"{stock.normalize():f}", "warn") if stock < 0 else cells.number(stock)


def _groups(company: OperatingCompany) -> Sequence[tuple[str, str]]:
    return [("", "All"), *((group, group) for group in groups_of(company.pk))]


SCREEN = Screen(
    name="products",
    title="Products",
    one="product",
    icon="package",
    source=PRODUCTS,
    link=lambda row: reverse("product", args=[row.pk]),
    sort="code",
    search_hint="Code, name, group or barcode",
    empty=Empty(
        "No products yet",
        "Products are the items of the connected Xero organisation, with their prices and stock.",
    ),
    filters=(
        Filter(
            "state",
            "Status",
            (
                ("", "In use"),
                ("stocked", "Stocked"),
                ("out", "Out of stock"),
                ("obsolete", "Obsolete"),
                ("every", "All, with obsolete"),
            ),
        ),
        Filter("group", "Group", _groups),
    ),
    columns=(
        Column(
            "code",
            "Code",
            lambda r, c: cells.text(r.code, 40),
            lambda r, c: r.code,
            sortable=True,
            place="title",
        ),
        Column(
            "name",
            "Name",
            lambda r, c: cells.text(r.description, 90),
            lambda r, c: r.description,
            sortable=True,
            place="sub",
        ),
        Column(
            "status",
            "Status",
            lambda r, c: cells.badges(flags_of(r)),
            lambda r, c: ", ".join(w for w, _ in flags_of(r)),
        ),
        Column("group", "Group", lambda r, c: cells.text(r.product_group, 40), lambda r, c: r.product_group),
        Column(
            "analysis",
            "Sales analysis",
            lambda r, c: cells.text(r.sales_analysis),
            lambda r, c: r.sales_analysis,
        ),
        optional("purchase", "Purchase analysis", lambda r: r.purchase_analysis),
        optional("tax", "Tax code", lambda r: r.vat_code),
        optional("barcode", "Barcode", lambda r: r.barcode),
        optional("unit", "Unit", lambda r: r.unit_of_measure),
        optional("obsolete", "Why obsolete", lambda r: r.obsolete_reason if r.is_obsolete else ""),
        Column(
            "stock",
            "On hand",
            _stock,
            lambda r, c: free_stock(r),
            numeric=True,
            place="side",
            digits="General",
        ),
        Column(
            "cost",
            "Cost",
            lambda r, c: cells.number(r.cost_price, 2),
            lambda r, c: r.cost_price,
            sortable=True,
            numeric=True,
        ),
        Column(
            "price",
            "Selling price",
            lambda r, c: cells.number(r.selling_price, 2),
            lambda r, c: r.selling_price,
            sortable=True,
            numeric=True,
            place="amount",
        ),
    ),
)
