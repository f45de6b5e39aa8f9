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
_LOOKS = {
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
    """One entry as it is drawn."""

    entry: Entry
    icon: str
    tone: str


@dataclass(frozen=True)
class Day:
    on: dt.date
    called: str
    lines: Sequence[Line]


def timeline_context(request: CompanyRequest, ledger: Any) -> dict[str, Any]:
    show, before = request.GET.get("show", ""), request.GET.get("before", "")[:100]
    show = show if show in dict(SHOWS) else ""
    found = timeline_of(ledger, zone=timezone.get_current_timezone(), show=show, before=before)
    keep = {"show": show} if show else {}
    return {
        "days": _days(found.entries, request.at),
        "show": show,
        "shows": [
            (key, label, urlencode({"show": key} if key else {"tab": "timeline"})) for key, label in SHOWS
        ],
        "older": urlencode(keep | {"before": found.older}) if found.older else "",
        "newest": urlencode(keep or {"tab": "timeline"}) if before else "",
    }


def _days(entries: Sequence[Entry], now: dt.datetime) -> list[Day]:
    today = timezone.localdate(now)
    called = {today: "Today", today - _A_DAY: "Yesterday"}
    return [
        Day(on, called.get(on, ""), [Line(one, *_LOOKS[one.kind]) for one in group])
        for on, group in groupby(entries, key=_day_of)
    ]


def _day_of(entry: Entry) -> dt.date:
    return timezone.localdate(entry.place.at) if entry.is_timed else entry.place.at.date()
