"""Apply items to products and their stock, and notice what Xero no longer has (PR)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.items import ItemValues
from counterfoil.crm.products.leaving import match_remember
from counterfoil.crm.products.models import ProductItem, Stock, Warehouse
from counterfoil.database import bulk

NOT_SOLD = "Not sold in Xero"
GONE = "No longer in Xero's list of items"
CODE_PASSED_ON = "Its code belongs to another item in Xero now"

# Xero drops what belongs to selling or buying with the flag; the CRM keeps what it had (PR-5).
_ALWAYS = (
    "external_id",
    "code",
    "description",
    "is_sellable",
    "is_purchased",
    "is_stocked",
    "is_obsolete",
    "obsolete_reason",
    "is_withdrawn",
    "updated_at",
)
_SELLING = ("extended_description", "selling_price", "sales_analysis", "vat_code")
_BUYING = ("purchase_description", "cost_price", "purchase_analysis", "purchase_vat_code")
# Fewer products than this may all vanish at once; of more, half or more at once looks like a fault.
_FEW = 10

_Row = tuple[Any, ...]


class _Known(NamedTuple):
    """A stored product as far as applying needs it."""

    external_id: str | None
    id: int
    code: str
    is_withdrawn: bool


def items_apply(company: OperatingCompany, values: Sequence[ItemValues], *, at: dt.datetime) -> Applied:
    """Make the stored products and their stock equal to these items, in the caller's transaction (PR).

    Products are found by ItemID, so a new code is a rename and two items may swap theirs. A product made
    in the CRM that is waiting for its item is found by code. A code that passed to another ItemID is
    taken from the old product, which becomes withdrawn with its history. Of two items with one code the
    later is refused; of several values with one id the last counts. CRM-only fields stay (PR-7).
    """
    applied = Applied()
    given = _with_unique_codes({value.external_id: value for value in values}, applied)
    known = _known(company, given.values())
    match_remember(company, [row.id for row in known.values() if row.external_id is None], at=at)
    old = [(known[value.external_id], value) for value in given.values() if value.external_id in known]
    new = [value for value in given.values() if value.external_id not in known]
    _free_codes(company, given, old, at=at)
    made = _insert(company, new, at=at)
    _update(old, at=at)
    products = made | {value.external_id: row.id for row, value in old}
    _stock_write(company, given.values(), products, at=at)
    applied.created, applied.updated = len(new), len(old)
    return applied


def items_withdraw_missing(
    company: OperatingCompany, present_ids: AbstractSet[str], *, at: dt.datetime, believed: bool = False
) -> int | str:
    """Mark as Obsolete what Xero's full list of items no longer has (PR-8), and restore what is back.

    `present_ids` are the ItemIDs of one complete read. Returns how many were withdrawn. When that would
    be half or more of over ten products, nothing is changed and a sentence says so: an empty or cut
    answer is likelier than such a clear-out. `believed`: somebody who was told so says that they are gone. A
    product whose code another has taken is not restored.
    """
    rows = ProductItem.objects.of(company).exclude(external_id=None)
    listed = list(rows.values_list("id", "external_id", "code", "is_withdrawn", "is_sellable"))
    live = [row for row in listed if not row[3]]
    gone = [row[0] for row in live if row[1] not in present_ids]
    if not believed and len(live) > _FEW and len(gone) * 2 >= len(live):
        return (
            f"Xero's list of items lacks {len(gone)} of {len(live)} products. That looks like a fault, so none "
            "was withdrawn and nothing was changed. If the items were really deleted in Xero, choose Read again for products: then they are."
        )
    bulk.update(
        ProductItem,
        "id",
        ("is_withdrawn", "is_obsolete", "obsolete_reason", "updated_at"),
        [(product, True, True, GONE, at) for product in gone],
    )
    _restore(company, [row for row in listed if row[3] and row[1] in present_ids], at=at)
    return len(gone)


def products_leave_books(company: OperatingCompany, organisation: str, *, at: dt.datetime) -> int:
    """Other books are kept from now on: what belongs to the former ones stays as history and is not sold any more.

    What the new books have too is restored by the next read. Returns how many products it concerned.
    """
    reason = f"It belongs to {organisation}, which is not connected any more"
    live = ProductItem.objects.of(company).filter(is_withdrawn=False).exclude(external_id=None)
    left: int = live.update(is_withdrawn=True, is_obsolete=True, obsolete_reason=reason, updated_at=at)
    return left


def _with_unique_codes(given: dict[str, ItemValues], applied: Applied) -> dict[str, ItemValues]:
    holders: dict[str, str] = {}
    for value in given.values():
        holder = holders.setdefault(value.code, value.external_id)
        if holder != value.external_id:
            applied.refused[value.external_id] = (
                f"Xero sent two items with the code {value.code}, and a product is known by its code. The first "
                f"was kept ({holder}); give this one ({value.description or 'without a name'}) another code."
            )
    return {key: value for key, value in given.items() if key not in applied.refused}


def _known(company: OperatingCompany, values: Iterable[ItemValues]) -> dict[str, _Known]:
    """The stored product of each ItemID: by id, else the one made in the CRM that carries its code."""
    wanted = {value.external_id: value.code for value in values}
    scope = {"operating_company_id": company.pk}
    by_id = bulk.select(ProductItem, _Known._fields, "external_id", wanted, **scope)
    known = {row[0]: _Known(*row) for row in by_id}
    codes = {code for external_id, code in wanted.items() if external_id not in known}
    by_code = bulk.select(ProductItem, _Known._fields, "code", codes, **scope)
    waiting = {row[2]: _Known(*row) for row in by_code if row[0] is None and not row[3]}
    for external_id, code in wanted.items():
        if external_id not in known and code in waiting:
            known[external_id] = waiting[code]
    return known


def _free_codes(
    company: OperatingCompany,
    given: Mapping[str, ItemValues],
    old: Sequence[tuple[_Known, ItemValues]],
    *,
    at: dt.datetime,
) -> None:
    """Clear the way for codes that move, so that no step in between meets the rule of one code each.

    Products of this page that change code step aside to one nobody can have; a product outside this page
    that holds a wanted code has lost its item, since codes are unique in Xero.
    """
    moving = [row for row, value in old if row.code != value.code and not row.is_withdrawn]
    bulk.update(ProductItem, "id", ("code",), [(row.id, f"moving {row.id}") for row in moving])
    mine = {row.id for row, _ in old}
    wanted = {value.code for value in given.values()}
    holders = bulk.select(ProductItem, _Known._fields, "code", wanted, operating_company_id=company.pk)
    bulk.update(
        ProductItem,
        "id",
        ("is_withdrawn", "is_obsolete", "obsolete_reason", "updated_at"),
        [(row[1], True, True, CODE_PASSED_ON, at) for row in holders if not row[3] and row[1] not in mine],
    )


def _cells(value: ItemValues, at: dt.datetime) -> _Row:
    """The values of `_ALWAYS`."""
    return (
        value.external_id,
        value.code,
        value.description,
        value.is_sellable,
        value.is_purchased,
        value.is_stocked,
        not value.is_sellable,
        "" if value.is_sellable else NOT_SOLD,
        False,
        at,
    )


def _selling(value: ItemValues) -> _Row:
    return (value.extended_description, value.selling_price, value.sales_analysis, value.vat_code)


def _buying(value: ItemValues) -> _Row:
    return (value.purchase_description, value.cost_price, value.purchase_analysis, value.purchase_vat_code)


def _insert(company: OperatingCompany, new: Sequence[ItemValues], *, at: dt.datetime) -> dict[str, int]:
    ids = bulk.reserve_ids(ProductItem, len(new))
    rows = [
        (row, company.pk, at, *_cells(value, at), *_selling(value), *_buying(value))
        for row, value in zip(ids, new, strict=True)
    ]
    columns = ("id", "operating_company_id", "created_at", *_ALWAYS, *_SELLING, *_BUYING)
    bulk.insert(ProductItem, columns, rows)
    return {value.external_id: row for row, value in zip(ids, new, strict=True)}


def _update(old: Sequence[tuple[_Known, ItemValues]], *, at: dt.datetime) -> None:
    by_flags: dict[tuple[bool, bool], list[_Row]] = {}
    for row, value in old:
        selling = _selling(value) if value.is_sellable else ()
        buying = _buying(value) if value.is_purchased else ()
        cells = (row.id, *_cells(value, at), *selling, *buying)
        by_flags.setdefault((value.is_sellable, value.is_purchased), []).append(cells)
    for (is_sold, is_purchased), rows in by_flags.items():
        columns = (*_ALWAYS, *(_SELLING if is_sold else ()), *(_BUYING if is_purchased else ()))
        bulk.update(ProductItem, "id", columns, rows)


def _stock_write(
    company: OperatingCompany, values: Iterable[ItemValues], products: Mapping[str, int], *, at: dt.datetime
) -> None:
    """Stock on hand at the default warehouse; a product that Xero does not track has none (PR-4, PR-6)."""
    tracked = [value for value in values if value.quantity_on_hand is not None]
    bulk.delete(Stock, "product_id", [products[v.external_id] for v in values if not v.is_stocked])
    if not tracked:
        return
    warehouse, _ = Warehouse.objects.get_or_create(operating_company=company, is_default=True)
    rows = [
        (company.pk, products[v.external_id], warehouse.pk, v.quantity_on_hand, v.quantity_on_hand, at)
        for v in tracked
    ]
    columns = ("operating_company_id", "product_id", "warehouse_id", "free_stock", "physical_stock", "as_at")
    bulk.upsert(Stock, ("product_id", "warehouse_id"), columns, rows)


def _restore(company: OperatingCompany, back: Sequence[_Row], *, at: dt.datetime) -> None:
    """Items that Xero lists again, unless their code went to another product meanwhile."""
    taken = set(ProductItem.objects.of(company).filter(is_withdrawn=False).values_list("code", flat=True))
    rows = []
    for product, _, code, _, is_sellable in back:
        if code not in taken:
            taken.add(code)
            rows.append((product, False, not is_sellable, "" if is_sellable else NOT_SOLD, at))
    bulk.update(ProductItem, "id", ("is_withdrawn", "is_obsolete", "obsolete_reason", "updated_at"), rows)
