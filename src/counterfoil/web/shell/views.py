from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.services import preferences_save
from counterfoil.web.middleware import CHOSEN
from counterfoil.web.policy import allowed, signed_in
from counterfoil.web.requests import CompanyRequest, PersonRequest
from counterfoil.web.shell.finding import found_for


@require_GET
@allowed("records.read")
def search(request: CompanyRequest) -> HttpResponse:
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    groups = found_for(request.company, request.membership.role, wanted) if wanted else []
    context = {"groups": groups, "searched": wanted, "title": "Search"}
    return render(request, "shell/found.html" if request.htmx else "shell/search.html", context)


@require_POST
@signed_in
def company_switch(request: PersonRequest) -> HttpResponse:
    """Only to a company one works in; the list one came from is not the other company's business."""
    wanted = request.POST.get("company", "")
    for membership in request.memberships:
        if str(membership.operating_company_id) == wanted:
            request.session[CHOSEN] = membership.operating_company_id
            return redirect("home")
    raise Http404


@signed_in
def preferences(request: PersonRequest) -> HttpResponseBase:
    if request.method == "POST":
        theme = request.POST.get("theme", request.user.theme)
        zone = request.POST.get("time_zone", request.user.time_zone)
        try:
            preferences_save(request.user, theme=theme, time_zone=zone)
        except ValueError:
            messages.error(request, "That theme or time zone does not exist. Nothing was changed.")
        return redirect(_back(request))
    zones = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc")
    )
    context: dict[str, Any] = {"zones": zones, "title": "Your settings"}
    return render(request, "shell/preferences.html", context)


def _back(request: PersonRequest) -> str:
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if safe else reverse("preferences")
