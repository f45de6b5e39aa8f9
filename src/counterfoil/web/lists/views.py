from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.database.paging import Neighbours, Page, Totals
from counterfoil.web.days import today_of
from counterfoil.web.lists.screen import PAGE_SIZE, Column, Filter, ListQuery, Screen, query_read
from counterfoil.web.policy import View, allowed
from counterfoil.web.requests import CompanyRequest


def list_routes(screen: Screen, address: str, template: str = "lists/list.html") -> list[URLPattern]:
    """The list and its export."""
    return [
        path(f"{address}/", list_view(screen, template), name=screen.name),
        path(f"{address}/export.csv", export_view(screen), name=f"{screen.name}-export"),
    ]


def list_view(screen: Screen, template: str) -> View:
    """The whole page from `template`, or its results alone where these are narrowed on it."""

    @allowed("records.read")
    def show(request: CompanyRequest) -> HttpResponse:
        query = query_read(screen, request.GET.dict(), request.company)
        page, totals = screen.source.page(
            request.company.pk,
            _criteria(query, request.company),
            sort=query.sort,
            descending=query.descending,
            number=query.number,
            size=PAGE_SIZE,
        )
        context = _context(screen, query, page, totals, request)
        part = request.htmx and request.htmx.target == "list"
        return render(request, "lists/results.html" if part else template, context)

    return show


def export_view(screen: Screen) -> View:
    @allowed("records.export")
    def download(request: CompanyRequest) -> HttpResponseBase:
        query = query_read(screen, request.GET.dict(), request.company)
        rows = screen.source.every(
            request.company.pk,
            _criteria(query, request.company),
            sort=query.sort,
            descending=query.descending,
        )
        name = f"{request.company.slug}-{screen.name}-{today_of(request.company):%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            _csv(screen, rows, request),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return download


def neighbours_of(screen: Screen, request: CompanyRequest, pk: int) -> dict[str, Any]:
    """Where a record stands in the list it was opened from; empty when it was opened otherwise."""
    query = query_read(screen, request.GET.dict(), request.company)
    back = {"back": _address(screen, query.parameters()), "screen": screen}
    at = request.GET.get("at", "")
    if not at.isdecimal() or len(at) > 9:
        return back
    found = screen.source.neighbours(
        request.company.pk,
        _criteria(query, request.company),
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


def _criteria(query: ListQuery, company: OperatingCompany) -> dict[str, str]:
    return {**query.criteria, "today": f"{today_of(company)}"}


def _address(screen: Screen, parameters: str) -> str:
    return f"?{parameters}" if parameters else ""


def _context(
    screen: Screen, query: ListQuery, page: Page, totals: Totals, request: CompanyRequest
) -> dict[str, Any]:
    company = request.company
    return {
        "screen": screen,
        "query": query,
        "page": page,
        "heads": [_head(column, query) for column in screen.shown],
        "rows": _rows(screen, query, page, request),
        "foot": _foot(screen, totals, request) if totals.count else [],
        "filters": [_filter(one, query) for one in screen.filters],
        "is_narrowed": bool(query.criteria),
        "export_parameters": query.parameters(),
        "previous_page": query.parameters(page=page.number - 1) if page.number > 1 else None,
        "next_page": query.parameters(page=page.number + 1) if page.number < page.pages else None,
        "first_page": query.parameters(),
        "last_page": query.parameters(page=page.pages),
        "title": screen.title,
        "company": company,
    }


def _head(column: Column, query: ListQuery) -> dict[str, Any]:
    current = column.sortable and column.key == query.sort
    # A first click on a number shows the largest first: that is what one looks for.
    turn = not query.descending if current else column.numeric
    return {
        "column": column,
        "current": current,
        "direction": ("descending" if query.descending else "ascending") if current else "",
        "parameters": query.parameters(sort=column.key, descending=turn) if column.sortable else "",
    }


def _rows(screen: Screen, query: ListQuery, page: Page, request: CompanyRequest) -> list[SafeString]:
    """Rows as ready HTML: put together here, since a template takes three times as long over 400 cells.

    Every cell has been through format_html, and links are our own routes with an encoded query.
    """
    start = (page.number - 1) * page.size
    opening = [f'<td role="cell" class="{"num " if c.numeric else ""}at-{c.place}">' for c in screen.shown]
    rows = []
    for place, row in enumerate(page.rows):
        contents = [c.cell(row, request.company) for c in screen.shown if c.cell]
        if link := screen.link(row):
            address = f"{link}?{query.parameters(at=start + place)}"
            contents[0] = format_html('<a class="row-link" href="{}">{}</a>', address, contents[0])
        rows.append(mark_safe("".join(f"{tag}{c}</td>" for tag, c in zip(opening, contents, strict=True))))  # noqa: S308
    return rows


def _foot(screen: Screen, totals: Totals, request: CompanyRequest) -> list[Any]:
    if not any(column.total for column in screen.columns):
        return []
    return [(c, c.total(totals, request.company) if c.total else "") for c in screen.shown]


def _filter(one: Filter, query: ListQuery) -> dict[str, Any]:
    return {
        "key": one.key,
        "label": one.label,
        "toggle": one.toggle,
        "choices": query.choices[one.key],
        "value": query.criteria.get(one.key, ""),
    }


class _Echo:
    """A file for the csv module that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _csv(screen: Screen, rows: Iterator[Any], request: CompanyRequest) -> Iterator[str]:
    writer = csv.writer(_Echo())
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    yield "\ufeff" + writer.writerow([column.label for column in screen.columns])
    for row in rows:
        yield writer.writerow([csv_safe(c.text(row, request.company)) for c in screen.columns])


def csv_safe(value: object) -> object:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
