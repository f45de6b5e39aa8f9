"""Do something to the rows that somebody ticked, or to all that match: export them, or act on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterfoil.accounts.roles import permits
from counterfoil.web.lists.criteria import criteria_of
from counterfoil.web.lists.exporting import FORMATS, export_answer
from counterfoil.web.lists.query import ListQuery, key_read, query_read
from counterfoil.web.lists.screen import Bulk, Screen
from counterfoil.web.policy import View, allowed, refused
from counterfoil.web.requests import CompanyRequest

# Each row is a transaction of its own, and somebody waits for the answer.
AT_MOST = 500
REASONS_SHOWN = 5


def bulk_view(screen: Screen) -> View:
    """Only what the screen declares, each with the permission it names; exports are open to all readers."""

    @require_POST
    @allowed("records.export")
    def act(request: CompanyRequest) -> HttpResponseBase:
        query = query_read(screen, request.GET, request.company)
        wanted, keys = request.POST.get("act", ""), _keys(request)
        if keys == []:
            messages.info(request, f"No {screen.one} was chosen, so nothing was done.")
        elif wanted in FORMATS:
            return export_answer(wanted, screen, _rows(query, keys, request), request)
        elif (one := next((b for b in screen.bulk if b.key == wanted), None)) is not None:
            if not permits(request.membership.role, one.permission):
                return refused(request, one.permission)
            _act(one, query, keys, request)
        parameters, address = query.parameters(), reverse(screen.name)
        return redirect(f"{address}?{parameters}" if parameters else address)

    return act


def _keys(request: CompanyRequest) -> Sequence[int] | None:
    """The rows that were ticked; None for all that match."""
    if request.POST.get("all"):
        return None
    return [key for text in request.POST.getlist("row") if (key := key_read(text)) is not None][:AT_MOST]


def _rows(query: ListQuery, keys: Sequence[int] | None, request: CompanyRequest) -> Iterator[Any]:
    """Those rows, in the order of the list. A ticked row that has left the list since is not touched."""
    return query.screen.source.every(
        request.company.pk,
        criteria_of(query, request.company),
        sort=query.sort,
        descending=query.descending,
        only=keys,
    )


def _act(one: Bulk, query: ListQuery, keys: Sequence[int] | None, request: CompanyRequest) -> None:
    screen, rows = query.screen, list(islice(_rows(query, keys, request), AT_MOST + 1))
    if len(rows) > AT_MOST:
        messages.error(
            request,
            f"More than {AT_MOST} {screen.plural} are too many at once. Nothing was changed: narrow the list first.",
        )
        return
    if keys is None and request.POST.get("expected") != f"{len(rows)}":
        messages.error(
            request,
            f"The list has changed since you looked: {screen.many(len(rows))} match now. Nothing was changed; "
            "look again, then choose.",
        )
        return
    try:
        each = one.begin(request, request.POST.get(f"for-{one.key}", "").strip())
    except one.refusal as refusal:
        messages.error(request, str(refusal))
        return
    _tell(one, screen, _done(rows, each, one.refusal), len(keys or rows), request)


@dataclass
class Outcome:
    """How many rows were changed, how many were so already, and why others were not."""

    changed: int = 0
    same: int = 0
    reasons: list[str] = field(default_factory=list)


def _done(rows: Sequence[Any], each: Callable[[Any], bool], refusal: type[Exception]) -> Outcome:
    found = Outcome()
    for row in rows:
        try:
            if each(row):
                found.changed += 1
            else:
                found.same += 1
        except refusal as reason:
            found.reasons.append(str(reason).removesuffix(" Nothing was changed."))  # said once for all
    return found


def _tell(one: Bulk, screen: Screen, found: Outcome, chosen: int, request: CompanyRequest) -> None:
    said = []
    if found.changed:
        said.append(f"{screen.many(found.changed)} {'was' if found.changed == 1 else 'were'} {one.done}.")
    if found.same:
        said.append(f"{screen.many(found.same)} {'was' if found.same == 1 else 'were'} so already.")
    if gone := chosen - found.changed - found.same - len(found.reasons):
        said.append(f"{screen.many(gone)} {'is' if gone == 1 else 'are'} not in this list any more.")
    if said:
        messages.success(request, " ".join(said))
    if found.reasons:
        more = len(found.reasons) - REASONS_SHOWN
        shown = found.reasons[:REASONS_SHOWN] + ([f"And {more:,} more like these."] if more > 0 else [])
        head = f"{screen.many(len(found.reasons))} {'was' if len(found.reasons) == 1 else 'were'} left as before:"
        messages.error(request, f"{head} {' '.join(shown)}")
