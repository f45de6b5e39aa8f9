"""Write sales documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.core.mapping.lines import LineValues
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.selectors import sales_ledger_ids
from counterfoil.crm.products import document_apply
from counterfoil.crm.products.document_apply import DocumentTable
from counterfoil.crm.products.document_lines import LineTable, document_lines_link
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.database import bulk

_LINES = LineTable(SalesTransaction, ("header_id", "kind"), LineValues.__struct_fields__)


def documents_apply(
    company: OperatingCompany,
    values: Sequence[DocumentValues],
    *,
    at: dt.datetime,  # one signature for all streams; documents keep no time of their own
    same_lines: AbstractSet[str] = frozenset(),
) -> Applied:
    """Make the stored invoices and credit notes equal to these (IN-1, CR-1): `document_apply.documents_apply`."""
    return document_apply.documents_apply(_DOCUMENTS, company, values, same_lines)


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


def _no_customer(value: DocumentValues) -> str:
    what = "Credit note" if value.kind == "C" else "Invoice"
    return (
        f"{what} {value.number or value.external_id} belongs to a contact that is not in the CRM "
        f"({value.ledger_id}). Nothing was changed; it is tried again by itself once the contact has been imported."
    )


def _cells(value: DocumentValues, ledger: int) -> tuple[Any, ...]:
    """The ledger follows `external_id` and `kind`, in the values and in the rows."""
    cells = msgspec.structs.astuple(value)
    return (cells[1], ledger, *cells[3:-1])


_DOCUMENTS = DocumentTable(
    SalesOrderHeader,
    ("kind", "sales_ledger_id", *DocumentValues.__struct_fields__[3:-1]),
    _cells,
    _LINES,
    lambda row, value: (row, value.kind),
    sales_ledger_ids,
    _no_customer,
)
