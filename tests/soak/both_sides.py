"""What the stand-in Xero holds and what the CRM's tables hold, field by field, without the client, the mapping or `verify`.

A comparison by the code that stores (SY-11) would miss what that code drops. This one knows a few fields of each kind of
record and reads both sides itself: reliability 3.3, P1.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.purchasing.models import PurchaseOrderHeader
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.resources import contact_form, contact_rules, document_form, item_form
from counterfoil.sandbox.resources.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from tests.sync.world import World

Facts = dict[str, tuple[Any, ...]]
ZERO = Decimal(0)
_HEAD = ("external_id", "number", "status", "sales_ledger__ledger_id", "total", "amount_due", "due_date")


def differences(here: World) -> list[str]:
    """Each record that is not on both sides or not the same there, in words; empty when both agree."""
    pairs = {
        "invoice": (_invoices_there(here), _documents_here(here, "I")),
        "credit note": (_credit_notes_there(here), _documents_here(here, "C")),
        "purchase order": (_purchase_orders_there(here), _purchase_orders_here(here)),
        "item": (_items_there(here), _items_here(here)),
        "customer": _customers(here),
    }
    return [
        f"{kind} {key}: {there.get(key, 'nothing')} in Xero, {own.get(key, 'nothing')} here"
        for kind, (there, own) in pairs.items()
        for key in sorted(there.keys() | own.keys())
        if there.get(key) != own.get(key)
    ]


def _records(rows: Any, kind: Kind, only: str) -> Iterator[dict[str, Any]]:
    for row in rows.values():
        record = document_form.record(kind, row)
        if record["Type"] == only:
            yield record


def _lines(record: dict[str, Any]) -> int:
    return len(record.get("LineItems") or ())


def _invoices_there(here: World) -> Facts:
    return {
        one["InvoiceID"]: (
            one.get("InvoiceNumber") or "",
            one["Status"],
            one["Contact"]["ContactID"],
            one["Total"],
            one["AmountDue"],
            one.get("DueDate"),
            _lines(one),
        )
        for one in _records(here.store.invoices.rows, INVOICE, "ACCREC")
    }


def _credit_notes_there(here: World) -> Facts:
    """With the signs that they have in the CRM (CR-1)."""
    return {
        one["CreditNoteID"]: (
            one.get("CreditNoteNumber") or "",
            one["Status"],
            one["Contact"]["ContactID"],
            -one["Total"],
            -one["RemainingCredit"],
            one.get("DueDate"),
            _lines(one),
        )
        for one in _records(here.store.credit_notes.rows, CREDIT_NOTE, "ACCRECCREDIT")
    }


def _documents_here(here: World, kind: str) -> Facts:
    lines: dict[str, int] = {}
    mine = SalesTransaction.objects.of(here.company).filter(kind=kind)
    for key in mine.values_list("header__external_id", flat=True):
        lines[key] = lines.get(key, 0) + 1
    rows = SalesOrderHeader.objects.of(here.company).filter(kind=kind).values_list(*_HEAD)
    return {key: (*facts, lines.get(key, 0)) for key, *facts in rows}


def _purchase_orders_there(here: World) -> Facts:
    return {
        one["PurchaseOrderID"]: (one["PurchaseOrderNumber"], one["Status"], one["Total"])
        for one in _records(here.store.purchase_orders.rows, PURCHASE_ORDER, "PURCHASEORDER")
    }


def _purchase_orders_here(here: World) -> Facts:
    rows = PurchaseOrderHeader.objects.of(here.company)
    return {key: tuple(facts) for key, *facts in rows.values_list("external_id", "number", "status", "total")}


def _items_there(here: World) -> Facts:
    found: Facts = {}
    for row in here.store.items.rows.values():
        one = item_form.record(row)
        tracked = item_form.is_tracked(row)
        sold = one["IsSold"]
        price = one["SalesDetails"].get("UnitPrice") if sold else None
        found[one["ItemID"]] = (one["Code"], sold, price, one.get("QuantityOnHand") if tracked else None)
    return found


def _items_here(here: World) -> Facts:
    """Without those that Xero has no more, which stay as withdrawn (PR-8)."""
    rows = ProductItem.objects.of(here.company).filter(is_withdrawn=False).exclude(external_id=None)
    return {
        str(row.external_id): (
            row.code,
            row.is_sellable,
            row.selling_price if row.is_sellable else None,
            next((stock.physical_stock for stock in row.stock.all()), None) if row.is_stocked else None,
        )
        for row in rows.prefetch_related("stock")
    }


def _customers(here: World) -> tuple[Facts, Facts]:
    """Customers of the CRM; and customers in Xero that are active, so that the CRM must have them (SY-2, CU-4)."""
    own = {
        str(row.ledger_id): (
            row.name,
            row.email,
            row.is_archived,
            row.balance_outstanding,
            row.balance_overdue,
        )
        for row in SalesLedger.objects.of(here.company).exclude(ledger_id=None)
    }
    books = Books(here.server.world, here.organisation)
    kind = here.store.invoices.fields["type"]
    there: Facts = {}
    for key, row in here.store.contacts.rows.items():
        one = contact_rules.record(row)
        sold_to = any(sold.facts[kind] == "ACCREC" for sold in here.store.invoices.find("contact", key))
        if key in own or (one["ContactStatus"] == "ACTIVE" and sold_to):
            balances = contact_form.balances_of(books, key).get("AccountsReceivable", {})
            there[key] = (
                one["Name"],
                one.get("EmailAddress") or "",
                one["ContactStatus"] != "ACTIVE",
                balances.get("Outstanding", ZERO),
                balances.get("Overdue", ZERO),
            )
    return there, own
