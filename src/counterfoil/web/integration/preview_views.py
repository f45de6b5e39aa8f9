"""What a first import would bring, before it begins (SY-8)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import previews, selectors
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

SETTINGS = {
    "missing_records": "companies are made",
    "b2c_mode": "consumers are told",
    "street_fallback": "the street stands in",
    "import_unflagged": "taken in",
}
# Reason → what happens, and the import setting that decides it ("" when none does).
COMES_IN = (
    ("sales_ledgers", "become customers", ""),
    ("purchase_ledgers", "become suppliers", ""),
    ("companies", "get a company of their own", "missing_records"),
    ("without_company", "wait without a company", "missing_records"),
    ("consumers", "are taken as consumers (B2C), hidden from lists by default", "b2c_mode"),
    ("street_only", "have a street address alone", "street_fallback"),
    ("duplicate_names", "share their name with another one; each stays itself", ""),
    ("needed", "of these are archived or unflagged, and come in because documents are theirs", ""),
)
STAYS_OUT = (
    ("out_archived", "are archived in Xero", ""),
    ("out_unflagged", "are neither customer nor supplier", "import_unflagged"),
    ("out_gdpr", "asked to be forgotten", ""),
    ("refused", "records of any kind cannot be read and would be set aside", ""),
)


@never_cache
@require_GET
@allowed("integration.manage")
def preview(request: CompanyRequest) -> HttpResponse:
    """The live part; once the count has ended the whole page is worth showing afresh."""
    found = shown(previews.preview_of(request.company))
    if found is None or not found["is_running"]:
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, "integration/preview.html", {"preview": found})


@require_POST
@allowed("integration.manage")
def preview_again(request: CompanyRequest) -> HttpResponse:
    found = previews.preview_of(request.company)
    if found is None:
        messages.info(request, "The import has begun already.")
    else:
        previews.preview_request(found.connection, actor=request.user, at=request.at)
    return redirect("xero")


@require_POST
@allowed("integration.manage")
def import_now(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    if connection is None or not previews.import_begin(connection, actor=request.user, at=request.at):
        messages.info(request, "There was nothing to begin.")
    else:
        messages.success(request, "The import begins in a moment. You can watch it here, or close the page.")
    return redirect("xero")


def shown(found: Any) -> dict[str, Any] | None:
    """A count as the page shows it."""
    if found is None:
        return None
    chosen = import_settings_of(found.connection.operating_company)
    return {
        "one": found,
        "is_running": found.state in ("waiting", "running"),
        "streams": found.streams,
        "groups": [
            ("Customers and suppliers that come in", _rows(found, COMES_IN, chosen)),
            ("What stays out", _rows(found, STAYS_OUT, chosen)),
        ],
    }


def _rows(found: Any, kinds: Any, chosen: Any) -> list[dict[str, Any]]:
    return [
        {
            "count": found.reasons[reason],
            "words": words,
            "names": found.names.get(reason, []),
            "setting": SETTINGS.get(setting, ""),
            "value": _value(chosen, setting),
        }
        for reason, words, setting in kinds
        if found.reasons.get(reason)
    ]


def _value(chosen: Any, setting: str) -> str:
    if not setting:
        return ""
    value = getattr(chosen, setting)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(getattr(chosen, f"get_{setting}_display")())
