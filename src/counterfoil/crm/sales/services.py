"""Write sales documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.core.mapping.lines import LineValues
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.selectors import sales_ledger_ids
from counterfoil.crm.products.document_lines import (
    LinesOf,
    LineTable,
    document_lines_insert,
    document_lines_link,
    document_lines_replace,
)
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.database import bulk

_LINES = LineTable(SalesTransaction, ("header_id", "kind"), LineValues.__struct_fields__)
# `external_id`, `kind` and the ledger lead both the values and the rows; the lines come last.
_REST = DocumentValues.__struct_fields__[3:-1]
_COLUMNS = ("kind", "sales_ledger_id", *_REST)
_Row = tuple[Any, ...]


def documents_apply(
    company: OperatingCompany,
    values: Sequence[DocumentValues],
    *,
    at: dt.datetime,  # one signature for all streams; documents keep no time of their own
    same_lines: AbstractSet[str] = frozenset(),
) -> Applied:
    """Make the stored invoices and credit notes equal to these, in the caller's transaction (IN-1, CR-1).

    Known ones keep their rows and those of the lines they still have; applying the same values again
    changes nothing. A document whose customer is not in the CRM is refused. Of several values with one
    id the last counts. `same_lines`: ids of documents whose stored lines are these already, see `core.fingerprint`.
    """
    applied = Applied()
    given = {value.external_id: value for value in values}
    ledgers = sales_ledger_ids(company, documents_ledger_ids(given.values()))
    known: dict[str, int] = dict(_document_rows(company, given))
    new: list[tuple[DocumentValues, int]] = []
    old: list[tuple[int, DocumentValues, int]] = []
    for external_id, value in given.items():
        ledger = ledgers.get(value.ledger_id)
        if ledger is None:
            applied.refused[external_id] = _no_customer(value)
            applied.lacking[external_id] = value.ledger_id
        elif external_id in known:
            old.append((known[external_id], value, ledger))
        else:
            new.append((value, ledger))
    _insert(company, new)
    _update(company, old, same_lines)
    applied.created, applied.updated = len(new), len(old)
    return applied


def documents_link_products(company: OperatingCompany) -> int:
    """Link sales lines to products that came later than they did; call it after new items. Returns how many."""
    return document_lines_link(_LINES, company)


def documents_follow(company: OperatingCompany, gone: SalesLedger, survivor: SalesLedger) -> int:
    """Move the documents of a customer merged in Xero to the survivor (SY-13); returns how many."""
    mine = SalesOrderHeader.objects.of(company).filter(sales_ledger=gone)
    count: int = mine.update(sales_ledger=survivor)
    return count


def documents_remove(company: OperatingCompany) -> None:
    """Remove every invoice and credit note with its lines; the caller's transaction. All of them are the books' own."""
    bulk.delete(SalesTransaction, "operating_company_id", [company.pk])
    bulk.delete(SalesOrderHeader, "operating_company_id", [company.pk])


def documents_ledger_ids(values: Iterable[DocumentValues]) -> set[str]:
    """The ContactIDs these documents need."""
    return {value.ledger_id for value in values}


def _document_rows(company: OperatingCompany, ids: Iterable[str]) -> list[_Row]:
    columns = ("external_id", "id")
    return bulk.select(SalesOrderHeader, columns, "external_id", ids, operating_company_id=company.pk)


def _no_customer(value: DocumentValues) -> str:
    what = "Credit note" if value.kind == "C" else "Invoice"
    return (
        f"{what} {value.number or value.external_id} belongs to a contact that is not in the CRM "
        f"({value.ledger_id}). Nothing was changed; it is tried again by itself once the contact has been imported."
    )


def _insert(company: OperatingCompany, new: Sequence[tuple[DocumentValues, int]]) -> None:
    rows, lines = [], []
    for row, (value, ledger) in zip(bulk.reserve_ids(SalesOrderHeader, len(new)), new, strict=True):
        cells = msgspec.structs.astuple(value)
        rows.append((row, company.pk, cells[0], cells[1], ledger, *cells[3:-1]))
        lines.append(LinesOf((row, value.kind), value.lines))
    bulk.insert(SalesOrderHeader, ("id", "operating_company_id", "external_id", *_COLUMNS), rows)
    document_lines_insert(_LINES, company, lines)


def _update(
    company: OperatingCompany,
    old: Sequence[tuple[int, DocumentValues, int]],
    same_lines: AbstractSet[str],
) -> None:
    rows, lines = [], []
    for row, value, ledger in old:
        cells = msgspec.structs.astuple(value)
        rows.append((row, cells[1], ledger, *cells[3:-1]))
        if value.external_id not in same_lines:
            lines.append(LinesOf((row, value.kind), value.lines))
    bulk.update_changed(SalesOrderHeader, _COLUMNS, rows)
    document_lines_replace(_LINES, company, lines)
