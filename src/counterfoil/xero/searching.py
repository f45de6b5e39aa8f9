"""Whether something is in Xero already: the questions of `sync.looking`, as tables that `XeroClient.page` reads.

Sources: xero-facts §3.8 (filters, quoting, InvoiceNumbers, createdByMyApp), §4.2 (ContactNumber), §4.4 (items).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from counterfoil.xero import endpoints
from counterfoil.xero.endpoints import Endpoint
from counterfoil.xero.records import Contact, Invoice, Item, Record

_ID = re.compile(r"[0-9A-Fa-f-]{36}")
# A comma separates numbers; Xero has no way to escape one.
_ASKABLE = re.compile(r"[^,\x00-\x1f]{1,255}")
# Xero's filters know no backslash and no control character (xero-facts §3.8, reliability D15).
_FILTERABLE = re.compile(r"[^\\\x00-\x1f\x7f]*")

# Every invoice this app has made, the longest unchanged first, so that a page's end is where the next begins.
MADE_BY_US: Endpoint[Invoice] = replace(
    endpoints.INVOICES, extra={"createdByMyApp": "true", "order": "UpdatedDateUTC ASC"}
)
ITEMS: Endpoint[Item] = replace(endpoints.ITEMS, modified_since=False)
# One by one: only this shows where a merged contact went (xero-facts §4.2).
CONTACT_ALONE: Endpoint[Contact] = replace(endpoints.CONTACTS, ids_parameter=False)
INVOICE_ALONE: Endpoint[Invoice] = replace(endpoints.INVOICES, ids_parameter=False)
ITEM_ALONE: Endpoint[Item] = endpoints.ITEMS


def askable(number: str) -> bool:
    """Whether Xero can be asked who holds this number."""
    return _ASKABLE.fullmatch(number) is not None


def invoices_numbered(numbers: Sequence[str]) -> Endpoint[Invoice]:
    """Who holds these numbers, sales invoices only; at most 40 at once."""
    if not 0 < len(numbers) <= endpoints.IDS_AT_ONCE or not all(map(askable, numbers)):
        raise ValueError("Xero cannot be asked for these numbers at once.")
    return replace(endpoints.INVOICES, extra={"InvoiceNumbers": ",".join(numbers)})


def contacts_numbered(number: str) -> Endpoint[Contact]:
    """Contacts with this ContactNumber, archived ones too."""
    return replace(endpoints.CONTACTS, where=f'ContactNumber=="{quoted(number)}"')


def contacts_named(name: str) -> Endpoint[Contact]:
    """Contacts that may have this name: by a filter, or by Xero's substring search where a filter cannot hold it."""
    if _FILTERABLE.fullmatch(name):
        return replace(endpoints.CONTACTS, where=f'Name=="{quoted(name)}"', extra={})
    plain = max(re.split(r"[\\\x00-\x1f\x7f]", name), key=len)
    return replace(endpoints.CONTACTS, extra={"searchTerm": plain.strip()})


def quoted(text: str) -> str:
    """`text` for the inside of a filter's string: a quotation mark is doubled (a backslash would be refused)."""
    return text.replace('"', '""')


class Note(Record):
    """One line of a record's history (xero-facts §4.14); `changes` is "Note" for one that a client wrote."""

    details: str = ""
    changes: str | None = None
    user: str | None = None
    date_utc: str | None = None


def invoice_history(xero_id: str) -> Endpoint[Note]:
    """What happened to an invoice, as its page in Xero lists it."""
    if not _ID.fullmatch(xero_id):
        raise ValueError("This is not an id of Xero's.")
    return Endpoint(
        name="history",
        path=f"Invoices/{xero_id}/History",
        envelope_key="HistoryRecords",
        record=Note,
        id_attribute="details",
        scope=endpoints.INVOICES_READ,
    )
