"""What happened lately in a whole operating company: what people did to customers, quotes, orders and products.

Read from the audit trail and the notes, as a customer's own timeline is; what the settings went through is not told
here, since not everybody may see that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from counterfoil.accounts.models import User
from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import Note, SalesLedger
from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.timeline import OF_QUOTES, kind_of

_TOLD = Q(action__in=OF_QUOTES) | Q(action__startswith="sales_ledger.") | Q(action__startswith="product.")


@dataclass(frozen=True)
class Happening:
    """One thing that somebody did; `kind` is what it looks like, as in a customer's timeline.

    `quote_id`, `product_id` or else `ledger_id` is what it is about; `customer` is whose it is, where it is one's.
    """

    at: dt.datetime
    kind: str
    text: str
    by: User | None
    customer: str = ""
    ledger_id: int | None = None
    quote_id: int | None = None
    product_id: int | None = None


def recent_activity(company: int, *, most: int) -> list[Happening]:
    """The newest first. What has been deleted since is told without a way to it."""
    entries = list(
        AuditEntry.objects.of(company).filter(_TOLD).select_related("actor").order_by("-at", "-pk")[:most]
    )
    # By key, which is the order in which they were written: no index has their time.
    notes = list(Note.objects.of(company).select_related("by", "sales_ledger").order_by("-pk")[:most])
    found = _told(company, entries) + [_noted(note) for note in notes]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _told(company: int, entries: Sequence[AuditEntry]) -> list[Happening]:
    subjects = [_subject(entry) for entry in entries]
    quotes = _customers_of_quotes(company, [key for kind, key in subjects if kind == "quote"])
    ledgers = _customers(company, [key for kind, key in subjects if kind == "sales_ledger"])
    found = []
    for entry, (kind, key) in zip(entries, subjects, strict=True):
        about: dict[str, Any] = {}
        if kind == "quote" and key in quotes:
            about = {"quote_id": key, "customer": quotes[key]}
        elif kind == "sales_ledger" and key in ledgers:
            about = {"ledger_id": key, "customer": ledgers[key]}
        elif kind == "product":
            about = {"product_id": key}
        found.append(Happening(entry.at, kind_of(entry), entry.summary, entry.actor, **about))
    return found


def _subject(entry: AuditEntry) -> tuple[str, int]:
    kind, _, key = entry.subject.partition(":")
    return kind, int(key) if key.isdecimal() else 0


def _customers_of_quotes(company: int, keys: Collection[int]) -> dict[int, str]:
    rows = Quote.objects.of(company).filter(pk__in=keys)
    return dict(rows.values_list("pk", "sales_ledger__display_description")) if keys else {}


def _customers(company: int, keys: Collection[int]) -> dict[int, str]:
    rows = SalesLedger.objects.of(company).filter(pk__in=keys)
    return dict(rows.values_list("pk", "display_description")) if keys else {}


def _noted(note: Note) -> Happening:
    ledger = note.sales_ledger
    return Happening(
        note.at, "note", note.text, note.by, customer=ledger.display_description, ledger_id=ledger.pk
    )
