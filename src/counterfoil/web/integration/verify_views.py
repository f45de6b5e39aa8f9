"""Does the CRM say what Xero says? Ask for a comparison, see each difference, have them repaired (SY-11)."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import selectors, verify_report, verify_work, verifying
from counterfoil.web.lists.views import csv_safe
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

A_PAGE = 100
BOOKS_SHOWN = 20
NOT_CONNECTED = "Connect to Xero first: there is nothing to compare with."
NOT_NOW = "Nothing was begun: Xero cannot be read now. {}"
NOT_READ_YET = "The first sync has to be done first."
HEADS = ("Stream", "Xero id", "Name", "What", "In the CRM", "In Xero", "Should win")


@never_cache
@require_GET
@allowed("integration.manage")
def verify(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    last = _last(request)
    context: dict[str, Any] = {"connection": connection, "title": "Verify", "tab": "verify", "last": last}
    if last is not None:
        stream = request.GET.get("stream", "")
        left = verify_report.open_differences(last, stream=stream)
        page: Any = Paginator(left, A_PAGE).get_page(request.GET.get("page"))
        context |= {
            "is_under_way": verify_report.is_under_way(last),
            "is_held_up": connection is None or not verify_work.can_be_compared(connection),
            "streams": verify_report.stream_reports(last),
            "stages": verify_report.stages_of(last),
            "books": _books(connection, verify_report.reconciliation(last)),
            "stream": stream,
            "keep": urlencode({"stream": stream}) if stream else "",
            "page": page,
            "rows": [_shown(connection, one) for one in page],
            "open": verify_report.open_differences(last).count(),
        }
    name = "integration/verify_live.html" if request.headers.get("HX-Request") else "integration/verify.html"
    return render(request, name, context)


def _books(connection: Any, found: verify_report.Reconciliation) -> list[tuple[str, list[Any], int]]:
    """Per kind of difference between the books: its title, what is shown of it, and how many more there are."""
    kinds = (
        ("Only in Xero", found.only_in_xero),
        ("Only in the CRM", found.only_here),
        ("Another total", found.totals),
    )
    return [
        (title, [_shown(connection, one) for one in rows[:BOOKS_SHOWN]], max(0, len(rows) - BOOKS_SHOWN))
        for title, rows in kinds
        if rows
    ]


def _shown(connection: Any, one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "stream": verify_report.stream_label(one),
        "what": verify_report.field_words(one),
        "wins": verify_report.winner_words(one),
        "address": selectors.open_in_xero(connection, one.stream, one.xero_id),
    }


@require_POST
@allowed("integration.manage")
def verify_begin(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    if connection is None:
        messages.info(request, NOT_CONNECTED)
        return redirect("xero")
    if not _is_held_up(request, connection):
        verifying.verify_request(connection, actor=request.user, at=request.at)
    return redirect("xero-verify")


@require_POST
@allowed("integration.manage")
def repair_begin(request: CompanyRequest) -> HttpResponse:
    last = _last(request)
    if last is None or verify_report.is_under_way(last):
        messages.info(request, "There is nothing to repair yet: the comparison is not finished.")
    elif not _is_held_up(request, last.connection):
        verify_work.repair_request(last, at=request.at)
    return redirect("xero-verify")


def _is_held_up(request: CompanyRequest, connection: Any) -> bool:
    """What nobody can begin now is not asked for, and why is said."""
    if verify_work.can_be_compared(connection):
        return False
    why = connection.state_reason or ("" if connection.last_pass_at else NOT_READ_YET)
    messages.info(request, NOT_NOW.format(why).strip())
    return True


@require_GET
@allowed("integration.manage")
def verify_export(request: CompanyRequest) -> HttpResponse:
    """All open differences as CSV."""
    last = _last(request)
    if last is None:
        messages.info(request, "Nothing has been compared yet.")
        return redirect("xero-verify")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for one in verify_report.open_differences(last):
        cells = (
            verify_report.stream_label(one),
            one.xero_id,
            one.label,
            verify_report.field_words(one) or one.get_side_display(),
            one.ours,
            one.theirs,
            verify_report.winner_words(one),
        )
        writer.writerow([csv_safe(cell) for cell in cells])
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"{request.company.slug}-differences-{last.asked_at:%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _last(request: CompanyRequest) -> Any:
    connection = selectors.connection_of(request.company)
    return verify_report.last_verification(connection) if connection else None
