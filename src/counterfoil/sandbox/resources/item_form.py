"""How an item looks on the wire. Facts: xero-facts 4.4."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from counterfoil.sandbox import wire
from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.numbers import ZERO, rounded, unit_form
from counterfoil.sandbox.store import Row, record_of

_DETAILS = ("SalesDetails", "PurchaseDetails")


def row(item: Record) -> Row:
    """Render an item for the store. Quantity and cost stay in the facts: their change leaves the stamp alone."""
    tracked = bool(item.get("InventoryAssetAccountCode"))
    form: Record = {"ItemID": item["ItemID"], "Code": item["Code"]}
    form |= {key: item[key] for key in ("Name", "Description", "PurchaseDescription") if item.get(key)}
    form["UpdatedDateUTC"] = wire.stamp(item["UpdatedDateUTC"])
    for key in _DETAILS:
        form[key] = _details(item.get(key) or {})
    form["IsTrackedAsInventory"] = tracked
    if tracked:
        form["InventoryAssetAccountCode"] = item["InventoryAssetAccountCode"]
        form["TotalCostPool"] = rounded(Decimal(item.get("TotalCostPool") or ZERO))
        form["QuantityOnHand"] = rounded(Decimal(item.get("QuantityOnHand") or ZERO), 4)
    form["IsSold"] = item.get("IsSold", True)
    form["IsPurchased"] = item.get("IsPurchased", True)
    facts = (
        item["Code"],
        item.get("Name") or "",
        form["IsSold"],
        form["IsPurchased"],
        bool(item.get("Archived")),
        tracked,
    )
    return Row(item["ItemID"], wire.milliseconds(item["UpdatedDateUTC"]), (wire.encode(form),), facts)


def _details(details: Record) -> Record:
    form: Record = {key: value for key, value in details.items() if value is not None}
    if "UnitPrice" in form:
        form["UnitPrice"] = unit_form(Decimal(form["UnitPrice"]))
    return form


def record(row: Row) -> Record:
    """The item as a fresh dictionary."""
    item = record_of(row)
    item["Archived"] = row.facts[4]
    return item


def is_tracked(row: Row) -> bool:
    """Whether Xero counts its stock."""
    return bool(row.facts[5])


def form(row: Row, places: int, *, written: bool = False) -> Record:
    """The wire form with unit prices in `places`; a write answer's stamp has no offset (xero-facts 3.2)."""
    item: dict[str, Any] = wire.decode(row.parts[0])
    for key in _DETAILS:
        if "UnitPrice" in item[key]:
            item[key]["UnitPrice"] = rounded(Decimal(item[key]["UnitPrice"]), places)
    if written:
        item["UpdatedDateUTC"] = wire.stamp_bare(wire.moment(row.stamp))
    return item
