from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from counterfoil.accounts.saved_views import views_of
from counterfoil.crm.quotes.selectors import margin_is_shown, quote_settings_of
from counterfoil.database.paging import Neighbours, Source
from counterfoil.web.lists.bulk import bulk_view
from counterfoil.web.lists.context import list_context
from counterfoil.web.lists.criteria import criteria_of
from counterfoil.web.lists.exporting import FORMATS, csv_safe, export_answer
from counterfoil.web.lists.query import EVERYTHING, ListQuery, query_read
from counterfoil.web.lists.saved import address_of, opening_view, views_view
from counterfoil.web.lists.screen import PAGE_SIZE, Screen
from counterfoil.web.policy import View, allowed
from counterfoil.web.requests import CompanyRequest

# `csv_safe` for other exports: their texts are as safe as those of lists.
__all__ = ["csv_safe", "export_view", "list_routes", "list_view", "neighbours_of"]


def list_routes(screen: Screen, address: str, template: str = "lists/list.html") -> list[URLPattern]:
    """The list, its exports, what is done to chosen rows, its saved views."""
    chosen = [path(f"{address}/chosen", bulk_view(screen), name=f"{screen.name}-chosen")]
    return [
        path(f"{address}/", list_view(screen, template), name=screen.name),
        *(
            path(f"{address}/export.{kind}", export_view(screen, kind), name=f"{screen.name}-{kind}")
            for kind in FORMATS
        ),
        *(chosen if screen.is_of_records else ()),
        path(f"{address}/views", views_view(screen), name=f"{screen.name}-views"),
    ]


def list_view(screen: Screen, template: str) -> View:
    """The whole page from `template`, or its results alone where these are narrowed on it."""

    @allowed("records.read")
    def show(request: CompanyRequest) -> HttpResponse:
        query = query_read(screen_for(screen, request), request.GET, request.company)
        saved = views_of(request.membership, screen.name)
        if first := opening_view(query, saved, request):
            return redirect(f"{request.path}?{address_of(first)}")
        if query.view not in (EVERYTHING, *(f"{view.pk}" for view in saved)):
            query = replace(query, view="")
        criteria = criteria_of(query, request.company)
        page, totals = query.screen.source.page(
            request.company.pk,
            criteria,
            sort=query.sort,
            descending=query.descending,
            number=query.number,
            size=PAGE_SIZE,
            also=[column.key for column in query.shown],
        )
        context = list_context(query, criteria, page, totals, saved, request)
        if not (request.htmx and request.htmx.target == "list"):
            return render(request, template, context)
        answer = render(request, "lists/part.html", context)
        answer["HX-Push-Url"] = f"{request.path}?{query.parameters()}".removesuffix("?")
        return answer

    return show


def export_view(screen: Screen, kind: str) -> View:
    @allowed("records.export")
    def download(request: CompanyRequest) -> HttpResponseBase:
        query = query_read(screen_for(screen, request), request.GET, request.company)
        rows = query.screen.source.every(
            request.company.pk,
            criteria_of(query, request.company),
            sort=query.sort,
            descending=query.descending,
        )
        return export_answer(kind, query.screen, rows, request)

    return download


def screen_for(screen: Screen, request: CompanyRequest) -> Screen:
    """The list as this person's role may see it."""
    if screen.for_margins is None:
        return screen
    sees = margin_is_shown(quote_settings_of(request.company), request.membership.role)
    return screen.for_margins if sees else screen


def neighbours_of(screen: Screen, request: CompanyRequest, pk: int) -> dict[str, Any]:
    """Where a record stands in the list it was opened from; empty when it was opened otherwise."""
    query = query_read(screen, request.GET, request.company)
    parameters = query.parameters()
    back = {"back": f"?{parameters}" if parameters else "", "screen": screen}
    at = request.GET.get("at", "")
    if not at.isdecimal() or len(at) > 9:
        return back
    if not isinstance(screen.source, Source):
        return back
    found = screen.source.neighbours(
        request.company.pk,
        criteria_of(query, request.company),
        sort=query.sort,
        descending=query.descending,
        position=int(at),
        pk=pk,
    )
    return back | (_stepping(query, found) if found else {})


def _stepping(query: ListQuery, found: Neighbours) -> dict[str, Any]:
    number = found.position // PAGE_SIZE + 1
    return {
        "neighbours": found,
        "place": found.position + 1,
        "previous_parameters": query.parameters(at=found.position - 1),
        "next_parameters": query.parameters(at=found.position + 1),
        "kept": query.parameters(at=found.position),
        "back_parameters": query.parameters(page=number if number > 1 else ""),
    }
