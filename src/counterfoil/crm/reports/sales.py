"""Net sales by month, customer, account manager, product or account, in home currency without tax (RP-1).

Confirmed documents count: drafts, deleted and voided ones do not (IN-2), and credits take away (CR-1). Months,
customers and managers go by what documents say; products and accounts by their lines, each with the line's own account.
Each document is rounded to the penny in home currency, as the books round it, and so is each line: sums of
sums agree, and what they differ by is a row of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from counterfoil.core.money import ZERO, to_penny
from counterfoil.crm.reports.margins import COSTS, Cost, costs_by, lines_dated
from counterfoil.crm.reports.naming import accounts, customers, managers, months, products
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, TransactionKind
from counterfoil.crm.sales.narrowing import documents_where
from counterfoil.database.amounts import Penny, Unindexed
from counterfoil.database.paging import Criteria

Key = int | str | dt.date | None
# Sales of documents that are on no line: those without lines, and what rounding leaves.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Name:
    """What a row is called: `second` is said beside it."""

    label: str
    second: str = ""


@dataclass
class SalesRow:
    """One row. `currencies`: the same sales in their own currency, for those that are not the home currency.

    `covered` is the part of the sales whose cost is known, `cost` that cost; None where they were not asked for.
    """

    key: Key
    criteria: Criteria
    name: Name = Name("")
    documents: int = 0
    quantity: Decimal = ZERO
    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    net: Decimal = ZERO
    currencies: dict[str, Decimal] = field(default_factory=dict)
    covered: Decimal | None = None
    cost: Decimal | None = None

    @property
    def margin(self) -> Decimal | None:
        return None if self.covered is None or self.cost is None else self.covered - self.cost


@dataclass(frozen=True)
class By:
    """What sales are added up by: a column of documents, or of lines; and what its values are called.

    `fold` makes one key of several values, as a month of its days.
    """

    column: str
    names: Callable[[int, Iterable[Any]], Mapping[Any, tuple[str, str]]]
    of_lines: bool = False
    fold: Callable[[Any], Any] = lambda value: value


BY: Mapping[str, By] = {
    "month": By("date", months, fold=lambda day: day.replace(day=1)),
    "customer": By("sales_ledger", customers),
    "manager": By("sales_ledger__division__company__account_manager", managers),
    "product": By("product", products, of_lines=True),
    "analysis": By("analysis", accounts, of_lines=True),
}


def sales_by(company: int, criteria: Criteria, by: str, *, margin: bool = False) -> list[SalesRow]:
    """The rows of the report, in no order."""
    how, asked = BY[by], {**criteria, "status": DocumentState.INVOICED.value}
    rows = (_of_lines if how.of_lines else _of_documents)(company, asked, how, margin=margin)
    names = how.names(company, rows)
    for row in rows.values():
        row.name = Name(*names[row.key])
    found = [row for row in rows.values() if row.key or _counts(row)]
    return found + _elsewhere(company, asked, found) if how.of_lines else found


def _counts(row: SalesRow) -> bool:
    """Lines that name no product and no account may be mere words, and then they are nothing to report."""
    return bool(row.documents or row.net or any(row.currencies.values()))


def _documents(company: int, asked: Criteria) -> QuerySet[SalesOrderHeader]:
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
    return rows.filter(documents_where(asked), date__isnull=False)


def _of_documents(company: int, asked: Criteria, how: By, *, margin: bool) -> dict[Key, SalesRow]:
    groups = (
        _documents(company, asked)
        .values_list(how.column, "kind", "currency")
        .annotate(n=Count("pk"), home=Sum(Penny("home_net")), own=Sum("net"))
    )
    rows: dict[Key, SalesRow] = {}
    for value, kind, currency, count, home, own in groups.order_by():
        row = rows.setdefault(how.fold(value), SalesRow(how.fold(value), asked))
        row.documents += count
        if kind == TransactionKind.CREDIT:
            row.credited += home
        else:
            row.invoiced += home
        row.currencies[currency] = row.currencies.get(currency, ZERO) + own
    costs = costs_by(company, asked, how.column, how.fold) if margin else {}
    for row in rows.values():
        row.net = row.invoiced + row.credited
        if margin:
            row.covered, row.cost = map(to_penny, costs.get(row.key, Cost()))
    return rows


def _of_lines(company: int, asked: Criteria, how: By, *, margin: bool) -> dict[Key, SalesRow]:
    groups = (
        lines_dated(company, asked)
        .annotate(of=Unindexed(how.column), currency=Unindexed("header__currency"))
        .values("of", "currency")
        .annotate(
            count=Sum("quantity"), home=Sum(Penny("home_net")), own=Sum("net"), **(COSTS if margin else {})
        )
    )
    rows: dict[Key, SalesRow] = {}
    for group in groups.order_by():
        row = rows.setdefault(group["of"], SalesRow(group["of"], asked))
        row.quantity += group["count"] or ZERO
        row.net += group["home"]
        row.currencies[group["currency"]] = group["own"]
        if margin:
            row.covered = (row.covered or ZERO) + (group["covered"] or ZERO)
            row.cost = (row.cost or ZERO) + (group["cost"] or ZERO)
    for row in rows.values():
        if row.covered is not None and row.cost is not None:
            row.covered, row.cost = to_penny(row.covered), to_penny(row.cost)
    return rows


def _elsewhere(company: int, asked: Criteria, rows: Iterable[SalesRow]) -> list[SalesRow]:
    """What documents say more (or less) than their lines is a row of its own, so that all reports agree."""
    whole = _documents(company, asked).aggregate(home=Sum(Penny("home_net")))["home"] or ZERO
    left = whole - sum((row.net for row in rows), ZERO)
    name = Name("On no line", "documents without lines, and rounding")
    return [SalesRow(ELSEWHERE, asked, name, net=left)] if left else []
