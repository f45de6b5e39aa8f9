"""How each kind of errand reads what is there, sees what differs, and says what should be (PU-2, PU-9, PU-11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from counterfoil.core.mapping.contacts import contact_values, merged_into
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.items import item_values
from counterfoil.core.merge import Conflict, merge_all
from counterfoil.core.pushing_updates import Remote
from counterfoil.crm.documents.selectors import quote_file
from counterfoil.crm.quotes.models import QuoteVersion, VersionMoment
from counterfoil.sync import bodies
from counterfoil.sync.models import Errand, PushIntent
from counterfoil.sync.owned import (
    contact_change,
    contact_fields,
    item_change,
    item_fields,
    same_contact_field,
)
from counterfoil.sync.push_kinds import Ground
from counterfoil.sync.settings import rules_of
from counterfoil.xero import searching, writing
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.errors import NotFound
from counterfoil.xero.records import Contact, Invoice, Item
from counterfoil.xero.writing import Request


@dataclass(frozen=True)
class Reading:
    """What was just read. `request` changes it to what is wanted; `refused` says why it may not be changed.

    `record`: the customer or product as it is in Xero; `to_send`: the fields that `request` changes.
    """

    remote: Remote | None
    request: Request | None = None
    conflicts: tuple[Conflict, ...] = ()
    refused: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    record: Contact | Item | None = None
    to_send: dict[str, Any] = field(default_factory=dict)


class ErrandKindOf(Protocol):
    """One kind of errand."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        """Read the record alone and compare; `is_first`: nothing was tried yet. Raises as reading does."""


def alone(ground: Ground, endpoint: Any, xero_id: str) -> Any | None:
    try:
        return ground.looks.alone(endpoint, xero_id)
    except NotFound:
        return None


class ContactChanges:
    """A customer's fields."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        record: Contact | None = alone(ground, searching.CONTACT_ALONE, xero_id)
        if record is None:
            return Reading(None)
        is_archived = record.contact_status in {"ARCHIVED", "GDPRREQUEST"}
        survivor = merged_into(record)
        here = rules_of(ground.company)
        try:
            now = contact_fields(
                contact_values(record),
                home_currency=ground.company.home_currency,
                street_fallback=here.street_fallback,
            )
        except CannotMap as problem:
            return Reading(_remote(record.contact_id, record, differs=True), refused=str(problem))
        to_send, conflicts = merge_all(row.base, row.wanted, now, sent=row.sent, same=same_contact_field)
        if survivor:
            conflicts = []  # the survivor is compared next
        differs = bool(to_send or conflicts)
        body = contact_change(record, to_send, street_fallback=here.street_fallback)
        return Reading(
            Remote(
                id=record.contact_id,
                updated_ms=stamp_ms(record.updated_date_utc) or 0,
                differs=differs,
                is_archived=is_archived and differs and not survivor,
                merged_into=survivor,
            ),
            writing.contact_update(record.contact_id, body) if to_send else None,
            () if is_archived else tuple(conflicts),
            record=record,
            to_send=to_send,
        )


class ItemChanges:
    """A product's fields."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        record: Item | None = alone(ground, searching.ITEM_ALONE, xero_id)
        if record is None:
            return Reading(None)
        try:
            now = item_fields(item_values(record))
        except CannotMap as problem:
            return Reading(_remote(record.item_id, record, differs=True), refused=str(problem))
        wanted = {name: value for name, value in row.wanted.items() if name in now}
        to_send, conflicts = merge_all(row.base, wanted, now, sent=row.sent)
        return Reading(
            _remote(record.item_id, record, differs=bool(to_send or conflicts)),
            writing.item_update(record.item_id, item_change(record, to_send)) if to_send else None,
            tuple(conflicts),
            record=record,
            to_send=to_send,
        )


class Amendments:
    """An order that was changed while its invoice is a draft (PU-9)."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        record: Invoice | None = alone(ground, searching.INVOICE_ALONE, xero_id)
        if record is None or row.quote is None:
            return Reading(None)
        revision = int(row.wanted["revision"])
        wanted = _element(row, record, revision)
        if bodies.invoice_is_as_sent(record, wanted):
            return Reading(_remote(xero_id, record, differs=False), details=_head(record))
        remote = _remote(xero_id, record, differs=True)
        if record.status != "DRAFT":
            return Reading(remote, refused=not_a_draft(record))
        before = _element(row, record, revision - 1)
        if not bodies.invoice_is_as_sent(record, before):
            return Reading(remote, refused=CHANGED_THERE, details=_head(record))
        body = bodies.invoice_amended(
            xero_id, order_of(row, revision), contact_id=_contact_id(record), url=record.url or ""
        )
        return Reading(remote, writing.invoice_update(xero_id, body), details=_head(record))


CHANGED_THERE = (
    "The invoice was changed in Xero since the order was confirmed, so it was not overwritten. Compare both, then "
    "change it in Xero, or drop the amendment here."
)


def not_a_draft(record: Invoice) -> str:
    """Why an invoice cannot be amended any more (PU-9)."""
    called = record.invoice_number or "The invoice"
    return (
        f"{called} is {(record.status or 'no draft').lower()} in Xero and only drafts can be amended. Nothing was "
        "changed; make a credit note for it in Xero and a new order here."
    )


def order_of(row: Errand, revision: int) -> dict[str, Any]:
    """What was confirmed with a revision."""
    version = QuoteVersion.objects.get(
        quote=row.quote_id, moment=VersionMoment.CONFIRMED, order_revision=revision
    )
    order: dict[str, Any] = version.content["order"]
    return order


def _element(row: Errand, record: Invoice, revision: int) -> dict[str, Any]:
    """The invoice as a revision would have it; number, link and customer as they are there.

    The status it was made with is not compared: only drafts are changed at all.
    """
    order = order_of(row, revision)
    contact = row.quote.sales_ledger.ledger_id if row.quote else None
    element = bodies.invoice_element(order, contact_id=contact or "", url=record.url or "")
    element.pop("Status", None)
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(element))
    return decoded


def _contact_id(record: Invoice) -> str:
    return (record.contact.contact_id if record.contact else None) or ""


def _head(record: Invoice) -> dict[str, Any]:
    return {"number": record.invoice_number or "", "status": record.status or ""}


def _remote(xero_id: str, record: Invoice | Item | Contact, *, differs: bool) -> Remote:
    return Remote(id=xero_id, updated_ms=stamp_ms(record.updated_date_utc) or 0, differs=differs)


class Notes:
    """A note in the invoice's history: which quote, who confirmed. Read first only if one may be there already."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        text = note_text(row)
        differs = is_first or text not in ground.looks.notes(xero_id)
        return Reading(Remote(id=xero_id, updated_ms=0, differs=differs), writing.invoice_note(xero_id, text))


def note_text(row: Errand) -> str:
    """Equal for every attempt, since a note cannot be taken back."""
    uuid, _, revision = row.key.partition(":")
    intents = PushIntent.objects.of(row.operating_company_id).filter(order=uuid, kind="invoice")
    intent = intents.filter(revision__lte=int(revision)).order_by("-revision").first()
    order = order_of(row, int(revision)) if row.quote else {}
    deed = "Amended" if order.get("amends") else "Made"
    mark = f" Mark {intent.marker}." if intent else ""
    number, by = order.get("number", ""), order.get("confirmed_by", "")
    return f"{deed} by Counterfoil from quote {number}, confirmed by {by}.{mark}"


class Attachments:
    """The quote as PDF on its invoice. The same name again replaces it: it may be repeated, and follows amendments."""

    def read(self, ground: Ground, row: Errand, xero_id: str, *, is_first: bool) -> Reading:
        remote = Remote(id=xero_id, updated_ms=0, differs=True)
        if row.quote is None:
            return Reading(None)
        made = quote_file(row.quote, "pdf")
        if len(made.content) > writing.LARGEST_FILE:
            return Reading(remote, refused="The quote's PDF is larger than the 10 MB that Xero takes.")
        name = f"Quote-{row.quote.number}.pdf"
        request = writing.invoice_attachment(xero_id, name, made.content, made.content_type)
        return Reading(remote, request)


KINDS: dict[str, ErrandKindOf] = {
    "contact": ContactChanges(),
    "item": ItemChanges(),
    "amend": Amendments(),
    "note": Notes(),
    "attachment": Attachments(),
}
