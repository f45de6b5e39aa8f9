"""What the CRM holds of the contacts of a page, as far as it decides what an import may write."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.database import bulk


@dataclass(frozen=True, slots=True)
class KnownSales:
    """What a Sales Ledger in the CRM holds that decides what an import may write."""

    id: int
    division_id: int | None
    name: str
    b2c: str
    b2c_by_user: bool
    on_stop: bool
    stopped_by_user: bool
    stop_reason: str


@dataclass(frozen=True, slots=True)
class KnownPurchase:
    id: int
    division_id: int | None
    name: str


def known_sales(
    company: OperatingCompany, ids: Collection[str], *, lock: bool = True
) -> dict[str, KnownSales]:
    """The Sales Ledgers with these ids, by default locked until the transaction ends.

    A user who stops, marks or places one of them meanwhile waits, so that no import undoes it (SY-12).
    """
    columns = (
        "ledger_id",
        "id",
        "division_id",
        "name",
        "b2c",
        "b2c_by_user",
        "on_stop",
        "stopped_by_user",
        "stop_reason",
    )
    select = bulk.select_locked if lock else bulk.select
    rows = select(SalesLedger, columns, "ledger_id", ids, operating_company_id=company.pk)
    return {row[0]: KnownSales(*row[1:]) for row in rows}


def known_purchases(
    company: OperatingCompany, ids: Collection[str], *, lock: bool = True
) -> dict[str, KnownPurchase]:
    """As `known_sales`, of suppliers."""
    columns = ("ledger_id", "id", "division_id", "name")
    select = bulk.select_locked if lock else bulk.select
    rows = select(PurchaseLedger, columns, "ledger_id", ids, operating_company_id=company.pk)
    return {row[0]: KnownPurchase(*row[1:]) for row in rows}
