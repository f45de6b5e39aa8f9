"""What customers owe, by how long it has been due (CU-12): each customer's documents in each currency apart.

The same open documents, buckets and rounding as the ageing on a customer's page and the customer's statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Sum, Value, When

from counterfoil.core.money import ZERO, in_home_currency, to_penny
from counterfoil.crm.reports.naming import customers
from counterfoil.crm.sales.models import SalesOrderHeader, TransactionKind
from counterfoil.crm.sales.narrowing import BUCKETS, OPEN, aged_where, documents_where
from counterfoil.database.amounts import Penny
from counterfoil.database.paging import Criteria

_NONE = (ZERO,) * len(BUCKETS)


@dataclass
class Debt:
    """What a customer owes in one currency. `aged` has open invoices by bucket, `credits` what credit notes still hold.

    Those are in `currency`; `home` and `home_aged` are in home currency, each document rounded to the penny.
    `late` counts the invoices past their due date, `oldest` is the first of their due dates.
    """

    key: int
    currency: str
    criteria: Criteria
    label: str = ""
    code: str = ""
    aged: list[Decimal] = field(default_factory=lambda: list(_NONE))
    home_aged: list[Decimal] = field(default_factory=lambda: list(_NONE))
    credits: Decimal = ZERO
    home: Decimal = ZERO
    late: int = 0
    oldest: dt.date | None = None

    @property
    def owed(self) -> Decimal:
        return sum(self.aged, self.credits)

    @property
    def overdue(self) -> Decimal:
        """What is past its due date, before credits."""
        return sum(self.aged[1:], ZERO)

    @property
    def home_overdue(self) -> Decimal:
        return sum(self.home_aged[1:], ZERO)


def debts(company: int, criteria: Criteria) -> list[Debt]:
    """A row for each customer and currency with anything open, in no order."""
    today = dt.date.fromisoformat(criteria["today"])
    found: dict[tuple[int, str], Debt] = {}
    for group in _groups(company, criteria, today):
        key = (group["sales_ledger"], group["currency"])
        _add(found.setdefault(key, Debt(*key, criteria)), group, today)
    names = customers(company, ())
    for row in found.values():
        row.label, row.code = names[row.key]
    return list(found.values())


def overdue(company: int, criteria: Criteria) -> list[Debt]:
    """Those of them with invoices past their due date."""
    return [row for row in debts(company, criteria) if row.late]


def _groups(company: int, criteria: Criteria, today: dt.date) -> Sequence[dict[str, Any]]:
    """At home, where no rate is applied, the database adds up; of the rest it counts equal documents."""
    documents: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
    place = Case(
        *(When(aged_where(n, today), then=Value(n)) for n in range(len(BUCKETS))), output_field=IntegerField()
    )
    rows = documents.filter(OPEN, documents_where(criteria)).annotate(place=place)
    by = ("sales_ledger", "currency", "kind", "place")
    oldest = Min("due_date", filter=Q(kind=TransactionKind.INVOICE))
    sums = {"due": Sum("amount_due"), "home": Sum(Penny("amount_due")), "n": Count("pk"), "oldest": oldest}
    at_home = rows.filter(rate=1).values(*by).annotate(**sums)
    abroad = rows.exclude(rate=1).values(*by, "rate", "amount_due").annotate(n=Count("pk"), oldest=oldest)
    return [*at_home.order_by(), *abroad.order_by()]


def _add(row: Debt, group: dict[str, Any], today: dt.date) -> None:
    if "due" in group:
        due, home = group["due"], group["home"]
    else:
        due = group["n"] * group["amount_due"]
        home = group["n"] * to_penny(in_home_currency(group["amount_due"], group["rate"]))
    row.home += home
    if group["kind"] == TransactionKind.CREDIT:
        row.credits += due
        return
    row.aged[group["place"]] += due
    row.home_aged[group["place"]] += home
    if group["place"]:
        row.late += group["n"]
        row.oldest = min(row.oldest or group["oldest"], group["oldest"])
