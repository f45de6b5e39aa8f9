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
NOT_CONNECTED = "Connect to Xero first: there is nothing to compare with."
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
            "streams": verify_report.stream_reports(last),
            "books": verify_report.reconciliation(last),
            "stream": stream,
            "keep": urlencode({"stream": stream}) if stream else "",
            "page": page,
            "rows": [_shown(connection, one) for one in page],
            "open": verify_report.open_differences(last).count(),
        }
    name = "integration/verify_live.html" if request.headers.get("HX-Request") else "integration/verify.html"
    return render(request, name, context)


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
    verifying.verify_request(connection, actor=request.user, at=request.at)
    return redirect("xero-verify")


@require_POST
@allowed("integration.manage")
def repair_begin(request: CompanyRequest) -> HttpResponse:
    last = _last(request)
    if last is None or verify_report.is_under_way(last):
        messages.info(request, "There is nothing to repair yet: the comparison is not finished.")
    else:
        verify_work.repair_request(last, at=request.at)
    return redirect("xero-verify")


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
