from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import (
    disconnecting,
    grouping,
    incidents,
    meters,
    pausing,
    previews,
    selectors,
    services,
    standing,
    undoable,
    xero_apps,
)
from counterfoil.sync.streams import BY_KEY
from counterfoil.sync.webhook_health import webhook_health
from counterfoil.web.integration.preview_views import shown
from counterfoil.web.outbox.views import KIND_WORDS, record_address
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

PASSES_SHOWN = 5
CAUSES_SHOWN = 8
WORKING = ("connected", "waiting")
LIVE = (*WORKING, "reconnect", "paused")
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
    context = _panel(request)
    if context["connection"] is not None:
        context |= _needs(request, context["connection"])
    return render(request, "integration/xero.html", context | {"title": "Xero"})


def _needs(request: CompanyRequest, connection: Any) -> dict[str, Any]:
    """What the whole page shows beyond the pass under way: what needs somebody, the meters, who tells of changes."""
    causes = grouping.push_causes(request.company)
    outbox = standing.outbox_counts(request.company)
    return {
        "outbox": outbox,
        "needs_count": outbox["needs_you"] + selectors.set_aside_list(connection).count(),
        "sent": grouping.sent_by_stream(request.company),
        "push_causes": [
            (cause, KIND_WORDS.get(cause.kind, cause.kind), [(e, record_address(e)) for e in cause.examples])
            for cause in causes[:CAUSES_SHOWN]
        ],
        "more_causes": len(causes) - CAUSES_SHOWN,
        "aside_causes": grouping.aside_causes(connection)[:CAUSES_SHOWN],
        "conflicts": [(one, _sync_tab(one)) for one in grouping.conflicts(request.company, CAUSES_SHOWN)],
        "tokens": meters.token_facts(connection),
        "meters": meters.meters_of(connection, request.at),
        "can_undo": undoable.has_imported(connection),
        "webhooks": webhook_health(request.company, request.at),
        "incidents": incidents.incidents_open(request.company),
    }


def _sync_tab(one: grouping.Conflict) -> str:
    address = record_address(one)
    return f"{address}?tab=sync" if one.ledger_id or one.product_id else reverse("outbox")


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
    live = connection is not None and connection.state in LIVE
    paused = connection is not None and connection.state == "paused"
    passes = (
        [selectors.pass_progress(run) for run in selectors.passes_recent(connection, PASSES_SHOWN)]
        if connection
        else []
    )
    asked = connection is not None and (connection.pass_wanted_at or connection.last_pass_at is None)
    run = status.running or status.last_pass
    return {
        "status": status,
        "connection": connection,
        "is_silent": run is not None and run.is_silent(request.at),
        "is_live": live,
        "is_paused": paused,
        "preview": shown(previews.preview_of(request.company)),
        "is_running": not paused and (status.running is not None or (live and bool(asked))),
        "run": run,
        "passes": [run for run in passes if run.state != "running"],
        "has_app": xero_apps.app_chosen(request.company) is not None,
        "secondary": selectors.secondary_of(request.company),
        "left_out": selectors.skipped_contacts(connection).count() if connection else 0,
        "tab": "status",
    }


def pass_begins(connection: Any) -> str:
    """When a pass that was asked for now will begin."""
    if connection.state == "paused":
        return "once the connection is resumed"
    return "in a moment" if connection.state in WORKING else "once Xero is connected again"


@require_POST
@allowed("integration.manage")
def sync_now(request: CompanyRequest) -> HttpResponse:
    connection = _connection_or_404(request)
    services.pass_request(connection, actor=request.user, at=request.at)
    messages.success(request, f"A pass was asked for and begins {pass_begins(connection)}.")
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def pause(request: CompanyRequest) -> HttpResponse:
    connection = _connection_or_404(request)
    if pausing.connection_pause(connection, actor=request.user, at=request.at):
        messages.success(request, "Paused. Nothing is read or sent until somebody resumes it.")
    else:
        messages.info(request, "There was nothing to pause.")
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def resume(request: CompanyRequest) -> HttpResponse:
    connection = _connection_or_404(request)
    if pausing.connection_resume(connection, actor=request.user, at=request.at):
        messages.success(request, "Resumed. A pass begins in a moment, and what waited goes out.")
    else:
        messages.info(request, "It was not paused.")
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def reread(request: CompanyRequest, stream: str) -> HttpResponse:
    connection = _connection_or_404(request)
    if stream not in BY_KEY:
        raise Http404
    accepted = services.stream_reset(connection, stream, actor=request.user, at=request.at)
    after = "What Xero no longer has is marked as withdrawn then." if accepted else "Nothing is deleted."
    when = pass_begins(connection)
    messages.success(
        request, f"{BY_KEY[stream].label} will be read again from the beginning, {when}. {after}"
    )
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


def _connection_or_404(request: CompanyRequest) -> Any:
    is_second = request.POST.get("role") == "secondary"
    found = (selectors.secondary_of if is_second else selectors.connection_of)(request.company)
    if found is None:
        raise Http404
    return found
