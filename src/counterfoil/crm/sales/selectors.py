"""What sales documents add to balances, and whether they add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.database import bulk


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


def documents_that_do_not_add_up(company: OperatingCompany) -> QuerySet[SalesOrderHeader]:
    """Documents whose lines add up to another total than Xero's, which is the one kept (IN-7).

    Each has `lines_total`. Documents without lines are not among them: Xero leaves lines out of some answers.
    """
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.of(company).filter(is_reported=True)
    return rows.annotate(lines_total=Sum("lines__gross")).exclude(lines_total=F("total"))
