"""Read products."""

from __future__ import annotations

from collections.abc import Iterable

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.products.models import ProductItem
from counterfoil.database import bulk


def product_ids(company: OperatingCompany, codes: Iterable[str]) -> dict[str, int]:
    """Item code → product, for the codes that are known.

    A code that Xero took from a deleted item and gave to another names the one that is there now; when
    only withdrawn products carry it, the newest of them, so that history finds its product (PR-8).
    """
    rows = bulk.select(
        ProductItem, ("is_withdrawn", "id", "code"), "code", codes, operating_company_id=company.pk
    )
    # Withdrawn ones first, then by age: whoever comes last keeps the code.
    ordered = sorted(rows, key=lambda row: (not row[0], row[1]))
    return {code: product for _, product, code in ordered}
