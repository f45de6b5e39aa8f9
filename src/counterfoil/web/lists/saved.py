"""Saved views of a list: the row of them above it, and keeping, changing and forgetting them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterfoil.accounts import saved_views
from counterfoil.accounts.roles import permits
from counterfoil.accounts.saved_views import SavedView, ViewRefused
from counterfoil.web.lists.query import EVERYTHING, ListQuery, key_read, query_read
from counterfoil.web.lists.screen import Screen
from counterfoil.web.policy import View, allowed
from counterfoil.web.requests import CompanyRequest


def views_context(query: ListQuery, saved: list[SavedView], request: CompanyRequest) -> dict[str, Any]:
    current = next((view for view in saved if f"{view.pk}" == query.view), None)
    return {
        "tabs": [_tab(view, query, request) for view in saved],
        "view": current,
        "view_is_ours": bool(current and saved_views.may_change(current, request.membership)),
        "view_is_changed": bool(current and _differs(query, current)),
        "everything": f"view={EVERYTHING}" if any(view.opens for view in saved) else "",
        "may_share_views": permits(request.membership.role, "views.share"),
        "name_at_most": saved_views.NAME_AT_MOST,
    }


def _tab(view: SavedView, query: ListQuery, request: CompanyRequest) -> dict[str, Any]:
    return {
        "view": view,
        "current": f"{view.pk}" == query.view,
        "changed": f"{view.pk}" == query.view and _differs(query, view),
        "parameters": address_of(view),
        "mine": view.owner_id == request.user.pk,
    }


def address_of(view: SavedView) -> str:
    return f"{view.parameters}&view={view.pk}" if view.parameters else f"view={view.pk}"


def opening_view(query: ListQuery, saved: list[SavedView], request: CompanyRequest) -> SavedView | None:
    """The view that this person's list opens with, when its bare address was asked for."""
    if request.GET or request.htmx:
        return None
    return next((view for view in saved if view.opens), None)


def _differs(query: ListQuery, view: SavedView) -> bool:
    return set(parse_qsl(query.parameters(view=""))) != set(parse_qsl(view.parameters))


def views_view(screen: Screen) -> View:
    """Save what is shown as a view, or change the view it is shown in; back to the list either way."""

    @require_POST
    @allowed("records.read")
    def change(request: CompanyRequest) -> HttpResponse:
        query = query_read(screen, request.GET, request.company)
        address = reverse(screen.name)
        try:
            parameters, said = _acted(query, request)
        except ViewRefused as refusal:
            messages.error(request, str(refusal))
            parameters = query.parameters()
        else:
            messages.success(request, said)
        return redirect(f"{address}?{parameters}" if parameters else address)

    return change


def _acted(query: ListQuery, request: CompanyRequest) -> tuple[str, str]:
    """Do what was asked for; where to go on, and what to say."""
    act, name, shared = request.POST.get("act", ""), request.POST.get("name", ""), "shared" in request.POST
    shown, by = query.parameters(view=""), request.membership
    if act == "save":
        made = saved_views.view_save(
            by, list_name=query.screen.name, name=name, parameters=shown, shared=shared, at=request.at
        )
        return address_of(made), f"{made.name} was saved."
    view = _view(query, request)
    if act == "change":
        saved_views.view_change(view, by, name=name, shared=shared)
        return query.parameters(), f"{view.name} was changed."
    if act == "replace":
        saved_views.view_replace(view, by, shown)
        return address_of(view), f"{view.name} shows this from now on."
    if act == "delete":
        saved_views.view_delete(view, by)
        return query.parameters(view=""), f"{view.name} was deleted. No record was touched."
    return query.parameters(), _opened(view, request)


def _opened(view: SavedView, request: CompanyRequest) -> str:
    wanted = request.POST.get("act") == "first"
    saved_views.view_open_first(view, request.membership, wanted=wanted)
    return (
        f"The list opens with {view.name} for you." if wanted else "The list opens with everything for you."
    )


def _view(query: ListQuery, request: CompanyRequest) -> SavedView:
    key = key_read(request.POST.get("view", ""))
    view = saved_views.view_of(request.membership, query.screen.name, key) if key else None
    if view is None or request.POST.get("act") not in ("change", "replace", "delete", "first", "not-first"):
        raise ViewRefused("That view is not there any more: somebody deleted it or stopped sharing it.")
    return view
