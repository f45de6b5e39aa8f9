from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from counterfoil.web.dashboard.page import page_context
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@never_cache
@require_GET
@allowed("records.read")
def dashboard(request: CompanyRequest) -> HttpResponse:
    return render(request, "dashboard/dashboard.html", page_context(request))
