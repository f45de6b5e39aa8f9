"""What a customer bought, when last, at which price, and what they do not buy any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from counterfoil.core.money import ZERO
from counterfoil.core.reordering import is_not_reordered, usual_days
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.sales.models import SalesTransaction, TransactionKind


@dataclass(frozen=True)
class Bought:
    """One product in one customer's history; credits are taken off `quantity` and `home_net`.

    `times` counts invoices, `last_on` is the day of the last one and None when there are credits alone. `price` is
    the last one, in that document's currency. `usual_days`: how often it is bought, where that is a habit.
    """

    product_id: int
    quantity: Decimal
    home_net: Decimal
    times: int
    last_on: dt.date | None
    usual_days: int | None
    is_not_reordered: bool
    code: str = ""
    description: str = ""
    price: Decimal | None = None
    currency: str = ""


class Purchases(NamedTuple):
    """`rows` are the first of those asked for; `products` and `not_reordered` count all there are."""

    rows: Sequence[Bought]
    products: int
    not_reordered: int


def products_bought(
    ledger: SalesLedger, *, today: dt.date, not_reordered: bool = False, most: int = 100
) -> Purchases:
    """Products on a customer's reported documents, the latest first.

    Those that are not re-ordered, asked for alone, come by what they brought in.
    """
    lines = SalesTransaction.objects.filter(header__sales_ledger=ledger, header__is_reported=True).exclude(
        product=None
    )
    found = [_bought(group, today) for group in _groups(lines)]
    lapsed = [one for one in found if one.is_not_reordered]
    if not_reordered:
        shown = sorted(lapsed, key=lambda one: (-one.home_net, one.product_id))
    else:
        shown = sorted(found, key=lambda one: (one.last_on or dt.date.min, one.product_id), reverse=True)
    return Purchases(_named(lines, shown[:most]), len(found), len(lapsed))


def _groups(lines: QuerySet[SalesTransaction]) -> list[dict[str, Any]]:
    invoiced = Q(kind=TransactionKind.INVOICE)
    # By the key alone: to group by the words too takes PostgreSQL twice the time.
    groups = lines.values("product").annotate(
        quantity=Sum("quantity"),
        net=Sum("home_net"),
        times=Count("header", distinct=True, filter=invoiced),
        first=Min("header__date", filter=invoiced),
        last=Max("header__date", filter=invoiced),
    )
    return [dict(group) for group in groups.order_by()]


def _bought(group: dict[str, Any], today: dt.date) -> Bought:
    first, last = group["first"], group["last"]
    usual = usual_days(first, last, group["times"]) if first and last else None
    return Bought(
        product_id=group["product"],
        quantity=group["quantity"] or ZERO,
        home_net=group["net"] or ZERO,
        times=group["times"],
        last_on=last,
        usual_days=usual,
        is_not_reordered=bool(last) and is_not_reordered(last, usual, today=today),
    )


def _named(lines: QuerySet[SalesTransaction], shown: Sequence[Bought]) -> list[Bought]:
    """The same with what the products are called and the price that was paid last."""
    keys = [one.product_id for one in shown]
    rows = (
        lines.filter(product__in=keys, kind=TransactionKind.INVOICE)
        .order_by("header__date", "header_id", "position")
        .values_list("product", "unit_price", "header__currency")
    )
    prices = {product: (price, currency) for product, price, currency in rows}
    items = ProductItem.objects.filter(pk__in=keys).values_list("pk", "code", "description")
    names = {pk: (code, description) for pk, code, description in items}
    found = []
    for one in shown:
        (code, description), (price, currency) = names[one.product_id], prices.get(one.product_id, (None, ""))
        found.append(replace(one, code=code, description=description, price=price, currency=currency))
    return found
