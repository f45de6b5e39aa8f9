"""Records that others refer to: contacts a document needs, and what is gone from a whole list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

from counterfoil.core.applied import Applied
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.crm.customers import selectors as customers
from counterfoil.crm.sales.selectors import Owed
from counterfoil.database import bulk
from counterfoil.sync import storing
from counterfoil.sync.by_ids import records_by_id
from counterfoil.sync.grounds import Ground
from counterfoil.sync.models import Link
from counterfoil.sync.storing import Prepared, Stored
from counterfoil.sync.streams import CONTACTS, Stream, contacts_applied
from counterfoil.xero.client import Broken, Page, XeroClient


class TooManyGone(Exception):
    """A full list lacks so much that it is likelier cut than true (reliability P15); says so in a sentence."""


Count = Callable[[Page[Any]], None]
_OWED = attrgetter(*Owed._fields)
Fetched = list[tuple[list[Any], list[Broken]]]


def contacts_by_id(
    client: XeroClient, ids: Sequence[str], count: Count
) -> Iterator[tuple[list[Any], list[Broken]]]:
    """Contacts by their ids, archived ones too, 40 a call (xero-facts 3.8).

    One that Xero cannot give by its id is left out; the day's compare reads it from the list.
    """
    for _, records, broken in records_by_id(client, CONTACTS.endpoint, ids, count, lost=lambda _: None):
        yield records, broken


def balances_moved(before: Mapping[str, Owed], changed: Iterable[DocumentValues]) -> set[str]:
    """ContactIDs of those whose balance is another one by what `changed` documents now add to it."""
    moved = set()
    for value in changed:
        was, now = before.get(value.external_id), Owed(*_OWED(value))
        if was != now:
            moved |= {now.ledger_id, was.ledger_id if was else ""}
    return moved - {""}


def missing_fetch(
    client: XeroClient, stream: Stream, page: Prepared, ground: Ground, count: Count
) -> Fetched:
    """Contacts that the documents of a page need and the CRM has no ledger for (SY-2).

    Archived contacts and ones without a flag are left out by the contacts stream; a document of
    theirs brings them in, so that history has its customer. Network: call it outside a transaction.
    """
    if not stream.ledger:
        return []
    wanted = {mapped.value.ledger_id for mapped in page.good.values()}
    find = customers.sales_ledger_ids if stream.ledger == "sales" else customers.purchase_ledger_ids
    missing = sorted(wanted - find(ground.company, wanted).keys())
    return list(contacts_by_id(client, missing, count))


def missing_store(
    stream: Stream, fetched: Fetched, connection_id: int, ground: Ground, at: dt.datetime
) -> None:
    """Import the fetched contacts whatever the import settings leave out."""
    for records, broken in fetched:
        page = storing.prepare(CONTACTS, records, broken, ground)
        needed = frozenset(page.good)
        # An earlier look may have left them out with the same fingerprint: they must be applied now.
        links = bulk.select(
            Link, ("id",), "xero_id", needed, connection_id=connection_id, stream=CONTACTS.key
        )
        bulk.update(Link, "id", ("fingerprint",), [(row[0], "") for row in links])
        if stream.ledger == "sales":
            apply: Callable[..., Applied] = partial(contacts_applied, needed_sales=needed)
        else:
            apply = partial(contacts_applied, needed_purchase=needed)
        storing.page_store(CONTACTS, page, connection_id=connection_id, ground=ground, at=at, apply=apply)


def gone_withdraw(
    stream: Stream,
    connection_id: int,
    ground: Ground,
    present: set[str],
    stored: Stored,
    at: dt.datetime,
    *,
    believed: bool = False,
) -> None:
    """Withdraw what a whole list no longer holds (PR-8, TX-1), and forget its links, so that it can come back.

    Raises TooManyGone instead when the list cannot be believed; `believed`: a person has said that it can.
    """
    if stream.withdraw is not None:
        withdrawn = stream.withdraw(ground, present, at, believed)
        if isinstance(withdrawn, str):
            raise TooManyGone(withdrawn)
        stored.written += withdrawn
        known = Link.objects.filter(connection_id=connection_id, stream=stream.key)
        gone = [pk for pk, xero_id in known.values_list("pk", "xero_id") if xero_id not in present]
        bulk.delete(Link, "id", gone)
    if stream.settle is not None and stored.written:
        stream.settle(ground)
