"""Pushing a customer that was made here (PU-1, reliability 5.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from counterfoil.core import pushing
from counterfoil.core.answers import Reply
from counterfoil.core.intents import Found, Push, Verdict
from counterfoil.core.mapping.contacts import merged_into
from counterfoil.core.pushing import Problem
from counterfoil.core.pushing_contacts import Customer, FoundContact, contact_verdict, same_name
from counterfoil.core.pushing_updates import MOST_HOPS
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import sales_ledger_linked
from counterfoil.crm.customers.templates import template_for
from counterfoil.sync import bodies, waking
from counterfoil.sync.models import PushIntent
from counterfoil.sync.outbox import columns_of
from counterfoil.sync.push_kinds import Frozen, Ground, told
from counterfoil.sync.settings import import_settings_of
from counterfoil.xero import searching, writing
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.errors import NotFound
from counterfoil.xero.records import Contact
from counterfoil.xero.writing import Request, Written


class Contacts:
    """The kind "contact"."""

    def freeze(self, ground: Ground, row: PushIntent, push: Push, now_ms: int) -> Frozen:
        ledger = SalesLedger.objects.get(pk=row.ledger_id or 0)
        template = _template(ground, ledger)
        theme = template.branding_theme if template else None
        if theme is not None and theme.branding_theme_id:
            SalesLedger.objects.filter(pk=ledger.pk).update(branding_theme=theme.branding_theme_id)
        return Frozen(pushing.frozen(push), bodies.contact_body(ledger, push.number, template))

    def problem(self, ground: Ground, row: PushIntent, push: Push) -> Problem | None:
        return None

    def look(self, ground: Ground, row: PushIntent, push: Push) -> tuple[Verdict | None, int]:
        started_ms = int(ground.clock().timestamp() * 1000)
        sent = _sent(row)
        by_number, whole = ground.looks.contacts(searching.contacts_numbered(push.number))
        by_name: list[Any] = []
        if not any(contact.contact_number == push.number for contact in by_number):
            by_name, also = ground.looks.contacts(searching.contacts_named(sent["Name"]))
            whole = whole and also
        linked = _linked(ground, [*by_number, *by_name])
        customer = Customer(
            name=sent["Name"],
            tax_number=sent.get("TaxNumber", ""),
            email=sent.get("EmailAddress", ""),
            may_link=import_settings_of(ground.company).link_known_contacts,
        )
        verdict = contact_verdict(
            push,
            customer,
            by_number=[self._shown(ground, one, linked) for one in by_number],
            by_name=[self._shown(ground, one, linked) for one in by_name],
            complete=whole,
        )
        return verdict, started_ms

    def renumber(self, ground: Ground, row: PushIntent, push: Push) -> Frozen:
        raise TypeError("A customer's number is never taken by another.")

    def request(self, body: bytes) -> Request:
        return writing.contact_create(body)

    def reply(self, row: PushIntent, push: Push, written: Written) -> Reply:
        record = written.record
        if not isinstance(record, Contact):
            return told(written)
        found = Found(
            id=record.contact_id,
            status=record.contact_status or "",
            number=record.contact_number or "",
            updated_ms=stamp_ms(record.updated_date_utc) or 0,
        )
        is_right = record.contact_number == push.number and same_name(record.name or "", _sent(row)["Name"])
        return told(written, record=found, echo_is_right=is_right)

    def settle(self, ground: Ground, row: PushIntent, push: Push, at: dt.datetime) -> None:
        if push.state == "sent" and row.ledger is not None:
            try:
                sales_ledger_linked(row.ledger, push.xero_id, at=at)
            except CustomerRefused as refused:
                push = _held(row, push, str(refused))
        waking.orders_of_part(row, push, at=at)

    def _shown(self, ground: Ground, record: Contact, linked: set[str]) -> FoundContact:
        survivor = ""
        if (record.contact_status or "") == "ARCHIVED":
            survivor = merged_end(ground, record)
        return FoundContact(
            id=record.contact_id,
            status=record.contact_status or "",
            name=record.name or "",
            number=record.contact_number or "",
            updated_ms=stamp_ms(record.updated_date_utc) or 0,
            is_linked=record.contact_id in linked,
            tax_number=record.tax_number or "",
            email=record.email_address or "",
            merged_into=survivor,
        )


def _template(ground: Ground, ledger: SalesLedger) -> Contact | None:
    """The contact that new ones from there take after, as it is in Xero now (IS-9); None without one."""
    found = template_for(ground.company, country=ledger.country, vat_number=ledger.vat_number)
    if found is None or not found.ledger_id:
        return None
    try:
        record: Contact | None = ground.looks.alone(searching.CONTACT_ALONE, found.ledger_id)
    except NotFound:
        return None
    return record


def _held(row: PushIntent, push: Push, words: str) -> Push:
    """Its contact is in Xero, but another customer here has been linked to it: a person has to say which counts.

    The id is not kept, so that trying again looks for the contact and links it, once it is free.
    """
    waiting = pushing.released(push)
    waiting = msgspec.structs.replace(waiting, state="waiting", reason="held", words=words, xero_id="")
    PushIntent.objects.filter(pk=row.pk).update(**columns_of(waiting))
    return waiting


def merged_end(ground: Ground, record: Contact) -> str:
    """Where a chain of merges ends, at most five steps on; "" if this contact was not merged (H13)."""
    seen = {record.contact_id}
    current = ground.looks.alone(searching.CONTACT_ALONE, record.contact_id)
    for _ in range(MOST_HOPS):
        target = merged_into(current) if current is not None else ""
        if not target:
            break
        if target in seen:
            return ""
        seen.add(target)
        current = ground.looks.alone(searching.CONTACT_ALONE, target)
    if current is None or current.contact_id == record.contact_id or merged_into(current):
        return ""
    end: str = current.contact_id
    return end


def _sent(row: PushIntent) -> dict[str, Any]:
    element: dict[str, Any] = msgspec.json.decode(bytes(row.body or b"{}"))["Contacts"][0]
    return element


def _linked(ground: Ground, records: list[Contact]) -> set[str]:
    ids = [record.contact_id for record in records]
    found = SalesLedger.objects.of(ground.company).filter(ledger_id__in=ids)
    return set(found.values_list("ledger_id", flat=True))
