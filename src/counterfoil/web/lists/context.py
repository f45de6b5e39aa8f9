"""What the templates of a list are given: heads, rows, foot, choices, the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from counterfoil.accounts.roles import permits
from counterfoil.accounts.saved_views import SavedView
from counterfoil.database.paging import Criteria, Page, Totals
from counterfoil.web.lists.query import ListQuery
from counterfoil.web.lists.saved import views_context
from counterfoil.web.lists.screen import Bulk, Column, Filter
from counterfoil.web.requests import CompanyRequest


def list_context(
    query: ListQuery,
    criteria: Criteria,
    page: Page,
    totals: Totals,
    saved: list[SavedView],
    request: CompanyRequest,
) -> dict[str, Any]:
    screen = query.screen
    may = partial(permits, request.membership.role)
    return {
        "screen": screen,
        "query": query,
        "page": page,
        "heads": [_head(column, query) for column in query.shown],
        "rows": _rows(query, page, request),
        "foot": _foot(query, totals, request) if totals.count else [],
        "filters": [_filter(one, query) for one in screen.filters],
        "narrowed_by": query.narrowed_by,
        "choosable": _choosable(query),
        "bulk": [_bulk(one, query) for one in screen.bulk if may(one.permission)],
        "begin": begin if (begin := screen.empty.begin) and may(begin.permission) else None,
        "is_narrowed": bool(query.criteria),
        "parameters": query.parameters(),
        "previous_page": query.parameters(page=page.number - 1) if page.number > 1 else None,
        "next_page": query.parameters(page=page.number + 1) if page.number < page.pages else None,
        "first_page": query.parameters(),
        "last_page": query.parameters(page=page.pages),
        "title": screen.title,
        "chart": screen.chart(totals, request.company) if screen.chart and totals.count else None,
        "said": screen.said(criteria, request.company) if screen.said else "",
        "company": request.company,
        **views_context(query, saved, request),
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


def _rows(query: ListQuery, page: Page, request: CompanyRequest) -> list[SafeString]:
    """Rows as ready HTML: put together here, since a template takes three times as long over 400 cells.

    Every cell has been escaped (`cells`), and links are our own routes with an encoded query.
    """
    start, shown = (page.number - 1) * page.size, query.shown
    opening = [_opening(column, label=bool(query.columns)) for column in shown]
    parameters = query.parameters()
    kept = f"{parameters}&" if parameters else ""
    rows = []
    for place, row in enumerate(page.rows):
        contents = [c.cell(row, request.company) for c in shown if c.cell]
        if not query.screen.is_of_records:
            rows.append(_row(contents, opening))
            continue
        if link := query.screen.link(row):
            address = f"{link}?{kept}at={start + place}"
            contents[0] = format_html('<a class="row-link" href="{}">{}</a>', address, contents[0])
        cells = "".join(f"<td {tag}{c}</td>" for tag, c in zip(opening, contents, strict=True))
        key = int(row.pk)
        rows.append(mark_safe(f'{_tick(key)}<td id="row-{key}" {cells.removeprefix("<td ")}'))  # noqa: S308
    return rows


def _row(contents: Sequence[SafeString], opening: Sequence[str]) -> SafeString:
    """A row of a report: it has no record of its own to choose or to open."""
    cells = (f"<td {tag}{content}</td>" for tag, content in zip(opening, contents, strict=True))
    return mark_safe("".join(cells))  # noqa: S308


def _opening(column: Column, *, label: bool) -> str:
    """Chosen columns are shown on a narrow screen too, one below the other, so they say there what they are."""
    named = format_html(' data-label="{}"', column.label) if label and column.place == "more" else ""
    return f'role="cell" class="{"num " if column.numeric else ""}at-{column.place}"{named}>'


def _tick(key: int) -> str:
    """The box that chooses a row. It is called what the row's first cell says."""
    return (
        f'<td role="cell" class="at-check"><label class="tick"><input type="checkbox" name="row" value="{key}" '
        f'form="bulk" aria-labelledby="row-{key}"></label></td>'
    )


def _foot(query: ListQuery, totals: Totals, request: CompanyRequest) -> list[Any]:
    if not any(column.total for column in query.shown):
        return []
    return [(c, c.total(totals, request.company) if c.total else "") for c in query.shown]


def _filter(one: Filter, query: ListQuery) -> dict[str, Any]:
    return {
        "key": one.key,
        "label": one.label,
        "toggle": one.toggle,
        "choices": query.choices[one.key],
        "value": query.criteria.get(one.key, ""),
    }


def _choosable(query: ListQuery) -> list[dict[str, Any]]:
    """The columns one can show or leave out, each with whether it is shown now and whether it usually is."""
    screen, shown = query.screen, [column.key for column in query.shown]
    return [
        {"column": c, "shown": c.key in shown, "usual": c.key in screen.usual}
        for c in screen.columns
        if c.cell and c.key not in screen.always
    ]


def _bulk(one: Bulk, query: ListQuery) -> dict[str, Any]:
    choices = query.choices[one.ask.filter][1:] if one.ask and one.ask.filter else None
    return {"one": one, "choices": choices}
