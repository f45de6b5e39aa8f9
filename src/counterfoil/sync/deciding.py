"""What people decide about things on their way to Xero: try again, give up, link, rename, choose (PU-8, PU-2).

Permission is the caller's business. Each decision is in the audit trail, and refused with a sentence when it does not
fit any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.core import pushing
from counterfoil.core.intents import Found, Push
from counterfoil.core.mapping.text import clean
from counterfoil.core.merge import plain
from counterfoil.core.pushing_updates import Update
from counterfoil.crm.customers.editing import customer_fields_put
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import sales_ledger_linked
from counterfoil.crm.products.changing import product_fields_put
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import PushState
from counterfoil.crm.quotes.services import order_push_noted
from counterfoil.sync import creation, errands, sentences, waking
from counterfoil.sync.errands import columns_of as errand_columns
from counterfoil.sync.models import Connection, Errand, PushIntent
from counterfoil.sync.outbox import changed_by_person, push_of, to_ms
from counterfoil.sync.push_items import product_link
from counterfoil.sync.signals import push_nudge

LONGEST_NAME, LONGEST_CODE = 255, 30


class DecisionRefused(Exception):
    """The decision does not fit what the thing is now; the text is a sentence for people. Nothing was changed."""


def intent_retry(intent: PushIntent, *, actor: User, at: dt.datetime) -> None:
    """Try again now. Nothing is sent twice: it is looked up first. One that is being checked only looks sooner."""

    def change(push: Push) -> Push:
        now_ms = to_ms(at)
        if intent.quote is not None and intent.quote.order_revision != intent.revision:
            raise DecisionRefused(
                f"{sentences.name_of(intent)} was confirmed again since. Nothing was changed."
            )
        if push.state == "refused" and _is_out_of_date(intent, push):
            return creation.unfrozen(push, now_ms=now_ms)
        if push.state in {"refused", "waiting"}:
            return _again(push, now_ms)
        if push.state in {"sent", "removed"}:
            raise DecisionRefused(f"{sentences.name_of(intent)} is in Xero already. Nothing was changed.")
        return msgspec.structs.replace(push, not_before_ms=min(push.not_before_ms, now_ms))

    _decide(intent, change, "retried", "is tried again", actor, at, skipped_at=None, skipped_reason="")
    Connection.objects.of(intent.operating_company_id).update(push_not_before=None)
    transaction.on_commit(push_nudge.set)


def intent_skip(intent: PushIntent, reason: str, *, actor: User, at: dt.datetime) -> None:
    """Give it up, with a reason. Refused while something of it may be on its way to Xero."""
    reason = clean(reason)[:1000]
    if not reason:
        raise DecisionRefused("Say why it is not sent. Nothing was changed.")

    def change(push: Push) -> Push:
        if push.doubt or push.state in {"sending", "resending"}:
            raise DecisionRefused(
                f"{sentences.name_of(intent)} may have arrived in Xero already, so it cannot be skipped before that "
                "is known. Nothing was changed."
            )
        if push.xero_id:
            raise DecisionRefused(f"{sentences.name_of(intent)} is in Xero. Nothing was changed.")
        return push

    with transaction.atomic():
        _decide(
            intent,
            change,
            "skipped",
            f"is not sent: {reason}",
            actor,
            at,
            skipped_at=at,
            skipped_reason=reason,
        )
        if intent.quote is not None:
            order_push_noted(
                intent.quote, PushState.SKIPPED, revision=intent.revision, at=at, words=reason, actor=actor
            )


def intent_retry_all(company: OperatingCompany, *, actor: User, at: dt.datetime, kind: str = "") -> int:
    """Try everything again that was refused or waits; returns how many could be."""
    rows = PushIntent.objects.of(company).filter(state__in=["refused", "waiting"], skipped_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    count = 0
    for row in rows.exclude(reason__in=["name_taken", "code_taken", "alike", "other_revision"]):
        try:
            intent_retry(row, actor=actor, at=at)
            count += 1
        except DecisionRefused:
            continue  # a worker has it just now
    return count


def clash_link(intent: PushIntent, xero_id: str, *, actor: User, at: dt.datetime) -> None:
    """This record of Xero's is it: link to it instead of making another. Nothing is overwritten there."""

    def change(push: Push) -> Push:
        if push.state != "waiting" or xero_id not in push.candidates:
            raise DecisionRefused("That record is not among those to choose from any more. Look again.")
        return pushing.chosen(push, Found(id=xero_id, status=""), now_ms=to_ms(at))

    with transaction.atomic():
        push = _decide(intent, change, "linked", "was linked to what is in Xero", actor, at)
        try:
            _linked(intent, xero_id, at)
        except CustomerRefused as refused:
            raise DecisionRefused(str(refused)) from refused
        waking.orders_of_part(intent, push, at=at)
    transaction.on_commit(push_nudge.set)


def clash_rename(intent: PushIntent, name: str, *, actor: User, at: dt.datetime) -> None:
    """Give the customer another name, or the product another code, and make it with that."""
    name = clean(name)
    longest = LONGEST_NAME if intent.kind == "contact" else LONGEST_CODE
    if not name or len(name) > longest or set(name) & set("<>"):
        raise DecisionRefused(f"Give it 1 to {longest} characters, without < and >. Nothing was changed.")

    def change(push: Push) -> Push:
        if push.state != "waiting" or push.reason not in {"name_taken", "code_taken", "hidden_clash"}:
            raise DecisionRefused(
                f"{sentences.name_of(intent)} does not wait for a name. Nothing was changed."
            )
        unfrozen = msgspec.structs.replace(push, is_frozen=False)
        if push.kind == "item":
            unfrozen = msgspec.structs.replace(unfrozen, number=name)
        return pushing.resumed(unfrozen, now_ms=to_ms(at))

    with transaction.atomic():
        _rename(intent, name, at)
        _decide(intent, change, "renamed", f"goes to Xero as {name}", actor, at)
    transaction.on_commit(push_nudge.set)


def not_this(intent: PushIntent, *, actor: User, at: dt.datetime) -> None:
    """None of the records found is it; they are not asked about again."""

    def change(push: Push) -> Push:
        if push.state != "waiting" or not push.candidates:
            raise DecisionRefused("There is nothing to choose from any more. Nothing was changed.")
        return pushing.denied(push, now_ms=to_ms(at))

    _decide(intent, change, "denied", "is none of the records found in Xero", actor, at)
    transaction.on_commit(push_nudge.set)


def _again(push: Push, now_ms: int) -> Push:
    """The same bytes once more, after a look: what was refused for certain is not there, and the look proves it."""
    waiting = msgspec.structs.replace(
        push, state="waiting", refusal="", refusal_reason="", checked_ms=None, clear_since_ms=None
    )
    return pushing.resumed(waiting, now_ms=now_ms)


def _is_out_of_date(intent: PushIntent, push: Push) -> bool:
    """A customer or product may have been put right; an order may have been written down for a contact merged since."""
    if intent.quote is None:
        return True
    contact = intent.quote.sales_ledger.ledger_id
    return push.likeness is not None and push.likeness.contact != contact


def _decide(
    intent: PushIntent,
    change: Callable[[Push], Push],
    action: str,
    said: str,
    actor: User,
    at: dt.datetime,
    **more: Any,
) -> Push:
    with transaction.atomic():
        push = changed_by_person(intent, change, at=at, **more)
        if push is None:
            raise DecisionRefused(
                f"{sentences.name_of(intent)} is being worked on at this moment. Nothing was changed; try again in a "
                "few seconds."
            )
        audit_record(
            intent.operating_company,
            at=at,
            actor=actor,
            action=f"push.{action}",
            subject=_subject(intent),
            summary=f"{sentences.name_of(intent)} {said}.",
        )
    return push


def _subject(intent: PushIntent) -> str:
    if intent.quote_id:
        return f"quote:{intent.quote_id}"
    return f"sales_ledger:{intent.ledger_id}" if intent.ledger_id else f"product:{intent.product_id}"


def _linked(intent: PushIntent, xero_id: str, at: dt.datetime) -> None:
    if intent.kind == "contact" and intent.ledger is not None:
        sales_ledger_linked(intent.ledger, xero_id, at=at)
    elif intent.kind == "item":
        holder = ProductItem.objects.of(intent.operating_company_id).filter(external_id=xero_id).first()
        if holder is not None and holder.pk != intent.product_id:
            raise DecisionRefused(f"That item is {holder.code} here already. Nothing was changed.")
        product_link(intent.operating_company_id, intent.product_id or 0, xero_id, at=at)
    elif intent.quote is not None:
        push = push_of(intent)
        order_push_noted(
            intent.quote,
            PushState.SENT,
            revision=intent.revision,
            at=at,
            invoice_id=xero_id,
            number=push.xero_number,
        )


def _rename(intent: PushIntent, name: str, at: dt.datetime) -> None:
    company = intent.operating_company_id
    if intent.kind == "contact":
        SalesLedger.objects.of(company).filter(pk=intent.ledger_id, ledger_id=None).update(
            name=name, updated_at=at
        )
        return
    taken = ProductItem.objects.of(company).filter(code__iexact=name, is_withdrawn=False)
    if taken.exclude(pk=intent.product_id).exists():
        raise DecisionRefused(f"Another product here has the code {name}. Nothing was changed.")
    ProductItem.objects.of(company).filter(pk=intent.product_id, external_id=None).update(
        code=name, updated_at=at
    )


# --- changes of what is there already ------------------------------------------------------------------------------


def conflict_choose(errand: Errand, field: str, side: str, *, actor: User, at: dt.datetime) -> None:
    """Both sides changed `field`: "crm" sends ours, "xero" keeps theirs, which the pull has brought or will."""
    with transaction.atomic():
        row = Errand.objects.select_for_update().get(pk=errand.pk)
        if row.state != "conflict" or field not in row.conflict or side not in {"crm", "xero"}:
            raise DecisionRefused("That has been decided already, or there is nothing to choose. Look again.")
        theirs = row.conflict.pop(field)["remote"]
        if side == "crm":
            row.base[field] = theirs
            _put_here(row, {field: row.wanted[field]}, at)
        else:
            row.wanted.pop(field, None)
            row.base.pop(field, None)
            _put_here(row, {field: theirs}, at)
        if not row.conflict:
            _errand_again(row, at)
        row.updated_at = at
        row.save()
        chosen = "the CRM's value" if side == "crm" else "Xero's value"
        _errand_audit(row, "chosen", f"{field.replace('_', ' ')}: {chosen} was chosen", actor, at)
    errand.refresh_from_db()
    transaction.on_commit(push_nudge.set)


def errand_retry(errand: Errand, *, actor: User, at: dt.datetime) -> None:
    """Try a change again that was refused or waits; it is compared with what Xero has first."""
    with transaction.atomic():
        row = Errand.objects.select_for_update().get(pk=errand.pk)
        if row.state in {"done", "conflict"} and row.skipped_at is None:
            raise DecisionRefused("There is nothing to try again. Nothing was changed.")
        row.skipped_at, row.skipped_reason = None, ""
        _errand_again(row, at)
        row.updated_at = at
        row.save()
        _errand_audit(row, "retried", "the change is tried again", actor, at)
    errand.refresh_from_db()
    transaction.on_commit(push_nudge.set)


def record_reread(record: SalesLedger | ProductItem, *, actor: User, at: dt.datetime) -> None:
    """Read one customer or product from Xero now; what is on its way there is compared with it again."""
    company = record.operating_company
    if isinstance(record, SalesLedger):
        kind, xero_id, subject = "contact", record.ledger_id, f"sales_ledger:{record.pk}"
    else:
        kind, xero_id, subject = "item", record.external_id, f"product:{record.pk}"
    if not xero_id:
        raise DecisionRefused("It is not in Xero yet, so there is nothing to read. Nothing was changed.")
    about = {"ledger": record} if kind == "contact" else {"product": record}
    with transaction.atomic():
        errands.reread(company, kind, xero_id, at=at, **about)
        audit_record(
            company,
            at=at,
            actor=actor,
            action="sync.reread",
            subject=subject,
            summary="Asked to read it from Xero again.",
        )
    transaction.on_commit(push_nudge.set)


def errand_skip(errand: Errand, reason: str, *, actor: User, at: dt.datetime) -> None:
    """Give a change up, with a reason; Xero keeps what it has."""
    reason = clean(reason)[:1000]
    if not reason:
        raise DecisionRefused("Say why it is not sent. Nothing was changed.")
    with transaction.atomic():
        row = Errand.objects.select_for_update().get(pk=errand.pk)
        if row.state == "done":
            raise DecisionRefused("The change is in Xero already. Nothing was changed.")
        _take_back(row, at)
        row.skipped_at, row.skipped_reason, row.updated_at = at, reason, at
        row.lease_token += 1
        row.lease_owner, row.lease_until_ms = "", None
        row.save()
        _errand_audit(row, "skipped", f"the change is not sent: {reason}", actor, at)
    errand.refresh_from_db()


def _put_here(row: Errand, values: dict[str, Any], at: dt.datetime) -> None:
    """What counts from now on shows at once."""
    if row.ledger is not None:
        customer_fields_put(row.ledger, values, at=at)
    elif row.product is not None:
        product_fields_put(row.product, values, at=at)


def _take_back(row: Errand, at: dt.datetime) -> None:
    """A change that is given up: where it still shows here, Xero's value does again."""
    record = row.ledger or row.product
    mine = {
        name: value
        for name, value in row.base.items()
        if name not in row.conflict and plain(getattr(record, name, None)) == row.wanted.get(name)
    }
    _put_here(row, mine, at)


def _errand_again(row: Errand, at: dt.datetime) -> None:
    update = Update(xero_id=row.xero_id, seen_ms=0, not_before_ms=to_ms(at))
    for name, value in errand_columns(update).items():
        setattr(row, name, value)
    row.lease_token += 1
    row.lease_owner, row.lease_until_ms = "", None


def _errand_audit(row: Errand, action: str, said: str, actor: User, at: dt.datetime) -> None:
    subject = (
        f"quote:{row.quote_id}"
        if row.quote_id
        else f"sales_ledger:{row.ledger_id}"
        if row.ledger_id
        else f"product:{row.product_id}"
    )
    audit_record(
        row.operating_company,
        at=at,
        actor=actor,
        action=f"push.{action}",
        subject=subject,
        summary=f"{said[0].upper()}{said[1:]}.",
    )
