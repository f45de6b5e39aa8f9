"""What a change of the import settings does, counted and shown before it is saved; for every page that has some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from counterfoil.sync.foreseeing import import_settings_foreseen
from counterfoil.sync.selectors import connection_of
from counterfoil.web.requests import CompanyRequest


@dataclass(frozen=True)
class Change:
    """Settings that belong together, as they were and as they would be, and what that does."""

    rows: list[tuple[str, str, str]]
    sentences: list[str]


def foreseen(request: CompanyRequest, form: Any, *, back: str, tab: str) -> HttpResponse:
    """The page between a form of import settings and saving it; `back` names the page of the form."""
    effects = import_settings_foreseen(request.company, form.cleaned_data)
    changes = [
        Change([_row(form, name) for name in effect.settings], effect.sentences)
        for effect in effects
        if effect.settings
    ]
    context = {
        "changes": changes,
        "further": [sentence for effect in effects if not effect.settings for sentence in effect.sentences],
        "given": [(name, value) for name, value in request.POST.items() if name in form.fields],
        "connection": connection_of(request.company),
        "title": "What this changes",
        "tab": tab,
        "back": back,
    }
    return render(request, "integration/settings_preview.html", context)


def _row(form: Any, name: str) -> tuple[str, str, str]:
    field = form.fields[name]
    return (str(field.label), _shown(field, form.initial.get(name)), _shown(field, form.cleaned_data[name]))


def _shown(field: Any, value: Any) -> str:
    """A value as the form words it."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    words = dict(getattr(field, "choices", ()))
    return str(
        words.get(str(getattr(value, "pk", value) or ""), value if value not in (None, "") else "Empty")
    )
