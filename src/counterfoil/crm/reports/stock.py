"""Stock on hand and what it is worth by cost (PR-4, PR-6). Where a cost is not known, nothing is made up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Max, QuerySet, Sum

from counterfoil.core.money import ZERO, to_penny
from counterfoil.crm.products.models import ProductItem
from counterfoil.database.paging import Criteria


@dataclass(frozen=True)
class Held:
    """A stocked product. `on_hand` is None where its stock was not read yet, `value` where cost or stock is unknown."""

    key: int
    code: str
    name: str
    group: str
    on_hand: Decimal | None
    as_at: dt.datetime | None
    cost: Decimal | None
    is_obsolete: bool

    @property
    def label(self) -> str:
        return self.name

    @property
    def value(self) -> Decimal | None:
        """What is short counts against it, as in the books."""
        return None if self.on_hand is None or self.cost is None else to_penny(self.on_hand * self.cost)


def stock_held(company: int, criteria: Criteria) -> list[Held]:
    """Products whose stock is counted: those in use, and obsolete ones as long as any is left."""
    rows: QuerySet[ProductItem] = ProductItem.objects.of(company).filter(is_stocked=True, is_withdrawn=False)
    if group := criteria.get("group", ""):
        rows = rows.filter(product_group=group)
    listed = (
        rows.values_list("pk", "code", "description", "product_group")
        .annotate(
            on_hand=Sum("stock__free_stock"),
            as_at=Max("stock__as_at"),
            cost=F("cost_price"),
            obsolete=F("is_obsolete"),
        )
        .order_by()
    )
    held = [Held(*row) for row in listed]
    return [one for one in held if _is_asked(one, criteria.get("which", ""))]


def _is_asked(one: Held, which: str) -> bool:
    on_hand = one.on_hand or ZERO
    if which == "held":
        return on_hand > 0
    if which == "out":
        return on_hand <= 0 and not one.is_obsolete
    if which == "unknown":
        return one.cost is None
    return bool(on_hand) or not one.is_obsolete
