"""What the search box finds: actions, pages, customers, quotes, suppliers, products, documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.customers import listing as customers
from counterfoil.crm.products import listing as products
from counterfoil.crm.purchasing import listing as purchasing
from counterfoil.crm.quotes import listing as quotes
from counterfoil.crm.sales import listing as sales
from counterfoil.web.quotes.screen import stage_badge
from counterfoil.web.shell.navigation import Place, actions_like, places_like
from counterfoil.web.showing import day_text, money_text

MOST = 6


@dataclass(frozen=True)
class Found:
    label: str
    address: str
    icon: str
    detail: str = ""


def found_for(company: OperatingCompany, role: str, wanted: str) -> list[dict[str, Any]]:
    """Groups of what matches `wanted`, each with at most MOST records; empty groups are left out."""
    groups = [
        (
            "Customers",
            [_customer(row, company) for row in customers.customers_like(company.pk, wanted, MOST)],
        ),
        ("Quotes and orders", [_quote(row) for row in quotes.quotes_like(company.pk, wanted, MOST)]),
        ("Documents", [_document(row) for row in sales.documents_like(company.pk, wanted, MOST)]),
        ("Products", [_product(row, company) for row in products.products_like(company.pk, wanted, MOST)]),
        ("Purchase orders", [_order(row) for row in purchasing.orders_like(company.pk, wanted, MOST)]),
        ("Suppliers", [_supplier(row) for row in customers.suppliers_like(company.pk, wanted, MOST)]),
        ("Actions", [_place(place) for place in actions_like(role, wanted)]),
        ("Pages", [_place(place) for place in places_like(role, wanted)]),
    ]
    return [{"label": label, "items": items} for label, items in groups if items]


def _place(place: Place) -> Found:
    return Found(place.label, reverse(place.route), place.icon)


def _customer(row: Any, company: OperatingCompany) -> Found:
    owed = money_text(row.balance_outstanding, company.home_currency) if row.balance_outstanding else ""
    name = row.display_description if row.display_description != row.name else ""
    label = f"{name} · {row.name}" if name else row.name
    return Found(label[:160], reverse("customer", args=[row.pk]), "users", owed)


def _supplier(row: Any) -> Found:
    return Found(row.name[:160], reverse("supplier", args=[row.pk]), "truck", row.account_number[:40])


def _product(row: Any, company: OperatingCompany) -> Found:
    label = f"{row.code} · {row.description}" if row.description else row.code
    price = money_text(row.selling_price, company.home_currency)
    return Found(label[:160], reverse("product", args=[row.pk]), "package", price)


def _quote(row: Any) -> Found:
    label = f"{row.number} · {row.sales_ledger.display_description}{f' · {row.title}' if row.title else ''}"
    detail = f"{stage_badge(row)[0]} · {money_text(row.total, row.currency)}"
    return Found(label[:160], reverse("quote", args=[row.pk]), "clipboard-list", detail)


def _document(row: Any) -> Found:
    route, mark = ("invoice", "file-invoice") if row.kind == "I" else ("credit-note", "receipt-refund")
    label = f"{row.number or 'No number'} · {row.sales_ledger.display_description}"
    return Found(
        label[:160],
        reverse(route, args=[row.pk]),
        mark,
        f"{money_text(row.total, row.currency)} · {day_text(row.date)}",
    )


def _order(row: Any) -> Found:
    label = f"{row.number or 'No number'} · {row.purchase_ledger.name}"
    return Found(
        label[:160],
        reverse("purchase-order", args=[row.pk]),
        "shopping-cart",
        money_text(row.total, row.currency),
    )
