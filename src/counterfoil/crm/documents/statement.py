"""A customer's statement as a PDF, from what is open in `crm.sales.statement`."""

from __future__ import annotations

import datetime as dt
from typing import Final

from counterfoil.core.countries import country_code
from counterfoil.core.filenames import safe_name
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.documents.errors import DocumentRefused
from counterfoil.crm.documents.parties import customer_party, sender_party
from counterfoil.crm.documents.rendering import statement_pdf
from counterfoil.crm.documents.selectors import PaperFile, letterhead_of
from counterfoil.crm.documents.statement_document import (
    StatementDocument,
    StatementLine,
    StatementSheet,
    StatementSum,
)
from counterfoil.crm.documents.wording import Wording, locale_of
from counterfoil.crm.sales.statement import Item, Sheet, Statement, Sum

# Beyond that a statement is no letter any more, and its making takes longer than the engine may.
ITEMS_MOST: Final = 3000
PAST_DAY: Final = "Documents dated up to that day. What has been paid since is taken off."
AGES: Final = ("Not due", "1-30 days", "31-60 days", "61-90 days", "91+ days", "Unused credit")


def statement_file(ledger: SalesLedger, statement: Statement) -> PaperFile:
    """The statement, addressed to `ledger`. Raises DocumentRefused."""
    if statement.items > ITEMS_MOST:
        raise DocumentRefused(
            f"{statement.items:,} documents are open, and a statement lists at most {ITEMS_MOST:,}. Nothing was made; "
            "export the list of invoices instead."
        )
    document = statement_document(ledger, statement)
    return PaperFile(f"{document.file_name}.pdf", "application/pdf", statement_pdf(document))


def statement_document(ledger: SalesLedger, statement: Statement) -> StatementDocument:
    """What the customer reads; figures are written as in their country."""
    company = ledger.operating_company
    writer = _Writer(locale_of(country_code(ledger.country), company.home_country), company.home_currency)
    accounts = {sheet.ledger.pk for sheet in statement.sheets}
    is_foreign = any(each.currency != company.home_currency for each in statement.sums)
    return StatementDocument(
        date=writer.day(statement.on),
        colour=company.colour,
        company=sender_party(company, letterhead_of(company)),
        customer=customer_party(ledger),
        ages=AGES,
        sheets=tuple(writer.sheet(sheet, with_name=len(accounts) > 1) for sheet in statement.sheets),
        sums=tuple(writer.sum(each) for each in statement.sums),
        home=writer.home(statement) if is_foreign else "",
        note="" if statement.is_current else PAST_DAY,
        file_name=_file_name(ledger, statement.on),
    )


def _file_name(ledger: SalesLedger, on: dt.date) -> str:
    """Its name without an ending: Statement-C1017-2026-11-20."""
    whose = (ledger.account_number or ledger.name).replace("/", "-")[:100]
    return safe_name(f"Statement-{whose}-{on.isoformat()}").replace(" ", "-")


class _Writer:
    """Writes amounts of any currency in one reader's way."""

    def __init__(self, locale: str, home_currency: str) -> None:
        self._locale, self._home = locale, home_currency

    def day(self, on: dt.date | None) -> str:
        return self._in(self._home).day(on)

    def home(self, statement: Statement) -> str:
        return self._in(self._home).money(statement.ageing.owed)

    def sheet(self, sheet: Sheet, *, with_name: bool) -> StatementSheet:
        write = self._in(sheet.currency)
        return StatementSheet(
            heading=sheet.ledger.name if with_name else "",
            currency=sheet.currency,
            owed=write.amount(sheet.owed),
            lines=tuple(_line(item, write) for item in sheet.items),
        )

    def sum(self, of: Sum) -> StatementSum:
        write = self._in(of.currency)
        ages = tuple(write.amount(part) for part in of.ageing)
        return StatementSum(currency=of.currency, owed=write.money(of.ageing.owed), ages=ages)

    def _in(self, currency: str) -> Wording:
        return Wording(self._locale, currency)


def _line(item: Item, write: Wording) -> StatementLine:
    row = item.document
    return StatementLine(
        date=write.short_day(row.date),
        kind="Credit note" if item.is_credit else "Invoice",
        number=row.number,
        reference=row.customer_reference,
        due="" if item.is_credit else write.short_day(row.due_date),
        late=item.late,
        total=write.amount(row.total),
        open=write.amount(row.amount_due),
    )
