"""What becomes of an order: reports of the sync about its invoice, amending it, reopening a refused one.

The sync calls `order_push_noted` and `documents_linked`; it alone knows the books.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.core.lifecycle import Act, Stage, next_stage
from counterfoil.core.mapping.text import clean
from counterfoil.core.money import to_penny
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.quotes.content import HEAD, LINE
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.figuring import quote_locked, quote_settle
from counterfoil.crm.quotes.models import PushState, Quote, QuoteLine, QuoteVersion, VersionMoment
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.stages import next_version, stage_set
from counterfoil.crm.quotes.trail import quote_audit
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.database import bulk
from counterfoil.database.prepared import PreparedQuery

DRAFT: Final = "DRAFT"
_FIRST_ORDER: Final = PreparedQuery(
    lambda company: Quote.objects.of(company).filter(order_revision__gt=0).values_list("pk", flat=True)[:1]
)
_SAID: Final = {
    PushState.SENT: "is in Xero",
    PushState.REFUSED: "was refused",
    PushState.WAITING: "waits for Xero",
    PushState.CHECKING: "is being checked with Xero",
    PushState.SKIPPED: "is not sent",
}


def order_push_noted(
    quote: Quote,
    state: str,
    *,
    revision: int,
    at: dt.datetime,
    words: str = "",
    invoice_id: str = "",
    number: str = "",
    status: str = "",
    actor: User | None = None,
) -> bool:
    """Note where the push of an order's `revision` stands; False when a later revision made it moot.

    `words` are Xero's or ours, for people. Sent brings id, number and status of the invoice and makes the
    order Confirmed. Saying the same again changes nothing, and leaves no second trace.
    """
    told = PushState(state)
    with transaction.atomic():
        quote.refresh_from_db(from_queryset=Quote.objects.select_for_update())
        if revision != quote.order_revision:
            return False
        now = {
            "push_state": told.value,
            "push_words": words,
            "invoice_id": invoice_id or quote.invoice_id,
            "invoice_number": number or quote.invoice_number,
            "invoice_status": status or quote.invoice_status,
            "sent_revision": revision if told == PushState.SENT else quote.sent_revision,
        }
        if all(getattr(quote, name) == value for name, value in now.items()):
            return True
        for name, value in now.items():
            setattr(quote, name, value)
        quote.push_at = quote.updated_at = at
        act = Act.MADE if told == PushState.SENT else Act.REFUSED
        stage = next_stage(quote.stage, act)
        if stage == Stage.CONFIRMED and quote.document_id:
            stage = Stage.INVOICED  # an amended order, whose invoice is known
        if stage is not None and stage != quote.stage:
            quote.stage, quote.stage_since = stage.value, at
        quote.save(update_fields=[*now, "push_at", "updated_at", "stage", "stage_since"])
        called = f"invoice {quote.invoice_number}" if quote.invoice_number else "the invoice"
        summary = f"{quote.number}: {called} {_SAID[told]}.{f' {words}' if words else ''}"
        quote_audit(quote, f"quote.push_{told.value}", summary, actor=actor, at=at)
    return True


def document_linked(quote: Quote, header: SalesOrderHeader, *, at: dt.datetime) -> None:
    """Give an order the invoice that came back by the pull (IN-6); a total that differs is flagged (IN-7)."""
    with transaction.atomic():
        quote.refresh_from_db(from_queryset=Quote.objects.select_for_update())
        if header.operating_company_id != quote.operating_company_id:
            raise QuoteRefused("The invoice belongs to another operating company. Nothing was linked.")
        now: dict[str, Any] = {
            "document": header,
            "invoice_id": header.external_id or "",
            "invoice_number": header.number,
            "invoice_status": header.status,
            "difference": _difference(quote, header),
        }
        stage = next_stage(quote.stage, Act.LINKED)
        if stage is None:
            raise QuoteRefused(f"{quote.number} is no order. Nothing was linked.")
        if quote.sent_revision < quote.order_revision:
            stage = Stage(quote.stage)  # an amendment is on its way; what came back is the invoice before it
        was_linked, differed = quote.document_id == header.pk, quote.difference
        if (
            was_linked
            and stage == quote.stage
            and all(getattr(quote, name) == value for name, value in now.items())
        ):
            return
        for name, value in now.items():
            setattr(quote, name, value)
        if stage != quote.stage:
            quote.stage, quote.stage_since = stage.value, at
        quote.save(update_fields=[*now, "stage", "stage_since"])
        if not was_linked:
            summary = f"{quote.number}: its invoice is {header.number}, {header.status}."
            quote_audit(quote, "quote.invoiced", summary, actor=None, at=at)
        if quote.difference and quote.difference != differed:
            said = f"{quote.number}: Xero's total is {header.total:,.2f}, the order's {header.total - quote.difference:,.2f}."
            quote_audit(quote, "quote.total_differs", said, actor=None, at=at)


def documents_linked(company: OperatingCompany, external_ids: Collection[str], *, at: dt.datetime) -> int:
    """Link the invoices with these ids that belong to orders of ours; call it after a pull wrote them (IN-6).

    Returns how many there were. Applied again it changes nothing.
    """
    if not _FIRST_ORDER.rows(company.pk):
        return 0  # as in every first import: asking for a thousand ids costs ten times as much
    orders = Quote.objects.of(company).filter(order_revision__gt=0)
    ids = set(external_ids) - {""}
    known = {q.invoice_id: q for q in orders.filter(invoice_id__in=ids)} if ids else {}
    headers = SalesOrderHeader.objects.of(company).filter(external_id__in=known.keys())
    for header in headers:
        document_linked(known[header.external_id], header, at=at)
    return len(known)


def _difference(quote: Quote, header: SalesOrderHeader) -> Decimal | None:
    """Xero's total less the one that was sent, to the penny; None when nothing was sent yet."""
    version = sent_version(quote)
    if version is None:
        return None
    return to_penny(header.total - Decimal(version.content["order"]["total"]))


def sent_version(quote: Quote) -> QuoteVersion | None:
    """What was confirmed and has reached the books; a later confirmation may still be on its way."""
    found: QuoteVersion | None = QuoteVersion.objects.filter(
        quote=quote, moment=VersionMoment.CONFIRMED, order_revision=quote.sent_revision
    ).first()
    return found


def order_amend(quote: Quote, *, actor: User, at: dt.datetime) -> Quote:
    """Open an order for changes while its invoice is still a draft; confirming sends the next revision (PU-9).

    Raises QuoteRefused, which says why and what to do instead, when the invoice is no draft any more.
    """
    with transaction.atomic():
        stage = quote_locked(quote, Act.AMEND)
        if quote.invoice_status != DRAFT or quote.push_state not in {PushState.SENT, PushState.NONE}:
            raise QuoteRefused(amend_refusal(quote))
        next_version(quote, stage, actor=actor, at=at)
        summary = (
            f"{quote.number}: order {quote.invoice_number} was opened for changes, version {quote.version}."
        )
        quote_audit(quote, "quote.amending", summary, actor=actor, at=at)
    return quote


def amend_refusal(quote: Quote) -> str:
    """Why the invoice of an order cannot be amended, and what to do; "" when it can (PU-9)."""
    if next_stage(quote.stage, Act.AMEND) is None:
        return f"{quote.number} has no invoice yet that could be amended."
    if quote.push_state not in {PushState.SENT, PushState.NONE}:
        return f"The last change of {quote.number} is not in Xero yet. Wait until it is."
    if quote.invoice_status == DRAFT:
        return ""
    called = quote.invoice_number or "The invoice"
    return (
        f"{called} is {quote.invoice_status.lower()} in Xero and only drafts can be amended. Nothing was "
        "changed; make a credit note for it in Xero and a new order here."
    )


def order_amend_drop(quote: Quote, *, actor: User, at: dt.datetime) -> Quote:
    """Forget the changes since the order was opened, refused ones too: it is again what the books have."""
    with transaction.atomic():
        quote_locked(quote, Act.EDIT)
        version = sent_version(quote)
        if version is None:
            raise QuoteRefused(f"{quote.number} is not an order being amended. Nothing was changed.")
        _restore(quote, version.content, at=at)
        stage = Stage.INVOICED if quote.document_id else Stage.CONFIRMED
        quote.push_state, quote.push_words = PushState.SENT, ""
        stage_set(quote, stage, at=at, fields=["push_state", "push_words"])
        summary = f"{quote.number}: the changes were dropped; the order is as it was confirmed."
        quote_audit(quote, "quote.amend_dropped", summary, actor=actor, at=at)
    return quote


def _restore(quote: Quote, content: dict[str, Any], *, at: dt.datetime) -> None:
    """Head and lines as a version has them; the version's number stays that of today."""
    kept = {"number", "version", "internal_notes"}
    for name in HEAD:
        if name not in kept:
            field = Quote._meta.get_field(name.removesuffix("_id"))
            value = content["head"][name]
            setattr(quote, name, value if field.is_relation else field.to_python(value))  # type: ignore[union-attr]
    QuoteLine.objects.filter(quote=quote).delete()
    fields = {name: QuoteLine._meta.get_field(name.removesuffix("_id")) for name in LINE}
    rows = [
        (
            quote.operating_company_id,
            quote.pk,
            *(
                line[name] if field.is_relation else field.to_python(line[name])  # type: ignore[union-attr]
                for name, field in fields.items()
            ),
        )
        for line in content["lines"]
    ]
    bulk.insert(QuoteLine, ("operating_company_id", "quote_id", *LINE), rows)
    columns = [name.removesuffix("_id") for name in HEAD if name not in kept]
    quote_settle(quote, quote_settings_of(quote.operating_company), at=at, fields=columns)


def order_reopen(quote: Quote, *, actor: User, at: dt.datetime) -> Quote:
    """Take back an order that Xero refused, so that it can be put right and confirmed again (PU-8)."""
    with transaction.atomic():
        stage = quote_locked(quote, Act.REOPEN)
        if quote.push_state not in {PushState.REFUSED, PushState.SKIPPED}:
            raise QuoteRefused(
                f"{quote.number} is on its way to Xero, so it cannot be changed now. Nothing is lost: wait for "
                "its invoice, or for what Xero says."
            )
        next_version(quote, stage, actor=actor, at=at)
        summary = f"{quote.number} was reopened to be put right, version {quote.version}."
        quote_audit(quote, "quote.reopened", summary, actor=actor, at=at)
    return quote


def order_skip(quote: Quote, reason: str, *, actor: User, at: dt.datetime) -> Quote:
    """Give up sending a refused order, with a reason (PU-8); it can be reopened."""
    reason = clean(reason)
    if not reason:
        raise QuoteRefused("Say why the order is not sent. Nothing was changed.")
    if quote.push_state != PushState.REFUSED:
        raise QuoteRefused(
            f"{quote.number} was not refused, so there is nothing to skip. Nothing was changed."
        )
    order_push_noted(
        quote, PushState.SKIPPED, revision=quote.order_revision, at=at, words=reason, actor=actor
    )
    return quote


def quotes_follow(company: OperatingCompany, gone: SalesLedger, survivor: SalesLedger) -> int:
    """Move the quotes and orders of a customer merged in Xero to the survivor (SY-13); returns how many."""
    count: int = Quote.objects.of(company).filter(sales_ledger=gone).update(sales_ledger=survivor)
    return count
