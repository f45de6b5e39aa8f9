"""The sets of records that are read: S has 10,000 invoices, others are in proportion."""

from __future__ import annotations

import math
from dataclasses import dataclass

CLIENT_ID, CLIENT_SECRET = "bench", "bench-secret"
CRM_URL = "http://localhost:8000"
REDIRECT = f"{CRM_URL}/integration/xero/callback"
LINES = 5
TURNS = 17
"""How often records can be changed so that none is changed twice."""


@dataclass(frozen=True)
class Size:
    """How many of each. S is Size(10_000)."""

    invoices: int = 10_000

    @property
    def contacts(self) -> int:
        return max(40, self.invoices // 5)

    @property
    def items(self) -> int:
        return max(20, self.invoices // 20)

    @property
    def credit_notes(self) -> int:
        return max(10, self.invoices // 10)

    @property
    def purchase_orders(self) -> int:
        return max(10, self.invoices // 20)

    def as_seed(self) -> dict[str, int]:
        names = ("invoices", "contacts", "items", "credit_notes", "purchase_orders")
        return {name: getattr(self, name) for name in names}

    def calls(self) -> int:
        """What a first read of the five streams costs at least: pages of 1,000, and items in one."""
        paged = (self.contacts, self.invoices, self.credit_notes, self.purchase_orders)
        return sum(max(1, math.ceil(count / 1000)) for count in paged) + 1
