from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from counterfoil.changes.selectors import audit_log
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.settings.index import entries_for, labels, words

KINDS = (
    (
        "settings",
        "Settings",
        ("integration.settings", "integration.app", "quotes.settings", "company.", "member."),
    ),
    ("connection", "Connection", ("connection.", "sync.", "webhook")),
    ("all", "Everything", ()),
)
_A_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One entry of the log: what was said, and each value before and after."""

    entry: Any
    changes: list[tuple[str, str, str]]


@require_GET
@allowed("integration.manage")
def settings(request: CompanyRequest) -> HttpResponse:
    wanted = request.GET.get("q", "")[:100]
    groups = entries_for(request.membership.role, wanted)
    context = {"groups": groups, "wanted": wanted, "title": "All settings"}
    part = getattr(request, "htmx", False)
    return render(request, "settings/found.html" if part else "settings/settings.html", context)


@require_GET
@allowed("integration.manage")
def log(request: CompanyRequest) -> HttpResponse:
    kind = request.GET.get("kind", "settings")
    actions = next((actions for key, _, actions in KINDS if key == kind), KINDS[0][2])
    page: Any = Paginator(audit_log(request.company, actions), _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [Line(entry, _changes(entry.detail)) for entry in page],
        "kinds": [(key, label) for key, label, _ in KINDS],
        "kind": kind,
        "title": "Change log",
    }
    return render(request, "settings/log.html", context)


def _changes(detail: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Label, before, after of each value that an entry keeps as a pair, worded as on the page it is set on."""
    if detail.keys() == {"before", "after"}:
        detail = {"ledger_label": [detail["before"], detail["after"]]}
    names, said = labels(), words()
    lines = []
    for name, pair in detail.items():
        if isinstance(pair, list) and len(pair) == 2:
            before, after = (said.get(name, {}).get(str(value), str(value)) for value in pair)
            lines.append((names.get(name, name.replace("_", " ").capitalize()), before, after))
    return lines
