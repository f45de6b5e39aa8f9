"""Every pass there was: search, page, export (ST-2)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from counterfoil.sync import history as passes
from counterfoil.sync import selectors
from counterfoil.web.lists.views import csv_safe
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

A_PAGE = 50
RESULTS = (
    ("", "All passes"),
    ("done", "Done"),
    ("failed", "Stopped or waiting"),
    ("problem", "With a problem"),
    ("first", "First sync"),
)


@require_GET
@allowed("integration.manage")
def history(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    text, result = _wanted(request)
    found: Any = passes.passes_found(connection, text=text, result=result) if connection else []
    page: Any = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "connection": connection,
        "page": page,
        "passes": [selectors.pass_progress(run) for run in page],
        "wanted": text,
        "result": result,
        "results": RESULTS,
        "keep": urlencode({key: value for key, value in (("q", text), ("result", result)) if value}),
        "title": "History",
        "tab": "history",
    }
    return render(request, "integration/history.html", context)


@require_GET
@allowed("integration.manage")
def history_export(request: CompanyRequest) -> HttpResponseBase:
    """What the search shows, as CSV, however long it is."""
    connection = selectors.connection_of(request.company)
    if connection is None:
        messages.info(request, "Nothing has been read yet.")
        return redirect("xero-history")
    text, result = _wanted(request)
    lines = csv.writer(_Echo())
    found = passes.passes_found(connection, text=text, result=result)

    def rows() -> Iterator[str]:
        yield lines.writerow(passes.HEADS)
        for row in passes.rows_for_export(found):
            yield lines.writerow([csv_safe(cell) for cell in row])

    answer = StreamingHttpResponse(rows(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.company.slug}-passes.csv"'
    return answer


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def _wanted(request: CompanyRequest) -> tuple[str, str]:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    result = request.GET.get("result", "")
    return text, result if result in dict(RESULTS) else ""
