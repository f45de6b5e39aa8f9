from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from counterfoil.core.b2c import BadPattern
from counterfoil.crm.customers.services import ledgers_hit_by
from counterfoil.sync.selectors import connection_of
from counterfoil.sync.services import import_settings_save
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.integration.foreseen import foreseen
from counterfoil.web.integration.forms import ImportSettingsForm, initial_of
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

HITS_SHOWN = 40


@allowed("integration.manage")
def import_settings(request: CompanyRequest) -> HttpResponse:
    """Two steps: what would change is counted and shown, then saved."""
    company = request.company
    stored = import_settings_of(company)
    initial = initial_of(company, stored)
    form = ImportSettingsForm(request.POST or None, company=company, initial=initial)
    if request.method == "POST" and "again" not in request.POST and form.is_valid():
        if not form.changed_data:
            messages.info(request, "Nothing was changed.")
            return redirect("xero-settings")
        if "confirmed" not in request.POST:
            return foreseen(request, form, back="xero-settings", tab="settings")
        import_settings_save(company, form.cleaned_data, actor=request.user, at=request.at)
        messages.success(request, "The import settings were saved.")
        return redirect("xero-settings")
    context: dict[str, Any] = {
        "form": form,
        "connection": connection_of(company),
        "title": "Import settings",
        "tab": "settings",
        **_hits(request, str(form["b2c_pattern"].value() or "")),
    }
    return render(request, "integration/settings.html", context, status=400 if form.errors else 200)


@require_GET
@allowed("integration.manage")
def b2c_hits(request: CompanyRequest) -> HttpResponse:
    """Which customers a pattern hits now, while it is typed."""
    context = _hits(request, request.GET.get("b2c_pattern", "")[:400])
    return render(request, "integration/hits.html", context)


def _hits(request: CompanyRequest, pattern: str) -> dict[str, Any]:
    try:
        names = ledgers_hit_by(request.company, pattern)
    except BadPattern as bad:
        return {"pattern": pattern, "pattern_problem": str(bad)}
    return {
        "pattern": pattern,
        "hits": names[:HITS_SHOWN],
        "hit_count": len(names),
        "more": len(names) - HITS_SHOWN,
    }
