"""Lead a quote through its stages up to the order: sent, won, lost, revised, copied."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.core.lifecycle import NAMES, ORDERED, Act, Stage, moves_of
from counterfoil.core.mapping.text import clean
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.quotes.content import LINE, quote_content
from counterfoil.crm.quotes.editing import quote_create, taxes_choose
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.figuring import quote_locked, quote_settle
from counterfoil.crm.quotes.models import Quote, QuoteLine, QuoteVersion, VersionMoment
from counterfoil.crm.quotes.settings import quote_settings_of
from counterfoil.crm.quotes.trail import quote_audit
from counterfoil.database import bulk


def quote_send(quote: Quote, *, actor: User, at: dt.datetime, how: str = "") -> Quote:
    """Mark a quote as sent and keep what was sent; `how` says by what means, for the trail."""
    with transaction.atomic():
        stage = quote_locked(quote, Act.SEND)
        if not QuoteLine.objects.filter(quote=quote).exists():
            raise QuoteRefused(f"{quote.number} has no lines yet. Nothing was sent.")
        version_keep(quote, VersionMoment.SENT, actor=actor, at=at)
        stage_set(quote, stage, at=at)
        summary = f"{quote.number}, version {quote.version}, was sent{f' {how}' if how else ''}."
        quote_audit(quote, "quote.sent", summary, actor=actor, at=at)
    return quote


def quote_win(quote: Quote, *, actor: User, at: dt.datetime) -> Quote:
    """The customer said yes; confirming makes the order."""
    with transaction.atomic():
        stage_set(quote, quote_locked(quote, Act.WIN), at=at)
        quote_audit(quote, "quote.won", f"{quote.number} was won.", actor=actor, at=at)
    return quote


def quote_lose(quote: Quote, reason: str, *, actor: User, at: dt.datetime) -> Quote:
    """The customer said no, and why."""
    reason = clean(reason)[:1000]
    if not reason:
        raise QuoteRefused("Say why the quote was lost. Nothing was changed.")
    with transaction.atomic():
        stage = quote_locked(quote, Act.LOSE)
        if quote.order_revision:
            raise QuoteRefused(
                f"{quote.number} is an order with an invoice. Drop the amendment instead; nothing was changed."
            )
        quote.lost_reason = reason
        stage_set(quote, stage, at=at, fields=["lost_reason"])
        quote_audit(quote, "quote.lost", f"{quote.number} was lost: {reason}", actor=actor, at=at)
    return quote


def quote_revise(quote: Quote, *, actor: User, at: dt.datetime) -> Quote:
    """Start the next version: what was offered is kept, and the quote can be edited again."""
    with transaction.atomic():
        stage = quote_locked(quote, Act.REVISE)
        before = NAMES[Stage(quote.stage)].lower()
        next_version(quote, stage, actor=actor, at=at)
        summary = f"{quote.number} was revised: version {quote.version} (it was {before})."
        quote_audit(quote, "quote.revised", summary, actor=actor, at=at)
    return quote


def quote_move(quote: Quote, wanted: str, *, actor: User, at: dt.datetime, reason: str = "") -> Quote:
    """Lead a quote to another stage, as people do with its card; `reason` says why it was lost.

    Raises QuoteRefused, which says why it cannot go there and what to do instead.
    """
    act = moves_of(quote.stage).get(Stage(wanted)) if wanted in set(Stage) else None
    if act is None or quote.order_revision:
        raise QuoteRefused(_no_way(quote, wanted))
    if act == Act.SEND:
        return quote_send(quote, actor=actor, at=at)
    if act == Act.WIN:
        return quote_win(quote, actor=actor, at=at)
    if act == Act.LOSE:
        return quote_lose(quote, reason, actor=actor, at=at)
    return quote_revise(quote, actor=actor, at=at)


def _no_way(quote: Quote, wanted: str) -> str:
    """Why a quote cannot be led to a stage."""
    number, now = quote.number, NAMES[Stage(quote.stage)]
    if wanted not in set(Stage) or wanted == quote.stage:
        return f"{number} is in {now}. Nothing was changed."
    if quote.order_revision and quote.stage not in ORDERED:
        return f"{number} is an order being changed. Confirm or drop the changes on its page; nothing was changed."
    if quote.stage in ORDERED:
        return f"{number} is an order: its stage follows its invoice. Its page says what can be done; nothing was changed."
    if wanted == Stage.WAITING:
        return f"{number} becomes an order when it is confirmed on its page, after the checks. Nothing was changed."
    if wanted in ORDERED:
        return f"{number} gets there by itself, when it was confirmed and its invoice is made. Nothing was changed."
    ways = " or ".join(NAMES[stage] for stage in moves_of(quote.stage))
    return f"From {now}, {number} goes to {ways} only. Nothing was changed."


def quote_copy(
    quote: Quote, *, actor: User, at: dt.datetime, on: dt.date, ledger: SalesLedger | None = None
) -> Quote:
    """A new draft with the same lines, for the same customer or another of the same company.

    Words, prices, discounts and currency are the old ones; rate, dates and taxes are worked out anew.
    """
    target = ledger or quote.sales_ledger
    with transaction.atomic():
        made = quote_create(
            target,
            actor=actor,
            at=at,
            on=on,
            title=quote.title,
            currency=quote.currency,
            line_amount_types=quote.line_amount_types,
            notes=quote.notes,
        )
        lines = QuoteLine.objects.filter(quote=quote).order_by("position", "pk")
        columns = ("operating_company_id", "quote_id", *LINE)
        company = quote.operating_company_id
        rows = [(company, made.pk, *(getattr(line, name) for name in LINE)) for line in lines]
        bulk.insert(QuoteLine, columns, rows)
        made.delivery_mode, made.delivery_charge = quote.delivery_mode, quote.delivery_charge
        settings = quote_settings_of(quote.operating_company)
        taxes_choose(made, settings)
        quote_settle(made, settings, at=at, fields=("delivery_mode",))
        summary = f"{made.number} was copied from {quote.number}."
        quote_audit(made, "quote.copied", summary, actor=actor, at=at)
    return made


def stage_set(quote: Quote, stage: Stage, *, at: dt.datetime, fields: list[str] | None = None) -> None:
    """Move a locked quote to `stage` and save it with `fields`."""
    quote.stage, quote.stage_since, quote.updated_at = stage.value, at, at
    quote.save(update_fields=["stage", "stage_since", "updated_at", *(fields or [])])


def next_version(quote: Quote, stage: Stage, *, actor: User, at: dt.datetime) -> None:
    """Keep a locked quote as it is and open its next version for editing."""
    version_keep(quote, VersionMoment.REVISED, actor=actor, at=at)
    quote.version += 1
    quote.edit_version += 1
    quote.lost_reason = ""
    stage_set(quote, stage, at=at, fields=["version", "edit_version", "lost_reason"])


def version_keep(quote: Quote, moment: VersionMoment, *, actor: User, at: dt.datetime) -> QuoteVersion:
    """Write down the whole quote as it is."""
    lines = QuoteLine.objects.filter(quote=quote).order_by("position", "pk")
    version: QuoteVersion = QuoteVersion.objects.create(
        operating_company=quote.operating_company,
        quote=quote,
        number=quote.version,
        moment=moment,
        content=quote_content(quote, lines),
        at=at,
        by=actor,
    )
    return version
