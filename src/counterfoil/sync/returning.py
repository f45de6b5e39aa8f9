"""What we brought to Xero comes back by the pull, to its own order and its own customer (IN-6, PU-1).

A pull may see a record before the push that made it has recorded its answer, or one of which Xero said that it was not
made; then the mark in the link, or the ContactNumber, tells whose it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core import pushing
from counterfoil.core.applied import Applied
from counterfoil.core.intents import Found, Push
from counterfoil.core.mapping.documents import DocumentValues
from counterfoil.core.marker import marker_in
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.customers.services import sales_ledger_linked
from counterfoil.crm.quotes import services as quotes
from counterfoil.crm.quotes.errors import QuoteRefused
from counterfoil.crm.quotes.models import PushState
from counterfoil.crm.sales import services as sales
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.database import bulk
from counterfoil.sync import errands
from counterfoil.sync.models import PushIntent
from counterfoil.sync.outbox import changed_by_person, to_ms
from counterfoil.xero.records import Contact


def invoices_applied(
    company: OperatingCompany,
    values: Sequence[DocumentValues],
    *,
    at: dt.datetime,
    same_lines: AbstractSet[str] = frozenset(),
) -> Applied:
    """Store invoices, then give those that are orders of ours to their orders; totals are compared there (IN-7)."""
    applied = sales.documents_apply(company, values, at=at, same_lines=same_lines)
    stored = [value for value in values if value.external_id not in applied.refused]
    quotes.documents_linked(company, [value.external_id for value in stored], at=at)
    marks = {marker_in(value.back_link): value.external_id for value in stored if value.back_link}
    marks.pop("", None)
    if marks:
        _link_by_mark(company, marks, at=at)
    return applied


def _link_by_mark(company: OperatingCompany, marks: dict[str, str], *, at: dt.datetime) -> None:
    """Orders whose push has not recorded its answer yet, or was told that there is none."""
    for chunk in _chunks(list(marks)):
        rows = PushIntent.objects.of(company).filter(marker__in=chunk, xero_id="", quote__document=None)
        for row in rows.select_related("quote"):
            if row.quote is None or row.quote.order_revision != row.revision:
                continue
            header = SalesOrderHeader.objects.of(company).get(external_id=marks[row.marker])
            try:
                _complete(company, row, header, at=at)
                quotes.document_linked(row.quote, header, at=at)
            except QuoteRefused:
                continue  # taken back meanwhile: whoever has the order now is asked by the push itself


def _complete(
    company: OperatingCompany, row: PushIntent, header: SalesOrderHeader, *, at: dt.datetime
) -> None:
    """An order that Xero refused, or a person gave up, and that is in Xero all the same: its push ends as sent.

    What is still under way finds it by its own look.
    """
    given_up = row.skipped_at is not None or row.state in {"refused", "waiting"}
    if row.quote is None or not given_up or header.status in {"DELETED", "VOIDED"}:
        return
    found = Found(
        id=header.external_id or "",
        status=header.status,
        number=header.number,
        marker=row.marker,
        updated_ms=0,  # the sweep that follows reads it anew
        total=header.total,
        by_us=True,
    )

    def chosen(push: Push) -> Push:
        return pushing.chosen(push, found, now_ms=to_ms(at))

    push = changed_by_person(row, chosen, at=at, skipped_at=None, skipped_reason="")
    if push is None:
        return
    quotes.order_push_noted(
        row.quote,
        PushState.SENT,
        revision=row.revision,
        at=at,
        invoice_id=push.xero_id,
        number=push.xero_number,
        status=push.xero_status,
    )
    errands.after_invoice(company, row.quote, revision=row.revision, xero_id=push.xero_id, at=at)


def contacts_claim(company: OperatingCompany, records: Iterable[Any], *, at: dt.datetime) -> None:
    """Before contacts are stored: those that were made for customers here belong to them, never to a second one."""
    numbers = {
        record.contact_number: record.contact_id
        for record in records
        if isinstance(record, Contact) and (record.contact_number or "").startswith("crm-")
    }
    if not numbers:
        return
    waiting = PushIntent.objects.of(company).filter(kind="contact", ledger__ledger_id=None)
    for row in waiting.select_related("ledger"):
        contact_id = numbers.get(row.push["number"])
        if contact_id is None or row.ledger is None:
            continue
        if not SalesLedger.objects.of(company).filter(ledger_id=contact_id).exists():
            sales_ledger_linked(row.ledger, contact_id, at=at)
            errands.awaken(company.pk, at=at)


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + bulk.AT_ONCE] for start in range(0, len(values), bulk.AT_ONCE))
