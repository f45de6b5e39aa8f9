"""Sums over sales documents, for reports and rules.

All are in home currency and leave out deleted and voided documents; credits count against invoices
(RP-1). What is not yet an invoice is summed apart as `pending`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.ageing import Ageing, ageing_of
from counterfoil.core.money import ZERO, in_home_currency
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import DocumentState, SalesOrderHeader, SalesTransaction, TransactionKind
from counterfoil.database import bulk


class Sales(NamedTuple):
    """Net sales without tax. `credited` is negative; `pending` is drafts and submitted, either sign."""

    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    pending: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """Confirmed sales after credits."""
        return self.invoiced + self.credited

    def plus(self, other: Sales) -> Sales:
        return Sales(
            self.invoiced + other.invoiced, self.credited + other.credited, self.pending + other.pending
        )


class Owed(NamedTuple):
    """What a document adds to its customer's balance, and to whose."""

    ledger_id: str
    status: str
    currency: str
    rate: Decimal
    due_date: dt.date | None
    amount_due: Decimal


def owed(company: OperatingCompany, external_ids: Iterable[str]) -> dict[str, Owed]:
    """What documents add to balances as stored, by their ids in Xero."""
    columns = ("external_id", "sales_ledger_id", "status", "currency", "rate", "due_date", "amount_due")
    rows = bulk.select_typed(
        SalesOrderHeader, columns, "external_id", external_ids, operating_company_id=company.pk
    )
    ids = {row[1] for row in rows}
    owners = bulk.select(SalesLedger, ("id", "ledger_id"), "id", ids, operating_company_id=company.pk)
    ledgers: dict[int, str | None] = dict(owners)
    return {key: Owed(ledgers.get(ledger) or "", *rest) for key, ledger, *rest in rows}


def ageing(company: OperatingCompany, sales_ledger_id: int | None, today: dt.date) -> Ageing:
    """What a customer (all customers for None) owes, by days overdue (CU-12)."""
    rows = _open(company)
    if sales_ledger_id is not None:
        rows = rows.filter(sales_ledger_id=sales_ledger_id)
    return _aged(_open_amounts(rows), today)


def ageing_by_ledger(company: OperatingCompany, today: dt.date) -> dict[int, Ageing]:
    """Sales Ledger → what it owes, for every one with something open."""
    by_ledger: dict[int, list[dict[str, Any]]] = {}
    for group in _open_amounts(_open(company), "sales_ledger_id"):
        by_ledger.setdefault(group["sales_ledger_id"], []).append(group)
    return {ledger: _aged(groups, today) for ledger, groups in by_ledger.items()}


def sales_by_month(
    company: OperatingCompany, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[dt.date, Sales]:
    """First of the month → sales, oldest first; documents without a date are in none."""
    months: dict[dt.date, Sales] = {}
    for on, sales in _sums(_headers(company, since, until).exclude(date=None), "date").items():
        month = on.replace(day=1)
        months[month] = months.get(month, Sales()).plus(sales)
    return dict(sorted(months.items()))


def sales_by_ledger(
    company: OperatingCompany, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[int, Sales]:
    """Sales Ledger → sales."""
    return _sums(_headers(company, since, until), "sales_ledger_id")


def sales_by_analysis(
    company: OperatingCompany, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[str, Sales]:
    """Account code → sales, by each line's own code and not its product's; "" for lines without one."""
    return _line_sums(company, "analysis", since, until)


def sales_by_product(
    company: OperatingCompany, *, since: dt.date | None = None, until: dt.date | None = None
) -> dict[int | None, Sales]:
    """Product → sales; None for lines that name none."""
    return _line_sums(company, "product_id", since, until)


def documents_that_do_not_add_up(company: OperatingCompany) -> QuerySet[SalesOrderHeader]:
    """Documents whose lines add up to another total than Xero's, which is the one kept (IN-7).

    Each has `lines_total`. Documents without lines are not among them: Xero leaves lines out of some answers.
    """
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company).filter(is_reported=True)
    return rows.annotate(lines_total=Sum("lines__gross")).exclude(lines_total=F("total"))


def _open(company: OperatingCompany) -> QuerySet[SalesOrderHeader]:
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
    return rows.filter(is_paid=False, state=DocumentState.INVOICED)


def _open_amounts(rows: QuerySet[SalesOrderHeader], *by: str) -> list[dict[str, Any]]:
    """Due amounts grouped so that each sum is exact before it is converted at its rate."""
    groups = rows.values(*by, "kind", "due_date", "rate").annotate(due=Sum("amount_due"))
    return [dict(group) for group in groups.order_by()]


def _aged(groups: Iterable[dict[str, Any]], today: dt.date) -> Ageing:
    invoices: list[tuple[dt.date | None, Decimal]] = []
    unused = ZERO
    for group in groups:
        amount = in_home_currency(group["due"], group["rate"])
        if group["kind"] == TransactionKind.CREDIT:
            unused += amount
        else:
            invoices.append((group["due_date"], amount))
    return ageing_of(invoices, unused, today=today)


def _headers(
    company: OperatingCompany, since: dt.date | None, until: dt.date | None
) -> QuerySet[SalesOrderHeader]:
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company)
    return rows.filter(_between(since, until), is_reported=True)


def _between(since: dt.date | None, until: dt.date | None, prefix: str = "") -> Q:
    """Both days are included."""
    found = Q()
    if since:
        found &= Q(**{f"{prefix}date__gte": since})
    if until:
        found &= Q(**{f"{prefix}date__lte": until})
    return found


def _line_sums(
    company: OperatingCompany, by: str, since: dt.date | None, until: dt.date | None
) -> dict[Any, Sales]:
    rows: QuerySet[SalesTransaction] = SalesTransaction.objects.of(company)
    return _sums(rows.filter(_between(since, until, "header__"), header__is_reported=True), by, "header__")


def _sums(rows: QuerySet[Any], by: str, prefix: str = "") -> dict[Any, Sales]:
    confirmed = Q(**{f"{prefix}state": DocumentState.INVOICED})
    groups = rows.values(by).annotate(
        invoiced=Sum("home_net", filter=confirmed & Q(kind=TransactionKind.INVOICE)),
        credited=Sum("home_net", filter=confirmed & Q(kind=TransactionKind.CREDIT)),
        pending=Sum("home_net", filter=Q(**{f"{prefix}state": DocumentState.PENDING})),
    )
    return {
        group[by]: Sales(group["invoiced"] or ZERO, group["credited"] or ZERO, group["pending"] or ZERO)
        for group in groups.order_by()
    }
