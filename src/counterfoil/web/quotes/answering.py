"""How every change of a quote is answered: its live parts to htmx, the page to a browser without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.crm.quotes.services import QuoteRefused
from counterfoil.web.quotes.page import page_context, quote_or_404
from counterfoil.web.requests import CompanyRequest

Deed = Callable[[], Any]


def attempted(deed: Deed) -> tuple[Any, str]:
    """What the deed gave and "", or None and the sentence that refused it."""
    try:
        return deed(), ""
    except QuoteRefused as refusal:
        return None, str(refusal)


def changed(
    request: CompanyRequest, pk: int, deed: Deed, *, said: str = "", event: str = "", part: str = "live"
) -> HttpResponse:
    """Do it, then show the quote as it is now. `event` tells the page what became of it, with the result's id."""
    result, refused = attempted(deed)
    if not request.htmx:
        if refused:
            messages.error(request, refused)
        elif said:
            messages.success(request, said)
        return redirect("quote", pk=pk)
    context = page_context(request, quote_or_404(request, pk)) | {"refused": refused, "oob": True}
    rows = context["rows"]
    if part == "added" and len(rows) < 2:
        part = "live"  # the first line takes the place of the words that say there is none
    if part in ("row", "added") and not refused:
        context["changed"] = next((row for row in rows if row.line.pk == result.pk), None)
    else:
        part = "live"
    answer = render(request, f"quotes/{part}.html", context)
    if event:
        told = (
            {"quote-refused": {"event": event}} if refused else {event: {"id": getattr(result, "pk", None)}}
        )
        answer["HX-Trigger-After-Settle"] = json.dumps(told)
    return answer
