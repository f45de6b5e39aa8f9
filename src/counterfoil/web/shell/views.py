from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.passwords import PasswordRefused, password_change
from counterfoil.accounts.services import preferences_save
from counterfoil.web.middleware import CHOSEN
from counterfoil.web.policy import allowed, signed_in
from counterfoil.web.requests import CompanyRequest, PersonRequest
from counterfoil.web.shell.finding import found_for
from counterfoil.web.sign_in.forms import ChangePasswordForm


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
    return _preferences_page(request, ChangePasswordForm())


@require_POST
@sensitive_post_parameters("old", "password")
@signed_in
def password(request: PersonRequest) -> HttpResponseBase:
    """Change one's own; other browsers have to sign in again, this one stays."""
    form = ChangePasswordForm(request.POST)
    if form.is_valid():
        try:
            password_change(request.user, old=form.cleaned_data["old"], new=form.cleaned_data["password"])
        except PasswordRefused as refusal:
            form.add_error("password", str(refusal))
        else:
            update_session_auth_hash(request, request.user)
            messages.success(request, "Your password was changed. Other browsers have to sign in again.")
            return redirect("preferences")
    return _preferences_page(request, form, status=400)


def _preferences_page(request: PersonRequest, form: ChangePasswordForm, status: int = 200) -> HttpResponse:
    zones = sorted(
        name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc")
    )
    context: dict[str, Any] = {"zones": zones, "form": form, "title": "Your settings"}
    return render(request, "shell/preferences.html", context, status=status)


def _back(request: PersonRequest) -> str:
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if safe else reverse("preferences")
