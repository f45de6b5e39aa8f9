"""The reports there are, in the groups the index shows."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.web.lists.screen import Screen
from counterfoil.web.reports.debts import AGED, OVERDUE
from counterfoil.web.reports.goods import INCOMING, STOCK
from counterfoil.web.reports.lapsed import LAPSED
from counterfoil.web.reports.sales import KINDS, SALES


@dataclass(frozen=True)
class Card:
    title: str
    route: str
    icon: str
    words: str
    permission: str = "records.read"


def _card(screen: Screen, words: str) -> Card:
    return Card(screen.title, screen.name, screen.icon, words)


GROUPS: tuple[tuple[str, tuple[Card, ...]], ...] = (
    ("Sales", tuple(_card(screen, kind.lead) for screen, kind in zip(SALES, KINDS, strict=True))),
    (
        "Customers",
        (
            _card(AGED, "What each customer owes, by days past the due date."),
            _card(OVERDUE, "Who is late, since when, with how much."),
            _card(LAPSED, "Who stopped buying, or buys less than half."),
        ),
    ),
    (
        "Goods",
        (
            _card(STOCK, "What is on hand, and its value by cost."),
            _card(INCOMING, "What suppliers still have to bring, and when."),
        ),
    ),
    (
        "Books",
        (
            Card(
                "Reconciliation with Xero",
                "reconciliation",
                "check",
                "Whether the CRM and Xero have the same records and totals.",
                "integration.manage",
            ),
        ),
    ),
)
REPORTS = (*SALES, AGED, OVERDUE, LAPSED, STOCK, INCOMING)
