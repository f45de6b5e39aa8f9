"""Write the lines of documents, sales and purchases alike: each a row that may name a product.

Here, below both rooms that have documents, because they may not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.db import models

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.mapping.lines import LineValues
from counterfoil.core.matching import Stored, match_lines
from counterfoil.crm.products.selectors import product_ids
from counterfoil.database import bulk

Row = tuple[Any, ...]


@dataclass(frozen=True)
class LineTable:
    """A table of lines. `lead` are the columns its documents fill, `header_id` first."""

    model: type[models.Model]
    lead: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Callable[[LineValues], Row] = msgspec.structs.astuple


class LinesOf(NamedTuple):
    """The lines of one document; `lead` are the values of the table's lead columns."""

    lead: Row
    lines: Sequence[LineValues]


def document_lines_insert(table: LineTable, company: OperatingCompany, documents: Sequence[LinesOf]) -> None:
    """Write the lines of documents that have none yet."""
    products = _products(company, documents)
    own, cells, find = company.pk, table.cells, products.get
    rows = [(own, find(line.item_code), *lead, *cells(line)) for lead, lines in documents for line in lines]
    bulk.insert(table.model, ("operating_company_id", "product_id", *table.lead, *table.columns), rows)


def document_lines_replace(table: LineTable, company: OperatingCompany, documents: Sequence[LinesOf]) -> None:
    """Make the stored lines of these documents equal to the given ones, keeping the rows of kept lines."""
    stored = _stored_lines(table, [document.lead[0] for document in documents])
    changes = _changes(table, company, documents, stored)
    bulk.delete(table.model, "id", changes.gone)
    # Through negative places, since two lines that swap would otherwise meet on one.
    bulk.update(table.model, "id", ("position",), changes.moved)
    bulk.update_changed(table.model, ("product_id", *table.columns), changes.kept, stored.rows)
    columns = ("operating_company_id", "product_id", *table.lead, *table.columns)
    bulk.insert(table.model, columns, changes.new)


def document_lines_link(table: LineTable, company: OperatingCompany) -> int:
    """Give lines that name an item the product that came after them; returns how many found theirs.

    Items are read less often than invoices when calls are few, so an invoice may be here before its item.
    """
    lines = table.model._default_manager.filter(operating_company_id=company.pk, product=None)
    waiting = list(lines.exclude(item_code="").values_list("pk", "item_code"))
    products = product_ids(company, {code for _, code in waiting})
    found = [(line, products[code]) for line, code in waiting if code in products]
    return bulk.update(table.model, "id", ("product_id",), found)


def _products(company: OperatingCompany, documents: Iterable[LinesOf]) -> dict[str, int]:
    codes = {line.item_code for document in documents for line in document.lines}
    codes.discard("")
    return product_ids(company, codes)


class _StoredLines(NamedTuple):
    """Stored lines by header; per line its item code with the product it is linked to, and its row as stored."""

    by_header: dict[int, list[Stored]]
    linked: dict[int, tuple[str, int | None]]
    rows: dict[int, Row]


class _Changes(NamedTuple):
    gone: list[int]
    moved: list[Row]
    kept: list[Row]
    new: list[Row]


def _stored_lines(table: LineTable, headers: Sequence[int]) -> _StoredLines:
    columns = ("id", "product_id", *table.columns)
    position, line_item_id, code = map(columns.index, ("position", "line_item_id", "item_code"))
    found = _StoredLines({}, {}, {})
    for header, *cells in bulk.as_stored(table.model, ("header_id", *columns), "header_id", headers):
        key = cells[0]
        found.by_header.setdefault(header, []).append(Stored(key, cells[position], cells[line_item_id]))
        found.linked[key] = (cells[code], cells[1])
        found.rows[key] = tuple(cells)
    return found


def _changes(
    table: LineTable, company: OperatingCompany, documents: Sequence[LinesOf], stored: _StoredLines
) -> _Changes:
    """What to write.

    A kept line whose item code did not change keeps its product too: the code may since have passed to
    another item in Xero, and this line was never about that one.
    """
    products = _products(company, documents)
    changes = _Changes([], [], [], [])
    for lead, lines in documents:
        match = match_lines(stored.by_header.get(lead[0], ()), [line.line_item_id for line in lines])
        changes.gone.extend(old.row for old in match.gone)
        for line, old in zip(lines, match.rows, strict=True):
            product = products.get(line.item_code)
            if old is None:
                changes.new.append((company.pk, product, *lead, *table.cells(line)))
                continue
            if old.position != line.position:
                changes.moved.append((old.row, -1 - old.position))
            code, linked = stored.linked[old.row]
            if linked is not None and code == line.item_code:
                product = linked
            changes.kept.append((old.row, product, *table.cells(line)))
    return changes
