"""Questions about customers and suppliers."""

from __future__ import annotations

from collections.abc import Iterable

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
from counterfoil.database import bulk


def sales_ledger_ids(company: OperatingCompany, ledger_ids: Iterable[str]) -> dict[str, int]:
    """Primary keys of the Sales Ledgers with these ids; unknown ids are missing from the answer."""
    rows = bulk.select(
        SalesLedger, ("ledger_id", "id"), "ledger_id", ledger_ids, operating_company_id=company.pk
    )
    return dict(rows)


def purchase_ledger_ids(company: OperatingCompany, ledger_ids: Iterable[str]) -> dict[str, int]:
    """As `sales_ledger_ids`, for suppliers."""
    rows = bulk.select(
        PurchaseLedger, ("ledger_id", "id"), "ledger_id", ledger_ids, operating_company_id=company.pk
    )
    return dict(rows)
