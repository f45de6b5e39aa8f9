"""Questions about customers and suppliers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import LedgerAlias, PurchaseLedger, SalesLedger
from counterfoil.database import bulk


def sales_ledger_ids(company: OperatingCompany, ledger_ids: Iterable[str]) -> dict[str, int]:
    """Primary keys of the Sales Ledgers with these ids; unknown ids are missing from the answer.

    The id of a contact that was merged into another one leads to the survivor's ledger (SY-13).
    """
    return _keys(SalesLedger, company, set(ledger_ids))


def purchase_ledger_ids(company: OperatingCompany, ledger_ids: Iterable[str]) -> dict[str, int]:
    """As `sales_ledger_ids`, for suppliers."""
    return _keys(PurchaseLedger, company, set(ledger_ids))


def _keys(
    side: type[SalesLedger | PurchaseLedger], company: OperatingCompany, wanted: set[str]
) -> dict[str, int]:
    found: dict[str, int] = dict(_rows(side, company, wanted))
    if missing := wanted - found.keys():
        columns, scope = ("external_id", "survivor_id"), {"operating_company_id": company.pk}
        moved: dict[str, str] = dict(bulk.select(LedgerAlias, columns, "external_id", missing, **scope))
        survivors: dict[str, int] = dict(_rows(side, company, set(moved.values()))) if moved else {}
        found |= {old: survivors[new] for old, new in moved.items() if new in survivors}
    return found


def _rows(
    side: type[SalesLedger | PurchaseLedger], company: OperatingCompany, ids: set[str]
) -> list[tuple[Any, ...]]:
    return bulk.select(side, ("ledger_id", "id"), "ledger_id", ids, operating_company_id=company.pk)
