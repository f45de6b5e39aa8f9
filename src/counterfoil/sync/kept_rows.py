"""The rows of the CRM that a record of Xero made, as plain values: what `verifying` compares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import Contact, PurchaseLedger, SalesLedger
from counterfoil.crm.finance.models import AnalysisCode, BrandingTheme, Currency, TaxCode
from counterfoil.crm.products.models import ProductItem, Stock
from counterfoil.crm.purchasing.models import PurchaseOrderHeader, PurchaseTransaction
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction

# Whose record, which part of it (empty: its head), which of several such parts.
Place = tuple[str, str, Any]
Rows = dict[Place, dict[str, Any]]

# When something was written says nothing about what it says; the company is the same for all.
_TIMES = {"created_at", "updated_at", "balance_at", "as_at", "stopped_at"}
_NOT_COMPARED = _TIMES | {"id", "operating_company", "header", "division", "warehouse", "uuid", "image"}
# Rows that others are named by.
_NAMES = {
    "sales_ledger": "sales_ledger__ledger_id",
    "purchase_ledger": "purchase_ledger__ledger_id",
    "product": "product__code",
}
_AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """One table of a record. `key`: the path to its Xero id; `order`: what tells several rows of one record apart."""

    model: type[models.Model]
    key: str
    part: str = ""
    order: str = ""
    more: tuple[str, ...] = ()
    only: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Attributes and paths to compare, by the names people see."""
        own = [column.name for column in self.model._meta.concrete_fields if column.name not in _NOT_COMPARED]
        return (*(_NAMES.get(name, name) for name in own if _is_plain(self.model, name)), *self.more)


def _is_plain(model: type[models.Model], name: str) -> bool:
    return name in _NAMES or not model._meta.get_field(name).is_relation


_COMPANY = ("division__name", "division__company__name")
_FROM_XERO = {"slot__isnull": False}

TABLES: Mapping[str, tuple[Table, ...]] = {
    "tax_rates": (Table(TaxCode, "tax_type"),),
    "currencies": (Table(Currency, "code"),),
    "accounts": (Table(AnalysisCode, "external_id"),),
    "branding_themes": (Table(BrandingTheme, "external_id"),),
    "contacts": (
        Table(SalesLedger, "ledger_id", more=_COMPANY),
        Table(PurchaseLedger, "ledger_id", part="Supplier", more=_COMPANY),
        Table(Contact, "division__salesledgers__ledger_id", part="Person", order="slot", only=_FROM_XERO),
    ),
    "items": (
        Table(ProductItem, "external_id"),
        Table(Stock, "product__external_id", part="Stock"),
    ),
    "invoices": (
        Table(SalesOrderHeader, "external_id"),
        Table(SalesTransaction, "header__external_id", part="Line", order="position"),
    ),
    "credit_notes": (
        Table(SalesOrderHeader, "external_id"),
        Table(SalesTransaction, "header__external_id", part="Line", order="position"),
    ),
    "purchase_orders": (
        Table(PurchaseOrderHeader, "external_id"),
        Table(PurchaseTransaction, "header__external_id", part="Line", order="position"),
    ),
}


def rows_of(stream: str, company: OperatingCompany, ids: Collection[str]) -> Rows:
    """What the CRM keeps of these records of a stream, field by field."""
    found: Rows = {}
    for table in TABLES[stream]:
        for key, order, values in _read(table, company, sorted(ids)):
            found[key, table.part, order] = values
    return found


def _read(
    table: Table, company: OperatingCompany, ids: list[str]
) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    columns = table.columns
    wanted = [table.key, *([table.order] if table.order else []), *columns]
    head = 2 if table.order else 1
    mine = table.model._default_manager.filter(operating_company=company, **table.only)
    for start in range(0, len(ids), _AT_ONCE):
        rows = mine.filter(**{f"{table.key}__in": ids[start : start + _AT_ONCE]}).values_list(*wanted)
        for row in rows:
            yield row[0], row[1] if table.order else None, dict(zip(columns, row[head:], strict=True))
