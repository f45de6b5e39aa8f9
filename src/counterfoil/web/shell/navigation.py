"""The pages one can go to and what one can do there, for the side bar and the search box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from counterfoil.accounts.roles import permits
from counterfoil.web.reports.index import GROUPS as REPORT_GROUPS


@dataclass(frozen=True)
class Place:
    label: str
    route: str
    icon: str
    permission: str = "records.read"
    other_words: str = ""


GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place("Dashboard", "home", "layout-dashboard", other_words="home start overview sales figures"),
            Place("Quotes", "quotes", "clipboard-list", other_words="orders offers board pipeline"),
            Place("Customers", "customers", "users", other_words="sales ledgers clients"),
            Place("Suppliers", "suppliers", "truck", other_words="purchase ledgers vendors"),
            Place("People", "people", "address-book", other_words="contacts persons"),
            Place("Products", "products", "package", other_words="items stock"),
            Place(
                "Reports", "reports", "chart-bar", other_words="sales margin aged debt overdue stock analysis"
            ),
        ),
    ),
    (
        "Documents",
        (
            Place("Invoices", "invoices", "file-invoice", other_words="sales orders overdue"),
            Place("Credit notes", "credit-notes", "receipt-refund", other_words="credits"),
            Place("Purchase orders", "purchase-orders", "shopping-cart", other_words="buying"),
        ),
    ),
    (
        "Reference",
        (
            Place("Tax codes", "tax-codes", "receipt-tax", other_words="vat rates"),
            Place("Currencies", "currencies", "coins", other_words="exchange rates"),
            Place("Analysis codes", "analysis-codes", "list-numbers", other_words="accounts nominal"),
        ),
    ),
    (
        "System settings",
        (
            Place(
                "All settings",
                "settings",
                "search",
                "integration.manage",
                "find setting change log audit trail history",
            ),
            Place(
                "Integration",
                "integration",
                "plug",
                "integration.manage",
                "xero connect sync import settings",
            ),
            Place(
                "Quotes",
                "quote-settings",
                "settings",
                "quotes.settings",
                "delivery numbering margin defaults word templates letterhead",
            ),
            Place(
                "Users and roles",
                "members",
                "user",
                "people.manage",
                "people members invite password permissions administrator sales accounts read-only",
            ),
            Place(
                "Operating company",
                "company-settings",
                "building",
                "people.manage",
                "companies add switch colour name",
            ),
            Place("Outbox", "outbox", "arrow-right", "outbox.manage", "waiting refused failed retry xero"),
        ),
    ),
)

# What one does rather than looks at, each with the page on which it is done.
ACTIONS: tuple[Place, ...] = (
    Place("New quote", "quotes-new", "plus", "quotes.edit", "make create offer order"),
    Place("New customer", "customer-new", "plus", "customers.edit", "make create add client"),
    Place("New product", "product-new", "plus", "products.edit", "make create add item creator"),
    Place("Quotes by stage", "quotes-board", "clipboard-list", other_words="board pipeline drag"),
    Place("Connect to Xero", "xero-guide", "plug", "integration.manage", "app client id secret register"),
    Place(
        "Sync now, pause or disconnect",
        "xero",
        "refresh",
        "integration.manage",
        "xero status light reconnect resume read again stream progress",
    ),
    Place("Import settings", "xero-settings", "settings", "integration.manage", "xero b2c labels change"),
    Place(
        "Choose what is sent to Xero", "xero-sending", "arrow-right", "integration.manage", "template archive"
    ),
    Place("Verify against Xero", "xero-verify", "check", "integration.manage", "compare repair differences"),
    Place(
        "Records set aside", "xero-set-aside", "alert-triangle", "integration.manage", "retry dismiss xero"
    ),
    Place("History of passes", "xero-history", "history", "integration.manage", "xero sync csv"),
    Place("Who is alerted", "xero-alerts", "mail", "integration.manage", "alerts e-mail quiet hours"),
    Place("Webhooks", "xero-webhooks", "world", "integration.manage", "xero key events"),
    Place("Word templates", "quote-templates", "file-invoice", "quotes.settings", "upload docx letterhead"),
    Place("Your settings", "preferences", "user", other_words="theme dark light time zone preferences"),
)

REPORTS: tuple[Place, ...] = tuple(
    Place(card.title, card.route, card.icon, card.permission, "report")
    for _, cards in REPORT_GROUPS
    for card in cards
)


def navigation(role: str, path: str) -> list[dict[str, Any]]:
    """The side bar for a role; the place that `path` lies in is marked."""
    groups, here = [], _current(path)
    for label, places in GROUPS:
        items = [_item(place, here) for place in places if permits(role, place.permission)]
        if items:
            groups.append({"label": label, "items": items})
    return groups


def _current(path: str) -> str:
    """The address of the place that `path` lies in; of two, one of which lies in the other, the inner one."""
    addresses = [reverse(place.route) for _, places in GROUPS for place in places]
    # Everything lies under the address of the first page; only that page itself is meant by it.
    inside = (one for one in addresses if path == one or (path.startswith(one) and one != reverse("home")))
    return max(inside, key=len, default="")


def _item(place: Place, here: str) -> dict[str, Any]:
    address = reverse(place.route)
    return {"label": place.label, "icon": place.icon, "address": address, "current": address == here}


def places_like(role: str, wanted: str) -> list[Place]:
    """Pages whose name and other names contain every word of the text."""
    return _like(role, wanted, [*(place for _, places in GROUPS for place in places), *REPORTS])


def actions_like(role: str, wanted: str) -> list[Place]:
    """The same of what this role may do."""
    return _like(role, wanted, ACTIONS)


def _like(role: str, wanted: str, places: Iterable[Place]) -> list[Place]:
    words = wanted.lower().split()
    return [
        place
        for place in places
        if permits(role, place.permission)
        and all(word in f"{place.label} {place.other_words}".lower() for word in words)
    ]
