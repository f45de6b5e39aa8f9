"""The records of one organisation: rendered bytes, a small tuple of facts each, and sorted indexes.

A hundred thousand invoices as dictionaries would take a gigabyte, and a page would have to be rendered for each
request. So a record is kept as the bytes of its paged form, cut where the unpaged form differs, and becomes a
dictionary only for an edit or a single read. The store knows no rule of Xero's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, overload

from . import wire

_CACHED_QUERIES = 24


class Row:
    """One record: `parts` are the pieces of its paged JSON, `facts` what filters and balances need."""

    __slots__ = ("facts", "key", "parts", "stamp")

    def __init__(self, key: str, stamp: int, parts: tuple[bytes, ...], facts: tuple[Any, ...]) -> None:
        self.key = key
        self.stamp = stamp
        self.parts = parts
        self.facts = facts


@dataclass
class Journal:
    """What has to be undone when a batch is refused as a whole."""

    undo: list[Callable[[], None]] = field(default_factory=list)
    open: bool = False

    def note(self, step: Callable[[], None]) -> None:
        """Remember a step back, when a batch is open."""
        if self.open:
            self.undo.append(step)

    def begin(self) -> None:
        """Start remembering."""
        self.open = True
        self.undo = []

    def commit(self) -> None:
        """Forget the steps back."""
        self.open = False
        self.undo = []

    def rollback(self) -> None:
        """Take every step back, the last first."""
        steps, self.undo, self.open = self.undo, [], False
        for step in reversed(steps):
            step()


class Keys(Sequence[str]):
    """The ids of a stretch of the order, without copying what no page shows."""

    def __init__(self, entries: list[tuple[int, str]]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [key for _, key in self._entries[place]]
        return self._entries[place][1]


class Collection:
    """Rows by id, in the order (UpdatedDateUTC, id), with exact look-ups by whatever `keys_of` names."""

    def __init__(
        self,
        name: str,
        id_key: str,
        fields: tuple[str, ...],
        journal: Journal,
        keys_of: Callable[[Row], Iterable[tuple[str, str]]] = lambda row: (),
    ) -> None:
        self.name = name
        self.id_key = id_key
        self.fields = {name.lower(): place for place, name in enumerate(fields)}
        self.rows: dict[str, Row] = {}
        self.order: list[tuple[int, str]] = []
        self.version = 0
        self._journal = journal
        self._keys_of = keys_of
        self._lookup: dict[tuple[str, str], list[str]] = {}
        self._cache: OrderedDict[Hashable, Sequence[str]] = OrderedDict()
        self._bulk = False

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, key: str) -> Row | None:
        """The row with this id, in whatever case the id is written."""
        return self.rows.get(key) or self.rows.get(key.lower())

    def put(self, row: Row) -> None:
        """Insert or replace."""
        old = self.rows.get(row.key)
        if old is not None:
            self._unlink(old)
            self._journal.note(lambda: self.put(old))
        else:
            self._journal.note(lambda: self.remove(row.key))
        self._link(row)
        self._changed()

    def remove(self, key: str) -> None:
        """Forget a row."""
        row = self.rows[key]
        self._unlink(row)
        del self.rows[key]
        self._journal.note(lambda: self.put(row))
        self._changed()

    def bulk_begin(self) -> None:
        """Keep no order until `bulk_end`: for seeding."""
        self._bulk = True

    def bulk_end(self) -> None:
        """Sort once."""
        self._bulk = False
        self.order = sorted((row.stamp, row.key) for row in self.rows.values())
        self._changed()

    def ordered(self) -> Iterator[Row]:
        """All rows in the default order."""
        return (self.rows[key] for _, key in self.order)

    def since(self, ms: int, *, inclusive: bool) -> list[tuple[int, str]]:
        """The tail of the order after a moment, without looking at anything before it."""
        start = bisect_left(self.order, (ms, "")) if inclusive else bisect_right(self.order, (ms, "~"))
        return self.order[start:]

    def find(self, kind: str, value: str) -> list[Row]:
        """Rows registered under an exact key, e.g. ("number", "inv-0001")."""
        return [self.rows[key] for key in self._lookup.get((kind, value), ())]

    def cached(self, query: Hashable, build: Callable[[], Sequence[str]]) -> Sequence[str]:
        """The ids a query selects, remembered until anything here changes."""
        found = self._cache.get(query)
        if found is None:
            found = self._cache[query] = build()
            if len(self._cache) > _CACHED_QUERIES:
                self._cache.popitem(last=False)
        return found

    def _changed(self) -> None:
        self.version += 1
        self._cache.clear()

    def _link(self, row: Row) -> None:
        self.rows[row.key] = row
        if not self._bulk:
            insort(self.order, (row.stamp, row.key))
        for key in self._keys_of(row):
            self._lookup.setdefault(key, []).append(row.key)

    def _unlink(self, row: Row) -> None:
        if not self._bulk:
            place = bisect_left(self.order, (row.stamp, row.key))
            del self.order[place]
        for key in self._keys_of(row):
            known = self._lookup[key]
            known.remove(row.key)
            if not known:
                del self._lookup[key]


def record_of(row: Row) -> dict[str, Any]:
    """The record as a fresh dictionary with native values."""
    record: dict[str, Any] = wire.native(wire.decode(b"".join(row.parts)))
    record["UpdatedDateUTC"] = wire.moment(row.stamp)
    return record


CONTACT_FIELDS = (
    "ContactStatus",
    "Name",
    "ContactNumber",
    "AccountNumber",
    "EmailAddress",
    "FirstName",
    "LastName",
    "CompanyNumber",
    "DefaultCurrency",
)
DOCUMENT_FIELDS = (
    "Type",
    "Status",
    "Number",
    "Reference",
    "Contact.ContactID",
    "Date",
    "DueDate",
    "AmountDue",
    "AmountPaid",
    "Total",
    "-base due",
    "-created by",
    "-fine",
)
PAYMENT_FIELDS = ("Status", "PaymentType", "Date", "Amount", "Reference", "Document")
ITEM_FIELDS = ("Code", "Name", "IsSold", "IsPurchased", "-archived", "-tracked")
PLAIN_FIELDS = ("Code", "Status")


def _contact_keys(row: Row) -> Iterable[tuple[str, str]]:
    status, name, number, account = row.facts[:4]
    if status == "ACTIVE":
        yield "name", str(name).casefold()
    if number:
        yield "number", str(number).casefold()
    if account:
        yield "account", str(account).casefold()


def _document_keys(row: Row) -> Iterable[tuple[str, str]]:
    yield "contact", row.facts[4]
    if row.facts[2]:
        yield "number", str(row.facts[2]).casefold()


def _payment_keys(row: Row) -> Iterable[tuple[str, str]]:
    yield "document", row.facts[5]


def _code_keys(row: Row) -> Iterable[tuple[str, str]]:
    if row.facts[0]:
        yield "code", str(row.facts[0]).casefold()


@dataclass
class HistoryRecord:
    """One line of a record's history."""

    changes: str
    user: str
    details: str
    at: datetime


@dataclass
class Attachment:
    """A file that hangs on a record."""

    attachment_id: str
    file_name: str
    mime_type: str
    content: bytes
    include_online: bool


def _drop_last(entries: list[HistoryRecord]) -> None:
    entries.pop()


class Store:
    """Everything one organisation holds."""

    def __init__(self) -> None:
        journal = self.journal = Journal()
        self.organisation: dict[str, Any] = {}
        self.actions: list[dict[str, Any]] = []
        self.users: list[dict[str, Any]] = []
        self.contacts = Collection("Contacts", "ContactID", CONTACT_FIELDS, journal, _contact_keys)
        self.invoices = Collection("Invoices", "InvoiceID", DOCUMENT_FIELDS, journal, _document_keys)
        self.credit_notes = Collection(
            "CreditNotes", "CreditNoteID", DOCUMENT_FIELDS, journal, _document_keys
        )
        self.purchase_orders = Collection(
            "PurchaseOrders", "PurchaseOrderID", DOCUMENT_FIELDS, journal, _document_keys
        )
        self.payments = Collection("Payments", "PaymentID", PAYMENT_FIELDS, journal, _payment_keys)
        self.items = Collection("Items", "ItemID", ITEM_FIELDS, journal, _code_keys)
        self.accounts = Collection("Accounts", "AccountID", PLAIN_FIELDS, journal, _code_keys)
        self.tax_rates: dict[str, dict[str, Any]] = {}
        self.currencies: dict[str, dict[str, Any]] = {}
        self.branding_themes: list[dict[str, Any]] = []
        self.tracking_categories: list[dict[str, Any]] = []
        self.contact_groups: dict[str, dict[str, Any]] = {}
        self.group_members: dict[str, dict[str, None]] = {}
        self.history: dict[tuple[str, str], list[HistoryRecord]] = {}
        self.attachments: dict[tuple[str, str], list[Attachment]] = {}
        self.counters: dict[str, int] = {}
        self.last_stamp = 0
        self.emails_sent = 0
        self.parties: dict[str, set[str]] = {"IsCustomer": set(), "IsSupplier": set()}
        self.balances: dict[str, tuple[object, bytes]] = {}

    def documents(self) -> tuple[Collection, Collection, Collection]:
        """The three kinds of document with lines."""
        return self.invoices, self.credit_notes, self.purchase_orders

    def stamp_next(self, now: datetime) -> datetime:
        """A stamp for a change now: to the millisecond, and never before an earlier one."""
        self.last_stamp = max(self.last_stamp, wire.milliseconds(now))
        return wire.moment(self.last_stamp)

    def party_add(self, flag: str, contact_id: str) -> None:
        """Remember that a contact is a customer or supplier now."""
        members = self.parties[flag]
        if contact_id not in members:
            members.add(contact_id)
            self.journal.note(lambda: members.discard(contact_id))

    def note(self, endpoint: str, key: str, entry: HistoryRecord) -> None:
        """Add a line of history."""
        entries = self.history.setdefault((endpoint, key), [])
        entries.append(entry)
        self.journal.note(lambda: _drop_last(entries))

    def assign(self, table: dict[str, Any], key: str, value: Any) -> None:
        """Set a key of one of the plain tables, so that a refused batch takes it back."""
        missing = object()
        old = table.get(key, missing)

        def back() -> None:
            if old is missing:
                table.pop(key, None)
            else:
                table[key] = old

        self.journal.note(back)
        table[key] = value
