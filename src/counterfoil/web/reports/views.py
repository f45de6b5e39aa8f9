from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.accounts.roles import permits
from counterfoil.sync import counting, verify_report
from counterfoil.sync.selectors import connection_of, stream_rows
from counterfoil.web.policy import allowed
from counterfoil.web.reports.index import GROUPS
from counterfoil.web.requests import CompanyRequest


@require_GET
@allowed("records.read")
def reports(request: CompanyRequest) -> HttpResponse:
    role = request.membership.role
    shown = [(label, [card for card in cards if permits(role, card.permission)]) for label, cards in GROUPS]
    context = {"groups": [(label, cards) for label, cards in shown if cards], "title": "Reports"}
    return render(request, "reports/index.html", context)


@require_GET
@allowed("integration.manage")
def reconciliation(request: CompanyRequest) -> HttpResponse:
    """What the last comparison found and what each stream has brought; comparing itself is the Verify page's."""
    connection = connection_of(request.company)
    last = verify_report.last_verification(connection) if connection else None
    context: dict[str, Any] = {
        "connection": connection,
        "last": last,
        "streams": stream_rows(connection) if connection else [],
        "held": counting.found(connection.tenant_id) if connection else {},
        "compared": {},
        "title": "Reconciliation with Xero",
    }
    if last is not None:
        context |= {
            "is_under_way": verify_report.is_under_way(last),
            "open": verify_report.open_differences(last).count(),
            "books": verify_report.reconciliation(last),
            "compared": {row.stream: row for row in verify_report.stream_reports(last)},
        }
    return render(request, "reports/reconciliation.html", context)
