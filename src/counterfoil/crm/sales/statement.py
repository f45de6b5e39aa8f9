"""What a customer still owes, document by document: the statement. Its sums are to the penny those of its rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Q, QuerySet

from counterfoil.core.ageing import Ageing, ageing_of
from counterfoil.core.money import ZERO, in_home_currency, to_penny
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.sales.models import SalesOrderHeader, TransactionKind
from counterfoil.crm.sales.narrowing import OPEN

_READ = (
    "kind",
    "sales_ledger_id",
    "number",
    "customer_reference",
    "date",
    "due_date",
    "currency",
    "rate",
    "total",
    "amount_due",
)


@dataclass(frozen=True)
class Item:
    """One open document. `days`: how many past its due date. `home`: what is open, to the penny in home currency.

    A document is converted at its own rate and rounded, as the books round it; so sums of sums agree.
    """

    document: SalesOrderHeader
    days: int
    home: Decimal

    @property
    def late(self) -> str:
        return f"{self.days:,} {'day' if self.days == 1 else 'days'} late" if self.days else ""

    @property
    def is_credit(self) -> bool:
        return bool(self.document.kind == TransactionKind.CREDIT)


@dataclass(frozen=True)
class Sheet:
    """The items of one ledger in one currency, oldest first; `owed` is in that currency."""

    ledger: SalesLedger
    currency: str
    items: Sequence[Item]

    @property
    def owed(self) -> Decimal:
        return sum((item.document.amount_due for item in self.items), ZERO)

    @property
    def home(self) -> Decimal:
        return sum((item.home for item in self.items), ZERO)


@dataclass(frozen=True)
class Sum:
    """All sheets of one currency: ageing in it, and the whole in home currency."""

    currency: str
    ageing: Ageing
    home: Decimal


@dataclass(frozen=True)
class Statement:
    """`ageing` is in home currency. `balance`: what the books say the ledgers owe now.

    A past day leaves out what was dated after it. What has been paid since is taken off all the same: the day of a
    part payment is not known here, and a customer is never asked for what they have paid.
    """

    on: dt.date
    is_current: bool
    sheets: Sequence[Sheet]
    sums: Sequence[Sum]
    ageing: Ageing
    balance: Decimal

    @property
    def items(self) -> int:
        return sum(len(sheet.items) for sheet in self.sheets)

    @property
    def missing(self) -> Decimal:
        """What the books have beyond these documents, or (negative) these documents beyond the books."""
        return self.balance - self.ageing.owed

    @property
    def leaves_credits_out(self) -> bool:
        """Whether the books' balance is that of the invoices alone."""
        return bool(self.ageing.credits) and self.missing == -self.ageing.credits


def statement_of(ledgers: Sequence[SalesLedger], *, on: dt.date, today: dt.date, home: str) -> Statement:
    """What is open of these ledgers' documents, aged on the day `on`; one after today counts as today.

    `home` is the currency that stands first.
    """
    on = min(on, today)
    rows: QuerySet[SalesOrderHeader] = SalesOrderHeader.objects.filter(OPEN, sales_ledger__in=ledgers)
    rows = rows.only(*_READ)
    if on < today:
        rows = rows.filter(Q(date__lte=on) | Q(date=None))
    known = {ledger.pk: place for place, ledger in enumerate(ledgers)}

    def sheet_of(row: SalesOrderHeader) -> tuple[int, bool, str]:
        return known[row.sales_ledger_id], row.currency != home, row.currency

    found = sorted(rows, key=lambda row: (*sheet_of(row), row.date or dt.date.min, row.pk))
    sheets = [
        Sheet(ledgers[place], currency, [_item(row, on) for row in group])
        for (place, _, currency), group in groupby(found, key=sheet_of)
    ]
    items = [item for sheet in sheets for item in sheet.items]
    return Statement(
        on=on,
        is_current=on == today,
        sheets=sheets,
        sums=_sums(items, on, home),
        ageing=_aged([(item, item.home) for item in items], on),
        balance=sum((ledger.balance_outstanding for ledger in ledgers), ZERO),
    )


def _item(row: SalesOrderHeader, on: dt.date) -> Item:
    is_due = row.due_date is not None and row.kind == TransactionKind.INVOICE
    days = max(0, (on - row.due_date).days) if is_due and row.due_date else 0
    return Item(row, days, to_penny(in_home_currency(row.amount_due, row.rate)))


def _sums(items: Sequence[Item], on: dt.date, home: str) -> list[Sum]:
    found = []
    for currency in sorted({item.document.currency for item in items}, key=lambda code: (code != home, code)):
        mine = [item for item in items if item.document.currency == currency]
        aged = _aged([(item, item.document.amount_due) for item in mine], on)
        found.append(Sum(currency, aged, sum((item.home for item in mine), ZERO)))
    return found


def _aged(amounts: Sequence[tuple[Item, Decimal]], on: dt.date) -> Ageing:
    invoices = [(item.document.due_date, amount) for item, amount in amounts if not item.is_credit]
    unused = sum((amount for item, amount in amounts if item.is_credit), ZERO)
    return ageing_of(invoices, unused, today=on)
