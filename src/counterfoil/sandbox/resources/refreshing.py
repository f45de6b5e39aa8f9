"""Rendered rows that show another record are rendered anew when that record changes; no stamp moves."""

from __future__ import annotations

from collections.abc import Callable

from counterfoil.sandbox.errors import Record
from counterfoil.sandbox.store import Store

from . import document_form, payment_form
from .kinds import KINDS, PURCHASE_ORDER


def contact_shown_again(store: Store, contact_id: str, *, renamed: bool) -> None:
    """A contact's documents show its name; purchase orders show more of it."""
    for kind in KINDS:
        if not renamed and kind is not PURCHASE_ORDER:
            continue
        rows = kind.rows(store)
        for row in rows.find("contact", contact_id):
            rows.put(document_form.row(store, kind, document_form.record(kind, row)))
            if kind is not PURCHASE_ORDER:
                payments_shown_again(store, row.key)


def payments_shown_again(store: Store, document_id: str) -> None:
    """Payments show the number and contact of their document."""
    for row in store.payments.find("document", document_id):
        store.payments.put(payment_form.row(store, payment_form.record(row)))


def item_shown_again(store: Store, item_id: str, code: str | None = None) -> None:
    """Lines show an item's name and code. Purchase order lines keep the code they were written with."""

    def change(line: Record) -> None:
        if code and (line.get("Item") or {}).get("ItemID") == item_id:
            line["ItemCode"] = code

    _lines_shown_again(store, item_id, change)


def tracking_shown_again(store: Store, category: Record, *, option: tuple[str, str] | None) -> None:
    """Lines show the names of their tracking. `option` is an option's name before and after."""

    def change(line: Record) -> None:
        for entry in line.get("Tracking") or ():
            _renamed(entry, category, option)

    _lines_shown_again(store, category["TrackingCategoryID"], change)


def _lines_shown_again(store: Store, key: str, change: Callable[[Record], None]) -> None:
    """Render the documents anew that name `key` in their lines, each line with its change."""
    needle = key.encode()
    for kind in KINDS:
        rows = kind.rows(store)
        for row in list(rows.rows.values()):
            if needle not in row.parts[1]:
                continue
            document = document_form.record(kind, row)
            for line in document["LineItems"]:
                change(line)
            rows.put(document_form.row(store, kind, document))


def _renamed(entry: Record, category: Record, option: tuple[str, str] | None) -> None:
    if entry.get("TrackingCategoryID") != category["TrackingCategoryID"]:
        return
    entry["Name"] = category["Name"]
    if option is not None and entry.get("Option") == option[0]:
        entry["Option"] = option[1]
