"""The timeline of a customer, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from counterfoil.crm.quotes.timeline import Entry, timeline_of
from counterfoil.web.requests import CompanyRequest

SHOWS = (
    ("", "Everything"),
    ("notes", "Notes"),
    ("quotes", "Quotes and orders"),
    ("documents", "Invoices and payments"),
    ("changes", "Changes and mail"),
)
# Kind → icon, tone.
LOOKS = {
    "note": ("note", "accent"),
    "quote": ("clipboard-list", ""),
    "won": ("circle-check", "good"),
    "lost": ("circle-x", ""),
    "order": ("shopping-cart", "good"),
    "trouble": ("alert-triangle", "bad"),
    "invoice": ("file-invoice", ""),
    "invoice-paid": ("coins", "good"),
    "credit": ("receipt-refund", ""),
    "credit-paid": ("receipt-refund", ""),
    "stop": ("ban", "bad"),
    "release": ("player-play", "good"),
    "mail": ("mail", ""),
    "file": ("paperclip", ""),
    "sync": ("refresh", ""),
    "arrival": ("link", ""),
    "change": ("pencil", ""),
}
_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """One entry as it is drawn; `on` is its day in the reader's zone."""

    entry: Entry
    on: dt.date
    icon: str
    tone: str


@dataclass(frozen=True)
class Stretch:
    """Today, yesterday, and each month before; of a `near` one the time of day is told and not the day."""

    called: str
    near: bool
    lines: Sequence[Line]


def timeline_context(request: CompanyRequest, ledger: Any) -> dict[str, Any]:
    show, before = request.GET.get("show", ""), request.GET.get("before", "")[:100]
    show = show if show in dict(SHOWS) else ""
    found = timeline_of(ledger, zone=timezone.get_current_timezone(), show=show, before=before)
    keep = {"show": show} if show else {}
    return {
        "stretches": _stretches(found.entries, request.at),
        "show": show,
        "shows": [
            (key, label, urlencode({"show": key} if key else {"tab": "timeline"})) for key, label in SHOWS
        ],
        "older": urlencode(keep | {"before": found.older}) if found.older else "",
        "newest": urlencode(keep or {"tab": "timeline"}) if before else "",
    }


def _stretches(entries: Sequence[Entry], now: dt.datetime) -> list[Stretch]:
    today = timezone.localdate(now)
    near = {today: "Today", today - _A_DAY: "Yesterday"}
    lines = [Line(one, _day_of(one), *LOOKS[one.kind]) for one in entries]

    def called(line: Line) -> str:
        return near.get(line.on) or f"{line.on:%B} {line.on.year}"

    groups = groupby(lines, key=called)
    return [Stretch(name, name in near.values(), list(group)) for name, group in groups]


def _day_of(entry: Entry) -> dt.date:
    return timezone.localdate(entry.place.at) if entry.is_timed else entry.place.at.date()
