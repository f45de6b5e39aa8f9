"""What was sold month by month: the figures behind the list of invoices and that of credit notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from counterfoil.core.money import ZERO
from counterfoil.core.months import day_in, month_after, month_of, months_until
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, TransactionKind
from counterfoil.database.amounts import Penny


@dataclass
class Month:
    """Approved documents of a month, without tax, in home currency (RP-1); `credited` is negative.

    `so_far` is the net of its days up to the day of the month that it is now, to compare an unfinished month with.
    """

    first: dt.date
    invoices: int = 0
    invoiced: Decimal = ZERO
    credits: int = 0
    credited: Decimal = ZERO
    so_far: Decimal = ZERO

    @property
    def last(self) -> dt.date:
        return month_after(self.first) - dt.timedelta(days=1)

    @property
    def net(self) -> Decimal:
        return self.invoiced + self.credited

    def until(self, today: dt.date) -> dt.date:
        """The last day that `so_far` counts."""
        return day_in(self.first, today)


def months_sold(company: int, *, today: dt.date, count: int) -> Sequence[Month]:
    """The last `count` months, the oldest first; that of `today` is the last, with what is dated later in it."""
    months = {first: Month(first) for first in months_until(today, count)}
    # By kind as well, and with both kinds named: the index by date then gives the groups in their order.
    rows = SalesOrderHeader.objects.of(company).filter(
        kind__in=TransactionKind.values,
        date__gte=next(iter(months)),
        date__lt=month_after(month_of(today)),
        state=DocumentState.INVOICED,
    )
    days = (
        rows.values_list("kind", "date").annotate(documents=Count("*"), net=Sum(Penny("home_net"))).order_by()
    )
    for kind, day, documents, net in days:
        _add(months[month_of(day)], kind, day, documents, net, today)
    return list(months.values())


def _add(month: Month, kind: str, day: dt.date, documents: int, net: Decimal, today: dt.date) -> None:
    if kind == TransactionKind.CREDIT:
        month.credits += documents
        month.credited += net
    else:
        month.invoices += documents
        month.invoiced += net
    if day <= month.until(today):
        month.so_far += net
