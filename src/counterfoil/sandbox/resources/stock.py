"""Stock of tracked items: moved by approved documents alone, at average cost. Facts: xero-facts 4.4."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from counterfoil.sandbox.errors import Problems, Record
from counterfoil.sandbox.numbers import ZERO, rounded
from counterfoil.sandbox.store import Row, Store

from . import item_form
from .document_form import code_row

_INWARD = {"ACCPAY": 1, "ACCREC": -1, "ACCPAYCREDIT": -1, "ACCRECCREDIT": 1}


def stock_moved(store: Store, document: Record, *, sign: int, check: bool) -> None:
    """Apply (`sign` 1) or take back (-1) what a document does to stock, leaving the items' stamps alone.

    With `check`, a sale of more than there is raises ValidationError: the backorder rule.
    """
    direction = _INWARD.get(document["Type"], 0) * sign
    problems = Problems()
    for number, line in tracked_lines(store, document):
        row = code_row(store, "items", line["ItemCode"])
        if row is None:
            continue
        item = item_form.record(row)
        quantity = Decimal(line.get("Quantity") or ZERO)
        on_hand = Decimal(item["QuantityOnHand"])
        if check and direction < 0 and quantity > on_hand:
            # The wording has not been recorded; the rule is xero-facts 4.4.
            problems.inner(
                ("LineItems", number),
                f"The quantity of item '{item['Code']}' is more than the quantity on hand ({on_hand:f}).",
            )
            continue
        _count(store, row, item, direction * quantity, _net_cost(document, line, item))
    problems.check()


def tracked_lines(store: Store, document: Record) -> Iterator[tuple[int, Record]]:
    """Lines that name a tracked item, with their place."""
    for number, line in enumerate(document["LineItems"]):
        row = code_row(store, "items", line.get("ItemCode"))
        if row is not None and item_form.is_tracked(row):
            yield number, line


def _net_cost(document: Record, line: Record, item: Record) -> Decimal:
    """A purchase brings its own cost, net and in base currency; everything else moves at the average."""
    on_hand, pool = Decimal(item["QuantityOnHand"]), Decimal(item["TotalCostPool"])
    quantity = Decimal(line.get("Quantity") or ZERO)
    if document["Type"] not in ("ACCPAY", "ACCPAYCREDIT"):
        return pool / on_hand * quantity if on_hand else ZERO
    net = Decimal(line["LineAmount"])
    if document["LineAmountTypes"] == "Inclusive":
        net -= Decimal(line["TaxAmount"])
    return net / Decimal(document.get("CurrencyRate") or 1)


def _count(store: Store, row: Row, item: Record, change: Decimal, cost: Decimal) -> None:
    item["QuantityOnHand"] = rounded(Decimal(item["QuantityOnHand"]) + change, 4)
    pool = Decimal(item["TotalCostPool"]) + (cost if change > 0 else -cost)
    item["TotalCostPool"] = rounded(pool) if item["QuantityOnHand"] else ZERO
    fresh = item_form.row(item)
    fresh.stamp = row.stamp
    store.items.put(fresh)
