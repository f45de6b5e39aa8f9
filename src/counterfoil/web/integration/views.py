from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import disconnecting, selectors, services, xero_apps
from counterfoil.sync.streams import BY_KEY
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

PASSES_SHOWN = 12
LEFT_OUT_WORDS = {
    "archived": "Archived in Xero",
    "unflagged": "Neither customer nor supplier",
    "supplier": "Supplier",
    "gdpr": "Asked to be forgotten",
}


@require_GET
@allowed("integration.manage")
def integration(request: CompanyRequest) -> HttpResponse:
    status = selectors.integration_status(request.company, request.at)
    return render(request, "integration/integrations.html", {"status": status, "title": "Integration"})


@never_cache
@require_GET
@allowed("integration.manage")
def xero(request: CompanyRequest) -> HttpResponse:
    return render(request, "integration/xero.html", _panel(request) | {"title": "Xero"})


@never_cache
@require_GET
@allowed("integration.manage")
def progress(request: CompanyRequest) -> HttpResponse:
    """The live part of the page; once a pass has ended the whole page is worth showing afresh."""
    context = _panel(request)
    answer = render(request, "integration/progress.html", context)
    if request.GET.get("was") == "running" and not context["is_running"]:
        answer["HX-Refresh"] = "true"
    return answer


def _panel(request: CompanyRequest) -> dict[str, Any]:
    status = selectors.integration_status(request.company, request.at)
    connection = status.connection
    live = connection is not None and connection.state in ("connected", "waiting", "reconnect")
    passes = (
        [selectors.pass_progress(run) for run in selectors.passes_recent(connection, PASSES_SHOWN)]
        if connection
        else []
    )
    asked = connection is not None and (connection.pass_wanted_at or connection.last_pass_at is None)
    return {
        "status": status,
        "connection": connection,
        "is_live": live,
        "is_running": status.running is not None or (live and bool(asked)),
        "run": status.running or status.last_pass,
        "passes": [run for run in passes if run.state != "running"],
        "has_app": xero_apps.app_chosen(request.company) is not None,
        "secondary": selectors.secondary_of(request.company),
        "left_out": selectors.skipped_contacts(connection).count() if connection else 0,
        "tab": "status",
    }


@require_POST
@allowed("integration.manage")
def sync_now(request: CompanyRequest) -> HttpResponse:
    connection = _connection_or_404(request)
    services.pass_request(connection, actor=request.user, at=request.at)
    messages.success(request, "A pass was asked for and begins in a moment.")
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def reread(request: CompanyRequest, stream: str) -> HttpResponse:
    connection = _connection_or_404(request)
    if stream not in BY_KEY:
        raise Http404
    accepted = services.stream_reset(connection, stream, actor=request.user, at=request.at)
    after = "What Xero no longer has is marked as withdrawn then." if accepted else "Nothing is deleted."
    messages.success(request, f"{BY_KEY[stream].label} will be read again from the beginning. {after}")
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def disconnect(request: CompanyRequest) -> HttpResponse:
    connection = _connection_or_404(request)
    problems = disconnecting.disconnect(connection, actor=request.user, at=request.at)
    messages.success(request, f"Disconnected from {connection.organisation_name}. All data stays here.")
    for problem in problems:
        messages.warning(request, problem)
    return redirect("xero")


@require_GET
@allowed("integration.manage")
def set_aside(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    rows: Any = selectors.set_aside_list(connection) if connection else []
    page: Any = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "connection": connection,
        "title": "Set aside",
        "tab": "aside",
        "labels": _labels(),
    }
    return render(request, "integration/set_aside.html", context)


@require_POST
@allowed("integration.manage")
def set_aside_retry(request: CompanyRequest, pk: int) -> HttpResponse:
    item = selectors.set_aside_of(request.company, pk)
    if item is None:
        raise Http404
    services.set_aside_retry(item, actor=request.user, at=request.at)
    messages.success(request, "It will be tried again with the next pass, which begins in a moment.")
    return redirect("xero-set-aside")


@require_GET
@allowed("integration.manage")
def left_out(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    rows: Any = selectors.skipped_contacts(connection) if connection else []
    page: Any = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            (row, LEFT_OUT_WORDS.get(row.outcome, row.outcome), _in_xero(connection, row)) for row in page
        ],
        "connection": connection,
        "title": "Left out",
        "tab": "left-out",
    }
    return render(request, "integration/left_out.html", context)


def _in_xero(connection: Any, row: Any) -> str:
    return selectors.open_in_xero(connection, "contacts", row.xero_id)


def _labels() -> dict[str, str]:
    return {key: stream.label for key, stream in BY_KEY.items()}


def _connection_or_404(request: CompanyRequest) -> Any:
    is_second = request.POST.get("role") == "secondary"
    found = (selectors.secondary_of if is_second else selectors.connection_of)(request.company)
    if found is None:
        raise Http404
    return found
