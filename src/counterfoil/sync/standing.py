"""Where everything stands that is on its way to Xero, for the outbox and the panel on an order (PU-8)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core import pushing
from counterfoil.core.intents import Push
from counterfoil.crm.quotes.models import Quote
from counterfoil.sync import causes, sentences
from counterfoil.sync.models import (
    Connection,
    ConnectionRole,
    ConnectionState,
    Errand,
    PushAttempt,
    PushIntent,
)
from counterfoil.sync.outbox import from_ms, push_of

StepState = Literal["done", "now", "next", "bad"]
ROWS_A_PAGE = 50

# What the outbox can be filtered by; "open" is everything that is not in Xero yet.
GROUPS: dict[str, Q] = {
    "open": Q(skipped_at=None) & ~Q(state__in=["sent", "removed"]),
    "needs_you": Q(skipped_at=None, state__in=["waiting", "refused"]),
    "moving": Q(skipped_at=None, state__in=["blocked", "ready", "sending", "resending", "uncertain"]),
    "in_xero": Q(state__in=["sent", "removed"]),
    "skipped": Q(skipped_at__isnull=False),
    "all": Q(),
}
ERRAND_GROUPS: dict[str, Q] = {
    "open": Q(skipped_at=None) & ~Q(state="done"),
    "needs_you": Q(skipped_at=None, state__in=["waiting", "refused", "archived", "gone", "conflict"]),
    "moving": Q(skipped_at=None, state__in=["read", "merge", "write"]),
    "in_xero": Q(state="done", skipped_at=None),
    "skipped": Q(skipped_at__isnull=False),
    "all": Q(),
}


@dataclass(frozen=True)
class Step:
    """One step of the way. `state`: done, now, next or bad."""

    label: str
    state: StepState
    at: dt.datetime | None = None
    detail: str = ""


@dataclass(frozen=True)
class OutboxRow:
    """One thing on its way. `id` is for the services; `ref` is `intent:<pk>` or `errand:<pk>`.

    `sentence` is ours, `words` are Xero's, `field` is what they are about ("" when not known). `choices`: what a
    person may do now, of retry, skip, link, rename, choose.
    """

    ref: str
    kind: str
    name: str
    state: str
    progress: str
    sentence: str
    words: str
    field: str
    reason: str
    xero_id: str
    xero_number: str
    quote_id: int | None
    ledger_id: int | None
    product_id: int | None
    attempts: int
    waits_until: dt.datetime | None
    updated_at: dt.datetime
    choices: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    conflict: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    correlation_id: str = ""


@dataclass(frozen=True)
class Outbox:
    """A page of the outbox, newest change first. `counts` by group, whatever the filter."""

    rows: list[OutboxRow]
    counts: dict[str, int]
    total: int
    page: int


def outbox(
    company: OperatingCompany,
    *,
    group: str = "open",
    kind: str = "",
    text: str = "",
    page: int = 1,
    size: int = ROWS_A_PAGE,
) -> Outbox:
    """What is on its way, in Xero, or in need of somebody. `group` of GROUPS; `kind` of intents or errands."""
    intents = PushIntent.objects.of(company)
    tasks = Errand.objects.of(company)
    counts = outbox_counts(company)
    intents = intents.filter(GROUPS.get(group, GROUPS["open"]))
    tasks = tasks.filter(ERRAND_GROUPS.get(group, ERRAND_GROUPS["open"]))
    if kind:
        intents, tasks = intents.filter(kind=kind), tasks.filter(kind=kind)
    if text:
        named = (
            Q(quote__number__icontains=text)
            | Q(ledger__name__icontains=text)
            | Q(product__code__icontains=text)
        )
        intents, tasks = intents.filter(named), tasks.filter(named)
    total = intents.count() + tasks.count()
    last = page * size
    rows = [intent_row(row) for row in _newest(intents, last)] + [
        errand_row(row) for row in _newest(tasks, last)
    ]
    rows.sort(key=lambda row: row.updated_at, reverse=True)
    return Outbox(rows[last - size : last], counts, total, page)


def outbox_counts(company: OperatingCompany) -> dict[str, int]:
    """How much there is in each of GROUPS."""
    return {name: outbox_count(company, name) for name in GROUPS}


def outbox_count(company: OperatingCompany, group: str) -> int:
    """How much there is in one of GROUPS."""
    intents, tasks = PushIntent.objects.of(company), Errand.objects.of(company)
    return int(intents.filter(GROUPS[group]).count() + tasks.filter(ERRAND_GROUPS[group]).count())


def waiting_words(company: OperatingCompany) -> str:
    """What waits for a connection that has to be made again, or that lets nothing in."""
    parked = PushIntent.objects.of(company).filter(state="waiting", reason="connection", skipped_at=None)
    waiting = outbox_count(company, "moving") + parked.count()
    if waiting == 1:
        return "1 order or change waits here and goes out by itself then."
    return f"{waiting} orders and changes wait here and go out by themselves then." if waiting else ""


def _newest(rows: Any, most: int) -> list[Any]:
    return list(rows.select_related("quote", "ledger", "product").order_by("-updated_at", "-pk")[:most])


def intent_row(row: PushIntent) -> OutboxRow:
    """One intent as the outbox shows it."""
    push = push_of(row)
    words = push.words if push.reason in {"refused", "not_supported", "connection", "hidden_clash"} else ""
    last = PushAttempt.objects.filter(intent=row).order_by("-pk").first()
    return OutboxRow(
        ref=f"intent:{row.pk}",
        kind=row.kind,
        name=sentences.name_of(row),
        state="skipped" if row.skipped_at else push.state,
        progress="over" if row.skipped_at else pushing.progress(push),
        sentence=row.skipped_reason if row.skipped_at else sentences.of_push(push),
        words=words,
        field=sentences.explained(words)[1],
        reason=push.reason,
        xero_id=push.xero_id,
        xero_number=push.xero_number,
        quote_id=row.quote_id,
        ledger_id=row.ledger_id,
        product_id=row.product_id,
        attempts=push.attempt,
        waits_until=from_ms(push.settle_until_ms)
        if push.state == "uncertain" and push.settle_until_ms
        else None,
        updated_at=row.updated_at,
        choices=choices_of(row, push),
        candidates=push.candidates,
        correlation_id=last.correlation_id if last else "",
    )


def choices_of(row: PushIntent, push: Push) -> tuple[str, ...]:
    """What a person may do about it now."""
    if row.skipped_at:
        return ("retry",)
    if push.state == "refused":
        return ("retry", "skip")
    if push.state != "waiting":
        return ("hurry",) if push.state in {"uncertain", "resending", "blocked"} else ()
    if push.xero_id:
        return ("retry",)  # it is in Xero; whether a second one is there is looked at again
    link = ("link",) if push.candidates and push.reason in {"name_taken", "code_taken", "alike"} else ()
    rename = ("rename",) if push.reason in {"name_taken", "code_taken"} else ()
    return ("retry", *link, *rename, "skip") if push.reason != "twins" else ("retry",)


def errand_row(row: Errand) -> OutboxRow:
    """One change of something that is in Xero already, as the outbox shows it."""
    name = (
        row.ledger.name
        if row.ledger
        else row.product.code
        if row.product
        else row.quote.number
        if row.quote
        else ""
    )
    needs = row.state in {"waiting", "refused", "archived", "gone", "conflict"}
    choices = ("choose",) if row.state == "conflict" else ("retry", "skip") if needs else ()
    progress = (
        "over" if row.skipped_at else "needs_you" if needs else "in_xero" if row.state == "done" else "queued"
    )
    return OutboxRow(
        ref=f"errand:{row.pk}",
        kind=row.kind,
        name=name,
        state="skipped" if row.skipped_at else row.state,
        progress=progress,
        sentence=row.skipped_reason if row.skipped_at else sentences.of_errand(row),
        words=row.words,
        field=sentences.explained(row.words)[1],
        reason=row.state if needs else "",
        xero_id=row.xero_id,
        xero_number="",
        quote_id=row.quote_id,
        ledger_id=row.ledger_id,
        product_id=row.product_id,
        attempts=int(row.update.get("writes", 0)),
        waits_until=None,
        updated_at=row.updated_at,
        choices=() if row.skipped_at else choices,
        conflict=row.conflict,
    )


# --- one order -----------------------------------------------------------------------------------------------------


def intent_of(quote: Quote) -> PushIntent | None:
    """The intent of an order's latest revision."""
    rows = PushIntent.objects.of(quote.operating_company_id).filter(kind="invoice", order=str(quote.uuid))
    found: PushIntent | None = rows.select_related("quote").order_by("-revision").first()
    return found


def where_is_it(quote: Quote) -> list[Step]:
    """The steps of an order on its way to Xero, as far as each has come."""
    confirmed = Step("Confirmed", "done", quote.confirmed_at, str(quote.confirmed_by or ""))
    row = intent_of(quote)
    if row is None:
        waits = Step("Waiting to be sent", "now", None, _connection_says(quote))
        return [confirmed, waits, *_ahead("Invoice number", "Read back from Xero")]
    push = push_of(row)
    if row.skipped_at:
        return [confirmed, Step("Not sent", "bad", row.skipped_at, row.skipped_reason)]
    steps = [confirmed, *_parts(quote), *_sending(row, push)]
    if push.xero_id:
        number = push.xero_number or quote.invoice_number
        steps.append(Step("In Xero", "done", from_ms(push.sent_ms) if push.sent_ms else None, number))
        if push.state == "removed":
            steps.append(Step("Removed in Xero", "bad", row.updated_at, sentences.of_push(push)))
        elif push.state == "waiting":
            steps.append(Step("Needs a decision", "bad", row.updated_at, sentences.of_push(push)))
        else:
            back: StepState = "done" if quote.document_id else "now"
            steps.append(Step("Read back from Xero", back, None, quote.invoice_status))
    return steps


def _parts(quote: Quote) -> list[Step]:
    """The customer and products that go first; only those that were made here."""
    company = quote.operating_company_id
    mine = Q(kind="contact", ledger=quote.sales_ledger_id) | Q(
        kind="item", product__in=quote.lines.exclude(product=None).values("product")
    )
    steps = []
    for row in PushIntent.objects.of(company).filter(mine).select_related("ledger", "product").order_by("pk"):
        push = push_of(row)
        label = f"{'Customer' if row.kind == 'contact' else 'Product'} {sentences.name_of(row)}"
        if push.xero_id:
            steps.append(Step(label, "done", from_ms(push.sent_ms) if push.sent_ms else None))
        else:
            bad = row.skipped_at or push.state in {"waiting", "refused"}
            steps.append(Step(label, "bad" if bad else "now", None, sentences.of_push(push)))
    return steps


def _sending(row: PushIntent, push: Push) -> list[Step]:
    if push.xero_id:
        return []
    if push.state in {"refused", "waiting"}:
        label = "Refused" if push.state == "refused" else "Needs a decision"
        detail = "\n".join(part for part in (sentences.of_push(push), push.words) if part)
        return [Step(label, "bad", row.updated_at, detail), *_ahead("Invoice number")]
    if push.state == "uncertain":
        until = from_ms(push.settle_until_ms) if push.settle_until_ms else None
        return [Step("Checking with Xero", "now", until, sentences.of_push(push)), *_ahead("Invoice number")]
    label = "Sending to Xero" if push.state in {"sending", "resending"} else "Waiting to be sent"
    detail = _connection_says(row.quote) if row.quote else ""
    return [Step(label, "now", None, detail or sentences.of_push(push)), *_ahead("Invoice number")]


def _ahead(*labels: str) -> list[Step]:
    return [Step(label, "next") for label in labels]


def _connection_says(quote: Quote) -> str:
    """Why nothing moves, if it is the connection."""
    rows = Connection.objects.of(quote.operating_company_id).filter(role=ConnectionRole.PRIMARY)
    connection = rows.order_by("-connected_at").first()
    if connection is not None and connection.state == ConnectionState.PAUSED:
        return "The connection to Xero is paused. It goes out by itself once somebody resumes it. Nothing is lost."
    if connection is None or connection.state not in {ConnectionState.CONNECTED, ConnectionState.WAITING}:
        return "It goes out by itself once Xero is connected. Nothing is lost."
    if connection.sending_cause:
        return causes.sending_reason(connection)
    if connection.push_not_before is not None and connection.push_failures:
        return "Xero does not answer at the moment. It is tried again by itself."
    return ""
