from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import connections, selectors, wiring, xero_apps
from counterfoil.sync.epochs import ConnectRefused
from counterfoil.web.integration.connecting_forms import AppForm, CustomForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

PENDING = "xero_choice"
ROLES = ("primary", "secondary")
WAYS = ("web", "custom")


@never_cache
@allowed("integration.manage")
def guide(request: CompanyRequest) -> HttpResponse:
    """CN-7, CN-8: how to register an app with Xero, and where its id and secret go."""
    given = request.POST if request.method == "POST" else request.GET
    way = given.get("way", "web") if given.get("way") in WAYS else "web"
    role = _role(given)
    form = _form(request, way)
    if request.method == "POST" and form.is_valid():
        try:
            return _custom_connect(request, form, role) if way == "custom" else _app_kept(request, form, role)
        except xero_apps.AppRefused as refused:
            form.add_error(refused.field or None, str(refused))
        except ConnectRefused as refused:
            form.add_error(None, str(refused))
    return render(
        request,
        "integration/guide.html",
        _guide(request, form, way, role),
        status=400 if form.errors else 200,
    )


def _guide(request: CompanyRequest, form: Any, way: str, role: str) -> dict[str, Any]:
    chosen = xero_apps.app_chosen(request.company)
    shown = form["scopes"].value() or "granular"
    return {
        "form": form,
        "way": way,
        "role": role,
        "chosen": chosen,
        "redirect_uri": wiring.redirect_uri(),
        "redirect_problem": wiring.redirect_problem(),
        "scopes": selectors.scopes_in_words(way, shown),
        "scope_text": " ".join(xero_apps.scopes_asked(way, shown)),
        "connection": selectors.connection_of(request.company),
        "title": "Connect to Xero",
        "tab": "connect",
    }


def _form(request: CompanyRequest, way: str) -> Any:
    data = request.POST if request.method == "POST" else None
    if way == "custom":
        return CustomForm(data)
    chosen = xero_apps.app_chosen(request.company)
    initial = {"client_id": chosen.client_id, "scopes": chosen.scopes} if chosen else {}
    initial["for_all"] = chosen is not None and chosen.source == "installation"  # type: ignore[assignment]
    return AppForm(data, initial=initial, may_set_for_all=xero_apps.may_set_for_all(request.user))


def _app_kept(request: CompanyRequest, form: AppForm, role: str) -> HttpResponse:
    xero_apps.app_save(request.company, actor=request.user, at=request.at, **form.cleaned_data)
    messages.success(request, "The app was saved, its secret sealed. Now connect an organisation with it.")
    return redirect(f"{reverse('xero-guide')}?role={role}")


def _custom_connect(request: CompanyRequest, form: CustomForm, role: str) -> HttpResponse:
    outcome = connections.custom_connect(
        request.company,
        request.user,
        session_key=_session(request),
        at=request.at,
        role=role,
        look_first="look_first" in request.POST,
        **form.cleaned_data,
    )
    if outcome.problem:
        form.add_error(None, outcome.problem)
        return render(request, "integration/guide.html", _guide(request, form, "custom", role), status=400)
    return _settle(request, outcome)


@require_POST
@allowed("integration.manage")
def connect(request: CompanyRequest) -> HttpResponse:
    role = _role(request.POST)
    try:
        if "again" in request.POST or "renew" in request.POST:
            outcome = connections.custom_again(
                request.company, request.user, session_key=_session(request), at=request.at, role=role
            )
            if outcome is not None:
                return _settle(request, outcome, refused=f"{reverse('xero-guide')}?way=custom&role={role}")
        address = connections.connect_begin(
            request.company,
            request.user,
            session_key=_session(request),
            at=request.at,
            role=role,
            renew="renew" in request.POST,
            look_first="look_first" in request.POST,
        )
    except ConnectRefused as refusal:
        messages.error(request, str(refusal))
        if xero_apps.app_chosen(request.company) is None:
            return redirect(f"{reverse('xero-guide')}?role={role}")
        return redirect("xero")
    return redirect(address)


@never_cache
@require_GET
@allowed("integration.manage")
def callback(request: CompanyRequest) -> HttpResponse:
    outcome = connections.connect_finish(
        request.GET.dict(), user=request.user, session_key=_session(request), at=request.at
    )
    return _settle(request, outcome)


@never_cache
@allowed("integration.manage")
def choose(request: CompanyRequest) -> HttpResponse:
    """Of several organisations one is picked (CN-4); another one than before has its name typed (CN-6)."""
    pending = request.session.get(PENDING)
    if not pending:
        return redirect("xero")
    if request.method != "POST":
        template = "integration/switch.html" if pending.get("switch") else "integration/choose.html"
        return render(request, template, {**pending, "title": "Choose an organisation"})
    del request.session[PENDING]
    outcome = connections.connect_choose(
        pending["state"],
        request.POST.get("tenant_id", ""),
        user=request.user,
        session_key=_session(request),
        at=request.at,
        typed_name=request.POST.get("typed_name", ""),
    )
    return _settle(request, outcome)


def _settle(
    request: CompanyRequest, outcome: connections.ConnectOutcome, *, refused: str = "xero"
) -> HttpResponse:
    if outcome.choices:
        request.session[PENDING] = {"state": outcome.attempt_state, "choices": outcome.choices}
        return redirect("xero-choose")
    if outcome.switch is not None:
        switch = outcome.switch
        request.session[PENDING] = {
            "state": outcome.attempt_state,
            "switch": {"tenant_id": switch.tenant_id, "name": switch.name, "former": switch.former},
            "mistyped": switch.mistyped,
        }
        return redirect("xero-choose")
    if outcome.connection is None:
        messages.error(request, outcome.problem)
        return redirect(refused)
    held = outcome.connection.state == "paused"
    begins = "It is counted what would come in; nothing is imported yet." if held else "Reading begins now."
    messages.success(request, f"Connected to {outcome.connection.organisation_name}. {begins}")
    return redirect("xero")


def _role(given: Any) -> str:
    return "secondary" if given.get("role") == "secondary" else "primary"


def _session(request: CompanyRequest) -> str:
    if request.session.session_key is None:
        request.session.save()
    return str(request.session.session_key)
