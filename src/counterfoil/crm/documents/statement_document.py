"""What a customer's statement says, as text: all that its layout sees."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.crm.documents.quote_document import Party


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`late` says how long it has been due; empty when it has not. Amounts of credits are negative."""

    date: str = ""
    kind: str = ""
    number: str = ""
    reference: str = ""
    due: str = ""
    late: str = ""
    total: str = ""
    open: str = ""


@dataclass(frozen=True, slots=True)
class StatementSheet:
    """The lines of one account in one currency; `heading` is empty where there is only one account."""

    heading: str = ""
    currency: str = ""
    owed: str = ""
    lines: tuple[StatementLine, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementSum:
    """What is owed in one currency, and since when: `ages` has an amount for each of the document's `ages`."""

    currency: str = ""
    owed: str = ""
    ages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """`home` is the whole in the company's own currency, empty where all is in that currency anyway. `note` says how
    the figures of a past day are to be read; empty for today's.
    """

    date: str = ""
    language: str = "en"
    colour: str = "#2f6f4f"
    company: Party = field(default_factory=Party)
    customer: Party = field(default_factory=Party)
    ages: tuple[str, ...] = ()
    sheets: tuple[StatementSheet, ...] = ()
    sums: tuple[StatementSum, ...] = ()
    home: str = ""
    note: str = ""
    file_name: str = "Statement"
