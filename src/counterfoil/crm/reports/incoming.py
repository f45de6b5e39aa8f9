"""Open purchase orders by the day they are expected (PO-2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from counterfoil.core.money import ZERO, to_penny
from counterfoil.crm.purchasing.listing import OPEN_STATES, orders_where
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.database.paging import Criteria


@dataclass(frozen=True)
class Incoming:
    """One open order of the supplier `code`; `arrival_on` is Xero's expected arrival date. `net` is without tax in home currency, `own` the same in the order's currency."""

    key: int
    label: str
    code: str
    state: str
    date: dt.date | None
    delivery_date: dt.date | None
    arrival_on: dt.date | None
    currency: str
    own: Decimal
    home_net: Decimal

    @property
    def expected_on(self) -> dt.date | None:
        """The delivery date; where there is none, the day of arrival that somebody noted."""
        return self.delivery_date or self.arrival_on

    @property
    def net(self) -> Decimal:
        return to_penny(self.home_net)

    @property
    def currencies(self) -> dict[str, Decimal]:
        return {self.currency: self.own}


def orders_incoming(company: int, criteria: Criteria) -> list[Incoming]:
    """Open orders, in no order."""
    rows: QuerySet[PurchaseOrderHeader] = PurchaseOrderHeader.objects.of(company)
    rows = rows.filter(orders_where(criteria), state__in=OPEN_STATES)
    listed = rows.values_list(
        "pk",
        "number",
        "purchase_ledger__name",
        "state",
        "date",
        "delivery_date",
        "expected_on",
        "currency",
        "net",
        "home_net",
    )
    return [Incoming(pk, number or "No number", *rest) for pk, number, *rest in listed.order_by()]


def incoming_by_month(orders: Sequence[Incoming], today: dt.date) -> list[tuple[dt.date | None, Decimal]]:
    """The first of the month, or None for what should have come already or has no day → net, oldest first."""
    months: dict[dt.date | None, Decimal] = {}
    for order in orders:
        on = order.expected_on
        month = on.replace(day=1) if on and on >= today else None
        months[month] = months.get(month, ZERO) + order.net
    return sorted(months.items(), key=lambda pair: pair[0] or dt.date.min)
