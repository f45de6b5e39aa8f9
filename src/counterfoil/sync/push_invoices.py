"""Pushing an order as an invoice (PU-4, PU-7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from counterfoil.core import pushing
from counterfoil.core.answers import Reply
from counterfoil.core.intents import Push, Reason, Verdict
from counterfoil.core.marker import marker_url
from counterfoil.core.pushing import Problem
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.finance.models import BrandingTheme
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes import services as quotes
from counterfoil.crm.quotes.models import PushState, QuoteVersion, VersionMoment
from counterfoil.crm.quotes.numbers import INVOICES, number_take
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.sync import bodies, errands, installations, sentences
from counterfoil.sync.errand_kinds import alone
from counterfoil.sync.models import PushIntent
from counterfoil.sync.push_kinds import Frozen, Ground, told
from counterfoil.sync.rereading import record_store
from counterfoil.sync.streams import CONTACTS
from counterfoil.xero import searching, writing
from counterfoil.xero.records import Invoice
from counterfoil.xero.writing import Request, Written

# What an order waits for a person with, although nothing was refused: it must not be changed meanwhile.
_CHECKING: frozenset[Reason] = frozenset({"alike", "other_revision", "twins", "hidden_clash", "key_conflict"})
_WAITING: frozenset[Reason] = frozenset({"parts", "connection", "other_organisation"})


class Invoices:
    """The kind "invoice"."""

    def freeze(self, ground: Ground, row: PushIntent, push: Push, now_ms: int) -> Frozen:
        order = order_of(row)
        ledger = SalesLedger.objects.get(pk=row.quote.sales_ledger_id) if row.quote else None
        if ledger is None:
            return Frozen(pushing.parts_refused(push, words="The order has no customer any more."))
        missing = _parts_missing(ground, ledger, order)
        if missing is None:
            body = bodies.invoice_body(
                order,
                contact_id=ledger.ledger_id or "",
                url=_url(push),
                number=push.number,
                theme=_theme(ledger),
            )
            likeness = bodies.likeness_of(body, Decimal(order["total"]))
            return Frozen(pushing.frozen(push, likeness=likeness), body)
        if missing:
            return Frozen(pushing.parts_refused(push, words=missing))
        return Frozen(pushing.still_blocked(push, now_ms=now_ms))

    def problem(self, ground: Ground, row: PushIntent, push: Push) -> Problem | None:
        """Only what may have changed since the order was confirmed, where every check ran (PU-6)."""
        if row.quote is None:
            return None
        ledger = row.quote.sales_ledger
        if ledger.is_archived and not ledger.gdpr_request:
            ledger = _read_again(ground, ledger)
        if ledger.gdpr_request or ledger.is_archived:
            _look_where_it_went(ground, ledger)
            said = sentences.redacted if ledger.gdpr_request else sentences.archived
            return Problem("preflight", said(ledger.name), refuse=True)
        if former := ground.homes.elsewhere(CONTACTS.key, ledger.ledger_id):
            return Problem("preflight", sentences.of_former(ledger.name, former), refuse=True)
        order = order_of(row)
        on = dt.date.fromisoformat(order["date"])
        for lock in (ground.connection.period_lock_date, ground.connection.year_end_lock_date):
            if lock is not None and on <= lock:
                return Problem("preflight", sentences.locked(on, lock), refuse=True)
        return None

    def look(self, ground: Ground, row: PushIntent, push: Push) -> tuple[Verdict | None, int]:
        return ground.looks.invoice(push)

    def renumber(self, ground: Ground, row: PushIntent, push: Push) -> Frozen:
        prefix = quote_settings_of(ground.company).number_prefix
        number = number_take(ground.company, INVOICES, prefix=prefix)
        element = msgspec.json.decode(bytes(row.body or b"{}"))["Invoices"][0]
        contact_id = element["Contact"]["ContactID"]
        theme = element.get("BrandingThemeID", "")
        body = bodies.invoice_body(
            order_of(row), contact_id=contact_id, url=_url(push), number=number, theme=theme
        )
        return Frozen(pushing.renumbered(push, number=number), body)

    def request(self, body: bytes) -> Request:
        return writing.invoice_create(body)

    def reply(self, row: PushIntent, push: Push, written: Written) -> Reply:
        record = written.record
        if not isinstance(record, Invoice):
            return told(written)
        found = bodies.found_invoice(record, by_us=True, body=bytes(row.body or b""))
        contact = push.likeness.contact if push.likeness else ""
        is_right = (
            found.marker == push.marker
            and record.contact is not None
            and record.contact.contact_id == contact
            and (not push.own_number or found.number == push.number)
        )
        return told(written, record=found, echo_is_right=is_right)

    def settle(self, ground: Ground, row: PushIntent, push: Push, at: dt.datetime) -> None:
        if row.quote is None:
            return
        state = _told(push)
        known = quotes.order_push_noted(
            row.quote,
            state,
            revision=push.revision,
            at=at,
            words=sentences.of_push(push) if state != PushState.SENT or push.state == "removed" else "",
            invoice_id=push.xero_id,
            number=push.xero_number,
            status=push.xero_status,
        )
        if push.state == "refused" and "archived" in push.words.casefold():
            _look_where_it_went(ground, row.quote.sales_ledger)
        if known and push.state == "sent":
            quotes.documents_linked(ground.company, [push.xero_id], at=at)
            errands.after_invoice(
                ground.company, row.quote, revision=push.revision, xero_id=push.xero_id, at=at
            )


def order_of(row: PushIntent) -> dict[str, Any]:
    """What was confirmed: the frozen order of this revision (crm.quotes.content.order_content)."""
    version = QuoteVersion.objects.get(
        quote=row.quote_id, moment=VersionMoment.CONFIRMED, order_revision=row.revision
    )
    order: dict[str, Any] = version.content["order"]
    return order


def _theme(ledger: SalesLedger) -> str:
    """The look that its template had, as long as Xero has that look."""
    known = BrandingTheme.objects.of(ledger.operating_company_id).filter(external_id=ledger.branding_theme)
    return ledger.branding_theme if ledger.branding_theme and known.exists() else ""


def _read_again(ground: Ground, ledger: SalesLedger) -> SalesLedger:
    """Somebody may have restored it in Xero since, and is trying the order again before a pass has seen that."""
    record = alone(ground, searching.CONTACT_ALONE, ledger.ledger_id or "")
    if record is not None:
        record_store(ground.connection, record, at=ground.clock())
        ledger.refresh_from_db()
    return ledger


def _look_where_it_went(ground: Ground, ledger: SalesLedger) -> None:
    """An archived contact may have been merged into another one; if so, its orders go on with that (SY-13)."""
    if ledger.ledger_id:
        at = ground.clock()
        errands.reread(ground.company, "contact", ledger.ledger_id, at=at, ledger=ledger)


def _url(push: Push) -> str:
    return marker_url(installations.marker_host(), push.marker)


def _parts_missing(ground: Ground, ledger: SalesLedger, order: dict[str, Any]) -> str | None:
    """None: contact and items are in Xero. "": they are on their way. Else why they will not come by themselves."""
    products = {line["product"] for line in order["lines"] if line.get("product")}
    absent = ProductItem.objects.of(ground.company).filter(
        pk__in=products, external_id=None, is_withdrawn=False
    )
    waits = [("contact", str(ledger.uuid))] if not ledger.ledger_id else []
    waits += [("item", str(pk)) for pk in absent.values_list("pk", flat=True)]
    if not waits:
        return None
    intents = PushIntent.objects.of(ground.company)
    for kind, name in waits:
        part = intents.filter(kind=kind, order=name).order_by("-revision").first()
        if part is not None and (part.skipped_at or part.state in {"waiting", "refused", "removed"}):
            return sentences.part_stands(part)
    return ""


def _told(push: Push) -> PushState:
    if push.state in {"sent", "removed"}:
        return PushState.SENT
    if push.state == "refused":
        return PushState.REFUSED
    if push.state == "waiting":
        if push.xero_id:
            return PushState.SENT
        if push.reason in _CHECKING:
            return PushState.CHECKING
        return PushState.WAITING if push.reason in _WAITING else PushState.REFUSED
    return PushState.CHECKING if push.state == "uncertain" else PushState.WAITING
