"""Write purchase orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.lines import LineValues
from counterfoil.core.mapping.purchase_orders import PurchaseOrderValues
from counterfoil.crm.customers.models import PurchaseLedger
from counterfoil.crm.customers.selectors import purchase_ledger_ids
from counterfoil.crm.products.document_lines import (
    LinesOf,
    LineTable,
    document_lines_insert,
    document_lines_link,
    document_lines_replace,
)
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseTransaction
from counterfoil.database import bulk

_Row = tuple[Any, ...]
_AMOUNT_OFF = LineValues.__struct_fields__.index("discount_amount")


def _cells(line: LineValues) -> _Row:
    """Purchase lines have a discount in per cent only (xero-facts 4.7)."""
    cells = msgspec.structs.astuple(line)
    return (*cells[:_AMOUNT_OFF], *cells[_AMOUNT_OFF + 1 :])


_LINES = LineTable(
    PurchaseTransaction,
    ("header_id",),
    tuple(name for name in LineValues.__struct_fields__ if name != "discount_amount"),
    _cells,
)
# `external_id` and the ledger lead both the values and the rows; the lines come last.
_COLUMNS = ("purchase_ledger_id", *PurchaseOrderValues.__struct_fields__[2:-1])


def purchase_orders_apply(
    company: OperatingCompany,
    values: Sequence[PurchaseOrderValues],
    *,
    at: dt.datetime,  # one signature for all streams; orders keep no time of their own
    same_lines: AbstractSet[str] = frozenset(),
) -> Applied:
    """Make the stored purchase orders equal to these, in the caller's transaction (PO-1).

    As `documents_apply`: known ones keep their rows, the same values again change nothing, an order whose
    supplier is not in the CRM is refused, and lines that are the same are not looked at.
    """
    applied = Applied()
    given = {value.external_id: value for value in values}
    ledgers = purchase_ledger_ids(company, purchase_orders_ledger_ids(given.values()))
    known: dict[str, int] = dict(_order_rows(company, given))
    new: list[tuple[PurchaseOrderValues, int]] = []
    old: list[tuple[int, PurchaseOrderValues, int]] = []
    for external_id, value in given.items():
        ledger = ledgers.get(value.ledger_id)
        if ledger is None:
            applied.refused[external_id] = _no_supplier(value)
            applied.lacking[external_id] = value.ledger_id
        elif external_id in known:
            old.append((known[external_id], value, ledger))
        else:
            new.append((value, ledger))
    _insert(company, new)
    _update(company, old, same_lines)
    applied.created, applied.updated = len(new), len(old)
    return applied


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


def purchase_orders_ledger_ids(values: Iterable[PurchaseOrderValues]) -> set[str]:
    """The ContactIDs these orders need."""
    return {value.ledger_id for value in values}


def _order_rows(company: OperatingCompany, ids: Iterable[str]) -> list[_Row]:
    columns = ("external_id", "id")
    return bulk.select(PurchaseOrderHeader, columns, "external_id", ids, operating_company_id=company.pk)


def _no_supplier(value: PurchaseOrderValues) -> str:
    return (
        f"Purchase order {value.number or value.external_id} belongs to a contact that is not a supplier in "
        f"the CRM ({value.ledger_id}). Nothing was changed; it is tried again by itself once the contact has been imported."
    )


def _insert(company: OperatingCompany, new: Sequence[tuple[PurchaseOrderValues, int]]) -> None:
    rows, lines = [], []
    for row, (value, ledger) in zip(bulk.reserve_ids(PurchaseOrderHeader, len(new)), new, strict=True):
        cells = msgspec.structs.astuple(value)
        rows.append((row, company.pk, cells[0], ledger, *cells[2:-1]))
        lines.append(LinesOf((row,), value.lines))
    bulk.insert(PurchaseOrderHeader, ("id", "operating_company_id", "external_id", *_COLUMNS), rows)
    document_lines_insert(_LINES, company, lines)


def _update(
    company: OperatingCompany,
    old: Sequence[tuple[int, PurchaseOrderValues, int]],
    same_lines: AbstractSet[str],
) -> None:
    rows, lines = [], []
    for row, value, ledger in old:
        cells = msgspec.structs.astuple(value)
        rows.append((row, ledger, *cells[2:-1]))
        if value.external_id not in same_lines:
            lines.append(LinesOf((row,), value.lines))
    bulk.update_changed(PurchaseOrderHeader, _COLUMNS, rows)
    document_lines_replace(_LINES, company, lines)
