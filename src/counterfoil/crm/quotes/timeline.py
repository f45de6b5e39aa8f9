"""What happened with a customer, newest first: notes, quotes, orders, documents, payments, stops, mail, the sync.

Nothing is written down for it. Each source is asked for its newest rows before a place in time, and what comes is
merged; so a page costs one small query per source however long the history is. People's acts have a moment, a
document only has a day: it stands at that day's end, above what led to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from counterfoil.accounts.models import User
from counterfoil.changes.models import AuditEntry
from counterfoil.changes.selectors import audit_about
from counterfoil.crm.customers.models import LedgerAlias, Note, SalesLedger
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.sales.models import SalesOrderHeader, TransactionKind

# What one may look at alone, beside everything ("").
SHOWS: Final = ("notes", "quotes", "documents", "changes")
# Of a quote's trail what its customer's reader wants to know; its lines have the quote's own page.
OF_QUOTES: Final = (
    "quote.created",
    "quote.copied",
    "quote.given",
    "quote.sent",
    "quote.mailed",
    "quote.mail_failed",
    "quote.won",
    "quote.lost",
    "quote.revised",
    "quote.confirmed",
    "quote.credit_overridden",
    "quote.push_sent",
    "quote.push_refused",
    "quote.push_skipped",
    "quote.total_differs",
    "quote.amending",
    "quote.amend_dropped",
    "quote.reopened",
    "push.retried",
    "push.skipped",
)
_OF_COMPANY: Final = (
    "company.renamed",
    "company.account_manager",
    "division.renamed",
    "ledger.company_given",
)
_KINDS: Final = {
    "quote.won": "won",
    "quote.lost": "lost",
    "quote.confirmed": "order",
    "quote.push_sent": "order",
    "quote.push_refused": "trouble",
    "quote.total_differs": "trouble",
    "quote.mail_failed": "trouble",
    "quote.mailed": "mail",
    "sales_ledger.statement_mail_failed": "trouble",
    "sales_ledger.statement_mailed": "mail",
    "sales_ledger.stopped": "stop",
    "sales_ledger.released": "release",
    "sales_ledger.file_added": "file",
    "sales_ledger.file_deleted": "file",
    "sales_ledger.linked": "sync",
    "sales_ledger.merged": "sync",
    "sync.reread": "sync",
}


class Place(NamedTuple):
    """Where something stands: later is greater. `rank` and `pk` keep equal moments apart."""

    at: dt.datetime
    rank: int
    pk: int


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `is_timed` says that `place.at` is a moment and not a day's end.

    `kind` is what it looks like. What it is about is in `note`, `document` or `quote_id`, else only in `text`.
    """

    place: Place
    kind: str
    text: str = ""
    by: User | None = None
    is_timed: bool = True
    note: Note | None = None
    document: SalesOrderHeader | None = None
    quote_id: int | None = None


class TimelinePage(NamedTuple):
    """`older` is what to give as `before` for the next page; empty on the last one."""

    entries: list[Entry]
    older: str


def timeline_of(
    ledger: SalesLedger, *, zone: dt.tzinfo, show: str = "", before: str = "", most: int = 30
) -> TimelinePage:
    """The newest `most` entries before the place `before` names; one that names none is the beginning."""
    until = _place_read(before, zone)
    found: list[Entry] = []
    for rank, (group, source) in enumerate(_SOURCES):
        if show in ("", group):
            found += source(ledger, _Window(rank, until, zone, most + 1))
    found.sort(key=lambda entry: entry.place, reverse=True)
    older = _place_text(found[most - 1]) if len(found) > most else ""
    return TimelinePage(found[:most], older)


@dataclass(frozen=True)
class _Window:
    """What a source is asked for: its newest `most` rows before `until`."""

    rank: int
    until: Place | None
    zone: dt.tzinfo
    most: int

    def moments(self, rows: QuerySet[Any]) -> list[Any]:
        """Of rows that have a moment, `at`."""
        if self.until is not None:
            rows = rows.filter(self._before("at", self.until.at, has_day=True))
        return list(rows.order_by("-at", "-pk")[: self.most])

    def days(self, rows: QuerySet[Any], column: str) -> list[Any]:
        """Of rows that have a day."""
        if self.until is not None:
            day = self.until.at.astimezone(self.zone).date()
            rows = rows.filter(self._before(column, day, has_day=self.until.at == self.end(day)))
        return list(rows.order_by(f"-{column}", "-pk")[: self.most])

    def _before(self, column: str, value: Any, *, has_day: bool) -> Q:
        """`has_day`: rows at `value` itself may come before `until`, as their rank and key say."""
        earlier = Q(**{f"{column}__lt": value})
        if self.until is None or not has_day or self.rank > self.until.rank:
            return earlier
        same = Q(**{column: value})
        return earlier | (same & Q(pk__lt=self.until.pk) if self.rank == self.until.rank else same)

    def place(self, at: dt.datetime, pk: int) -> Place:
        return Place(at, self.rank, pk)

    def end(self, day: dt.date) -> dt.datetime:
        return _day_end(day, self.zone)


def _notes(ledger: SalesLedger, window: _Window) -> list[Entry]:
    rows = window.moments(Note.objects.filter(sales_ledger=ledger).select_related("by"))
    return [Entry(window.place(row.at, row.pk), "note", by=row.by, note=row) for row in rows]


def _quotes(ledger: SalesLedger, window: _Window) -> list[Entry]:
    mine = Quote.objects.filter(sales_ledger=ledger).order_by()
    subjects = mine.values(subject=Concat(Value("quote:"), Cast("pk", CharField())))
    rows = audit_about(ledger.operating_company_id, subjects).filter(action__in=OF_QUOTES)
    return [_told(row, window) for row in window.moments(rows)]


def _changes(ledger: SalesLedger, window: _Window) -> list[Entry]:
    division = ledger.division
    subjects = [f"sales_ledger:{pk}" for pk in _keys_of(ledger)]
    if division is not None:
        subjects += [f"company:{division.company_id}", f"division:{division.pk}"]
    # An operating company is called `company:` in the trail too; hence the names of the actions.
    told = Q(subject__startswith="sales_ledger:") | Q(action__in=_OF_COMPANY)
    rows = window.moments(audit_about(ledger.operating_company_id, subjects).filter(told))
    return [_told(row, window) for row in rows]


def _keys_of(ledger: SalesLedger) -> list[int]:
    """Its own key, and those of customers that were merged into it (SY-13)."""
    if not ledger.ledger_id:
        return [ledger.pk]
    merged = LedgerAlias.objects.of(ledger.operating_company_id).filter(survivor_id=ledger.ledger_id)
    return [ledger.pk, *merged.exclude(former_sales=None).values_list("former_sales", flat=True)]


def kind_of(row: AuditEntry) -> str:
    """What an entry of the trail looks like."""
    return _KINDS.get(row.action, "quote" if row.subject.startswith("quote:") else "change")


def _told(row: AuditEntry, window: _Window) -> Entry:
    kind, _, key = row.subject.partition(":")
    quote_id = int(key) if kind == "quote" else None
    return Entry(window.place(row.at, row.pk), kind_of(row), row.summary, row.actor, quote_id=quote_id)


def _documents(ledger: SalesLedger, window: _Window) -> list[Entry]:
    rows = SalesOrderHeader.objects.filter(sales_ledger=ledger, date__isnull=False)
    return [_dated(row, row.date, _kind(row), window) for row in window.days(rows, "date")]


def _payments(ledger: SalesLedger, window: _Window) -> list[Entry]:
    """Documents that were settled in full; payments in part have no day here."""
    rows = SalesOrderHeader.objects.filter(
        sales_ledger=ledger, is_paid=True, is_reported=True, paid_on__isnull=False
    )
    return [_dated(row, row.paid_on, f"{_kind(row)}-paid", window) for row in window.days(rows, "paid_on")]


def _kind(row: SalesOrderHeader) -> str:
    return "credit" if row.kind == TransactionKind.CREDIT else "invoice"


def _dated(row: SalesOrderHeader, day: dt.date, kind: str, window: _Window) -> Entry:
    return Entry(window.place(window.end(day), row.pk), kind, is_timed=False, document=row)


def _books(ledger: SalesLedger, window: _Window) -> list[Entry]:
    """What the books did and nobody wrote down: that the customer came from there, and a stop that holds."""
    found = []
    if ledger.uuid is None:
        found.append(Entry(window.place(ledger.created_at, 0), "arrival", "Came from Xero."))
    if ledger.on_stop and not ledger.stopped_by_user and ledger.stopped_at:
        found.append(Entry(window.place(ledger.stopped_at, 1), "stop", f"On stop: {ledger.stop_reason}."))
    return [entry for entry in found if window.until is None or entry.place < window.until]


_Source = Callable[[SalesLedger, _Window], Iterable[Entry]]
# Of equal moments the later ones here stand above the earlier ones.
_SOURCES: Final[tuple[tuple[str, _Source], ...]] = (
    ("changes", _books),
    ("changes", _changes),
    ("quotes", _quotes),
    ("documents", _documents),
    ("documents", _payments),
    ("notes", _notes),
)


def _day_end(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    # The very last year ends, in some zone, after the last moment that databases know.
    return dt.datetime.combine(min(day, dt.date(dt.MAXYEAR - 1, 12, 31)), dt.time.max, zone)


def _place_text(entry: Entry) -> str:
    at = entry.place.at.isoformat() if entry.is_timed else entry.place.at.date().isoformat()
    return f"{at}~{entry.place.rank}~{entry.place.pk}"


def _place_read(text: str, zone: dt.tzinfo) -> Place | None:
    at, _, rest = text.partition("~")
    rank, _, pk = rest.partition("~")
    if not (rank.isdecimal() and pk.isdecimal()) or len(pk) > 18 or len(rank) > 2:
        return None
    try:
        moment = _day_end(dt.date.fromisoformat(at), zone) if len(at) == 10 else dt.datetime.fromisoformat(at)
    except ValueError:
        return None
    return Place(moment, int(rank), int(pk)) if moment.tzinfo else None
