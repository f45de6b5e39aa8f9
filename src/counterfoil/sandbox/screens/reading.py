"""What the face shows, read from the store: searched on the facts kept beside each record, paged, rendered late."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.sandbox import wire
from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.store import Collection, Row, Store, record_of
from counterfoil.sandbox.world import Organisation, World

PAGE_SIZE = 50
Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One section: its resource, the facts a search looks at, and the fact its filter offers."""

    resource: str
    collection: Callable[[Store], Collection]
    searched: tuple[str, ...]
    status: str
    by_code: bool = False


KINDS = {
    "contacts": Kind(
        "Contacts",
        lambda store: store.contacts,
        ("Name", "ContactNumber", "AccountNumber", "EmailAddress", "FirstName", "LastName"),
        "ContactStatus",
    ),
    "items": Kind("Items", lambda store: store.items, ("Code", "Name"), "", by_code=True),
    "invoices": Kind("Invoices", lambda store: store.invoices, ("Number", "Reference"), "Status"),
    "credit-notes": Kind("CreditNotes", lambda store: store.credit_notes, ("Number", "Reference"), "Status"),
    "purchase-orders": Kind(
        "PurchaseOrders", lambda store: store.purchase_orders, ("Number", "Reference"), "Status"
    ),
}


@dataclass(frozen=True)
class Page:
    """One page of a list: its records, which page it is, and how many records there are in all."""

    records: list[Record]
    number: int
    pages: int
    count: int


def listed(organisation: Organisation, kind: Kind, *, text: str, status: str, number: int) -> Page:
    """Page ``number`` (from 1, kept in range) of the records whose facts hold ``text``, newest change first."""
    collection = kind.collection(organisation.store)
    rows = list(_matching(organisation.store, kind, text.strip().casefold(), status))
    if kind.by_code:
        place = collection.fields["code"]
        rows.sort(key=lambda row: str(row.facts[place]).casefold())
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(1, number), pages)
    shown = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Page([record_of(row) for row in shown], number, pages, len(rows))


def _matching(store: Store, kind: Kind, text: str, status: str) -> Iterator[Row]:
    collection = kind.collection(store)
    searched = [collection.fields[name.lower()] for name in kind.searched]
    state = collection.fields.get(kind.status.lower())
    named = _contacts_named(store, text) if text and "contact.contactid" in collection.fields else set()
    who = collection.fields.get("contact.contactid", 0)
    for row in reversed(list(collection.ordered())):
        if status and state is not None and row.facts[state] != status:
            continue
        if (
            not text
            or row.facts[who] in named
            or any(text in str(row.facts[f] or "").casefold() for f in searched)
        ):
            yield row


def _contacts_named(store: Store, text: str) -> set[str]:
    place = store.contacts.fields["name"]
    return {key for key, row in store.contacts.rows.items() if text in str(row.facts[place]).casefold()}


def statuses(organisation: Organisation, kind: Kind) -> list[str]:
    """The statuses that occur in a section."""
    collection = kind.collection(organisation.store)
    state = collection.fields.get(kind.status.lower())
    return [] if state is None else sorted({str(row.facts[state]) for row in collection.rows.values()})


def record(world: World, organisation: Organisation, kind: Kind, key: str) -> Record | None:
    """One record as the API gives it in detail, with native values; None when there is no such record."""
    request = Request("GET", f"{kind.resource}/{key}", {"unitdp": "4"}, {"accept": "application/json"})
    response = answer(world, organisation, request)
    if response.status != 200:
        return None
    found: Record = wire.native(wire.decode(response.body))[kind.resource][0]
    return found


def open_invoices_of(organisation: Organisation, contact_id: str, document_type: str) -> list[Record]:
    """What a credit of this contact may be allocated to: approved documents with something due."""
    store = organisation.store
    rows = (record_of(row) for row in store.invoices.find("contact", contact_id))
    return [
        r for r in rows if r["Type"] == document_type and r["Status"] == "AUTHORISED" and r["AmountDue"] > 0
    ]


def bank_accounts(organisation: Organisation) -> list[Record]:
    """Where money may be paid to: bank accounts and accounts that allow payments (xero-facts 4.10)."""
    accounts = [record_of(row) for row in organisation.store.accounts.ordered()]
    fit = [a for a in accounts if a["Type"] == "BANK" or a.get("EnablePaymentsToAccount")]
    return sorted((a for a in fit if a["Status"] == "ACTIVE"), key=lambda a: str(a.get("Code", "")))


@dataclass(frozen=True)
class Place:
    """The record a form belongs to."""

    world: World
    organisation: Organisation
    key: str
    record: Record
    today: date
