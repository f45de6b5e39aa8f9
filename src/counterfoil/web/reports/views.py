from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from counterfoil.web.policy import allowed
from counterfoil.web.reports.index import GROUPS
from counterfoil.web.requests import CompanyRequest


@require_GET
@allowed("records.read")
def reports(request: CompanyRequest) -> HttpResponse:
    groups = [(label, [(screen, reverse(screen.name)) for screen in screens]) for label, screens in GROUPS]
    return render(request, "reports/index.html", {"groups": groups, "title": "Reports"})
