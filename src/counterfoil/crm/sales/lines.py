"""Read the lines of invoices and credit notes as one list: what stands behind a report by product or account."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from counterfoil.crm.sales.models import SalesTransaction
from counterfoil.crm.sales.narrowing import NOBODY, documents_where
from counterfoil.database.amounts import Penny
from counterfoil.database.paging import Criteria, Source, containing


def lines_where(criteria: Criteria) -> Q:
    """By their document, by product, and by their own account; "none" for lines without one."""
    found = documents_where(criteria, "header__")
    if (product := criteria.get("product", "")) == NOBODY:
        found &= Q(product=None)
    elif product.isdecimal():
        found &= Q(product=int(product))
    if analysis := criteria.get("analysis", ""):
        found &= Q(analysis="" if analysis == NOBODY else analysis)
    return found


def _lines(company: int, criteria: Criteria) -> QuerySet[SalesTransaction]:
    # The header's company is the line's, and the header's index begins with it.
    rows: QuerySet[SalesTransaction] = SalesTransaction.objects.of(company)
    rows = rows.filter(lines_where(criteria), header__operating_company=company)
    if wanted := criteria.get("q", "").strip():
        rows = containing(rows, ("item_code", "description"), wanted)
    return rows


def _whole(company: int) -> QuerySet[SalesTransaction]:
    rows: QuerySet[SalesTransaction] = SalesTransaction.objects.by_key_of(company)
    return rows.select_related("header__sales_ledger", "product")


LINES = Source(
    narrow=_lines,
    whole=_whole,
    sorts={
        "date": [("header__date", False), ("header_id", False)],
        "quantity": [("quantity", False)],
        "net": [("home_net", False)],
    },
    sums={"quantity": "quantity", "net": Penny("home_net")},
)
