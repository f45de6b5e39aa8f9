"""Write purchase orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.lines import LineValues
from counterfoil.core.mapping.purchase_orders import PurchaseOrderValues
from counterfoil.crm.customers.models import PurchaseLedger
from counterfoil.crm.customers.selectors import purchase_ledger_ids
from counterfoil.crm.products import document_apply
from counterfoil.crm.products.document_apply import DocumentTable
from counterfoil.crm.products.document_lines import LineTable, document_lines_link
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseTransaction
from counterfoil.database import bulk

_AMOUNT_OFF = LineValues.__struct_fields__.index("discount_amount")


def _line_cells(line: LineValues) -> tuple[Any, ...]:
    """Purchase lines have a discount in per cent only (xero-facts 4.7)."""
    cells = msgspec.structs.astuple(line)
    return (*cells[:_AMOUNT_OFF], *cells[_AMOUNT_OFF + 1 :])


_LINES = LineTable(
    PurchaseTransaction,
    ("header_id",),
    tuple(name for name in LineValues.__struct_fields__ if name != "discount_amount"),
    _line_cells,
)


def purchase_orders_apply(
    company: OperatingCompany,
    values: Sequence[PurchaseOrderValues],
    *,
    at: dt.datetime,  # one signature for all streams; orders keep no time of their own
    same_lines: AbstractSet[str] = frozenset(),
) -> Applied:
    """Make the stored purchase orders equal to these (PO-1): `document_apply.documents_apply`."""
    return document_apply.documents_apply(_ORDERS, company, values, same_lines)


def purchase_orders_link_products(company: OperatingCompany) -> int:
    """Link purchase lines to products that came later than they did; call it after new items. Returns how many."""
    return document_lines_link(_LINES, company)


def purchase_orders_follow(company: OperatingCompany, gone: PurchaseLedger, survivor: PurchaseLedger) -> int:
    """Move the purchase orders of a supplier merged in Xero to the survivor (SY-13); returns how many."""
    mine = PurchaseOrderHeader.objects.of(company).filter(purchase_ledger=gone)
    count: int = mine.update(purchase_ledger=survivor)
    return count


def purchase_orders_remove(company: OperatingCompany) -> None:
    """Remove every purchase order with its lines; the caller's transaction. All of them are the books' own."""
    bulk.delete(PurchaseTransaction, "operating_company_id", [company.pk])
    bulk.delete(PurchaseOrderHeader, "operating_company_id", [company.pk])


def _no_supplier(value: PurchaseOrderValues) -> str:
    return (
        f"Purchase order {value.number or value.external_id} belongs to a contact that is not a supplier in "
        f"the CRM ({value.ledger_id}). Nothing was changed; it is tried again by itself once the contact has been imported."
    )


def _cells(value: PurchaseOrderValues, ledger: int) -> tuple[Any, ...]:
    """The ledger follows `external_id`, in the values and in the rows."""
    return (ledger, *msgspec.structs.astuple(value)[2:-1])


_ORDERS = DocumentTable(
    PurchaseOrderHeader,
    ("purchase_ledger_id", *PurchaseOrderValues.__struct_fields__[2:-1]),
    _cells,
    _LINES,
    lambda row, _: (row,),
    purchase_ledger_ids,
    _no_supplier,
)
