"""Writing items: unique codes, tracking, deletion. Facts: xero-facts 4.4."""

from __future__ import annotations

from typing import Any

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Problems, Record, ValidationError
from counterfoil.sandbox.numbers import rounded
from counterfoil.sandbox.store import Row

from . import Response, item_form, items, refreshing
from .batch import Saved, Writable
from .document_form import code_row

_TEXT_LIMITS = {"Name": 50, "Description": 4000, "PurchaseDescription": 4000, "InventoryAssetAccountCode": 10}
_DETAILS = {
    "SalesDetails": ("AccountCode", "TaxType"),
    "PurchaseDetails": ("AccountCode", "COGSAccountCode", "TaxType"),
}


def save(books: Books, element: Record, create_only: bool) -> Saved:
    """Create, or update by ItemID or Code. Raises ValidationError."""
    problems = Problems()
    existing = _matched(books, element, create_only=create_only, problems=problems)
    item: Record = item_form.record(existing) if existing else {"IsSold": True, "IsPurchased": True}
    _fields(item, element, problems)
    for key, names in _DETAILS.items():
        if element.get(key) is not None:
            item[key] = _details(books, item.get(key) or {}, element[key], names, problems)
    _sides(item)
    _tracking(books, item, existing, problems)
    _unique(books, item, existing, problems)
    problems.check()
    return Saved(put(books, item, existing))


def _matched(books: Books, element: Record, *, create_only: bool, problems: Problems) -> Row | None:
    store = books.store
    if element.get("ItemID") and not create_only:
        row = store.items.get(str(element["ItemID"]))
        if row is None:
            # The wording has not been recorded.
            raise ValidationError("The item with the specified id could not be found.")
        return row
    row = code_row(store, "items", str(element.get("Code") or ""))
    if row is not None and create_only:
        problems.add(f"Price List Item with Code '{element['Code']}' already exists")
        return None
    return row


def _fields(item: Record, element: Record, problems: Problems) -> None:
    if "Code" in element:
        item["Code"] = str(element["Code"] or "").strip()
    if not item.get("Code"):
        problems.add("Price List Item Code must be specified")
    elif len(item["Code"]) > 30:
        problems.add("Price List Item Code must not be more than 30 characters long")
    for key, limit in _TEXT_LIMITS.items():
        if key in element:
            item[key] = str(element[key]) if element[key] is not None else None
            if len(item[key] or "") > limit:
                problems.add(f"Price List Item {key} must not be more than {limit} characters long")
    for key in ("IsSold", "IsPurchased"):
        if element.get(key) is not None:
            item[key] = incoming.truth(element[key])


def _details(books: Books, old: Record, given: Any, names: tuple[str, ...], problems: Problems) -> Record:
    details: Record = dict(old)
    if "UnitPrice" in given:
        price = incoming.number(given["UnitPrice"], "UnitPrice")
        details["UnitPrice"] = rounded(price, books.unit_places) if price is not None else None
    for key in names:
        if key in given:
            details[key] = str(given[key]) if given[key] else None
    for key in ("AccountCode", "COGSAccountCode"):
        code = details.get(key)
        if code and code_row(books.store, "accounts", code) is None:
            problems.add(f"Account code '{code}' is not a valid code for this document.")
    tax_type = details.get("TaxType")
    if tax_type and tax_type not in books.store.tax_rates:
        problems.add(
            f"The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."
        )
    return details


def _sides(item: Record) -> None:
    """An item that is not sold has no sales side, one that is not bought no purchase side."""
    if not item["IsSold"]:
        item |= {"Description": None, "SalesDetails": {}}
    if not item["IsPurchased"]:
        item |= {"PurchaseDescription": None, "PurchaseDetails": {}}


def _tracking(books: Books, item: Record, existing: Row | None, problems: Problems) -> None:
    code = item.get("InventoryAssetAccountCode")
    was = existing is not None and item_form.is_tracked(existing)
    if was and not code and _used(books, item["Code"]):
        problems.add("The item cannot be untracked as it has transactions.")
    if not code:
        return
    row = code_row(books.store, "accounts", code)
    if row is None or wire.decode(row.parts[0])["Type"] != "INVENTORY":
        problems.add(f"Account code '{code}' is not a valid inventory asset account.")
    if not (item.get("PurchaseDetails") or {}).get("COGSAccountCode"):
        problems.add("A tracked item must have a COGSAccountCode.")


def _unique(books: Books, item: Record, existing: Row | None, problems: Problems) -> None:
    other = code_row(books.store, "items", item.get("Code"))
    if other is not None and (existing is None or other.key != existing.key):
        problems.add(f"Price List Item with Code '{item['Code']}' already exists")


def _used(books: Books, code: str) -> bool:
    """Whether an approved document has a line with this item."""
    needle = wire.encode({"ItemCode": code})[1:-1]
    return any(
        row.facts[1] in ("AUTHORISED", "PAID") and needle in row.parts[1]
        for rows in (books.store.invoices, books.store.credit_notes)
        for row in rows.rows.values()
    )


def put(books: Books, item: Record, existing: Row | None) -> str:
    """Store an item; nothing happens when nothing changed."""
    store = books.store
    if existing is None:
        item["ItemID"] = books.world.guid()
    else:
        same = item_form.row({**item, "UpdatedDateUTC": wire.moment(existing.stamp)})
        if same.parts == existing.parts and same.facts == existing.facts:
            return existing.key
    item["UpdatedDateUTC"] = books.stamp()
    fresh = item_form.row(item)
    store.items.put(fresh)
    if existing is not None and existing.facts[:2] != fresh.facts[:2]:
        refreshing.item_shown_again(store, fresh.key, fresh.facts[0])
    books.note("Items", fresh.key, "Created" if existing is None else "Edited")
    return fresh.key


def delete(books: Books, key: str) -> Response:
    """204, and the item is gone as if it had never been; a tracked item in use is refused."""
    row = items.find(books, key)
    if item_form.is_tracked(row) and _used(books, str(row.facts[0])):
        raise ValidationError("The item cannot be deleted as it is a tracked item with transactions.")
    books.store.items.remove(row.key)
    return Response(204, b"")


def written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    return item_form.form(books.store.items.rows[key], books.unit_places, written=True)


WRITABLE = Writable("Items", "ItemID", save, written)
