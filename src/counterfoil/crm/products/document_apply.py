"""Make stored documents equal to what Xero says, sales and purchases alike: headers with their lines.

Here, below both rooms that have documents, because they may not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.lines import LineValues
from counterfoil.crm.products.document_lines import (
    LinesOf,
    LineTable,
    Row,
    document_lines_insert,
    document_lines_replace,
)
from counterfoil.database import bulk


class Values(Protocol):
    """What the values of every kind of document have; the lines come last."""

    @property
    def external_id(self) -> str: ...
    @property
    def ledger_id(self) -> str: ...
    @property
    def lines(self) -> Sequence[LineValues]: ...


@dataclass(frozen=True)
class DocumentTable:
    """A table of documents.

    `columns` are what an update writes; `cells` gives their contents for a document and the row of its ledger.
    `lead` are the lead columns of its lines, for its own row. `ledgers` finds rows by ContactID, and
    `refusal` says why a document without one was left out.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    cells: Callable[[Any, int], Row]
    lines: LineTable
    lead: Callable[[int, Any], Row]
    ledgers: Callable[[OperatingCompany, Iterable[str]], dict[str, int]]
    refusal: Callable[[Any], str]


def documents_apply(
    table: DocumentTable, company: OperatingCompany, values: Sequence[Values], same_lines: AbstractSet[str]
) -> Applied:
    """Make the stored documents equal to these, in the caller's transaction.

    Known ones keep their rows and those of the lines they still have; applying the same values again
    changes nothing. A document whose ledger is not in the CRM is refused. Of several values with one
    id the last counts. `same_lines`: ids of documents whose stored lines are these already, see `core.fingerprint`.
    """
    applied = Applied()
    given = {value.external_id: value for value in values}
    ledgers = table.ledgers(company, {value.ledger_id for value in given.values()})
    rows = bulk.select(
        table.model, ("external_id", "id"), "external_id", given, operating_company_id=company.pk
    )
    known: dict[str, int] = dict(rows)
    new: list[tuple[Values, int]] = []
    old: list[tuple[int, Values, int]] = []
    for external_id, value in given.items():
        ledger = ledgers.get(value.ledger_id)
        if ledger is None:
            applied.refused[external_id] = table.refusal(value)
            applied.lacking[external_id] = value.ledger_id
        elif external_id in known:
            old.append((known[external_id], value, ledger))
        else:
            new.append((value, ledger))
    _insert(table, company, new)
    _update(table, company, old, same_lines)
    applied.created, applied.updated = len(new), len(old)
    return applied


def _insert(table: DocumentTable, company: OperatingCompany, new: Sequence[tuple[Values, int]]) -> None:
    own, rows, lines = company.pk, [], []
    for row, (value, ledger) in zip(bulk.reserve_ids(table.model, len(new)), new, strict=True):
        rows.append((row, own, value.external_id, *table.cells(value, ledger)))
        lines.append(LinesOf(table.lead(row, value), value.lines))
    bulk.insert(table.model, ("id", "operating_company_id", "external_id", *table.columns), rows)
    document_lines_insert(table.lines, company, lines)


def _update(
    table: DocumentTable,
    company: OperatingCompany,
    old: Sequence[tuple[int, Values, int]],
    same_lines: AbstractSet[str],
) -> None:
    rows, lines = [], []
    for row, value, ledger in old:
        rows.append((row, *table.cells(value, ledger)))
        if value.external_id not in same_lines:
            lines.append(LinesOf(table.lead(row, value), value.lines))
    bulk.update_changed(table.model, table.columns, rows)
    document_lines_replace(table.lines, company, lines)
