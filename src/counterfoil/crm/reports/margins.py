"""What was sold has cost: by the cost price that each product has today, as a sale keeps none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum

from counterfoil.core.money import ZERO
from counterfoil.crm.sales.lines import lines_where
from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.database.amounts import Penny, Product, Unindexed
from counterfoil.database.paging import Criteria

# A line's cost is known when it has a quantity, and a product with a cost price.
_KNOWN = Q(product__cost_price__isnull=False, quantity__isnull=False)
COSTS: Mapping[str, Any] = {
    "covered": Sum(Penny("home_net"), filter=_KNOWN),
    "cost": Sum(Product("quantity", "product__cost_price")),
}


class Cost(NamedTuple):
    """`covered`: net sales of lines whose cost is known; `cost`: that cost. Both in home currency."""

    covered: Decimal = ZERO
    cost: Decimal = ZERO


def lines_dated(company: int, asked: Criteria) -> QuerySet[Any]:
    """The lines of the documents asked for, in a form that is added up fast."""
    rest = {key: value for key, value in asked.items() if key not in ("from", "to")}
    rows: QuerySet[Any] = SalesTransaction.objects.of(company)
    rows = rows.filter(lines_where(rest), header__date__isnull=False).alias(on=Unindexed("header__date"))
    if since := asked.get("from"):
        rows = rows.filter(on__gte=since)
    if until := asked.get("to"):
        rows = rows.filter(on__lte=until)
    return rows


def costs_by(company: int, asked: Criteria, column: str, fold: Callable[[Any], Any]) -> Mapping[Any, Cost]:
    """Key → cost, for sums over documents; `column` is one of theirs."""
    groups = (
        lines_dated(company, asked)
        .annotate(of=Unindexed(f"header__{column}"))
        .values_list("of")
        .annotate(**COSTS)
    )
    found: dict[Any, Cost] = {}
    for value, covered, cost in groups.order_by():
        before = found.get(fold(value), Cost())
        found[fold(value)] = Cost(before.covered + (covered or ZERO), before.cost + (cost or ZERO))
    return found
