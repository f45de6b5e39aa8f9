"""How every change of a quote is answered: its live parts to htmx, the page to a browser without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.crm.quotes.selectors import quote_lines
from counterfoil.crm.quotes.services import QuoteRefused
from counterfoil.web.quotes.page import head_context, lines_context, page_context, quote_or_404
from counterfoil.web.requests import CompanyRequest

Deed = Callable[[], Any]


def attempted(deed: Deed) -> tuple[Any, str]:
    """What the deed gave and "", or None and the sentence that refused it."""
    try:
        return deed(), ""
    except QuoteRefused as refusal:
        return None, str(refusal)


def changed(
    request: CompanyRequest, quote: Any, deed: Deed, *, said: str = "", event: str = "", part: str = "live"
) -> HttpResponse:
    """Do it, then answer with the part of the quote that it changed, as it is now.

    `part` is "live" for everything, "row" or "added" for the line that the deed gives, "order_live" when lines
    only changed places, "head" when the head did. A refused deed answers with everything.
    `event` tells the page what became of it: the result's id, and the lines' order when it may be another.
    """
    result, refused = attempted(deed)
    if not request.htmx:
        if refused:
            messages.error(request, refused)
        elif said:
            messages.success(request, said)
        return redirect("quote", pk=quote.pk)
    if refused:
        quote, part = quote_or_404(request, quote.pk), "live"
    if part == "added" and result.position == 1:
        part = "live"  # the first line takes the place of the words that say there is none
    if part == "order_live" and not quote_lines(quote):
        part = "live"  # and these words that of the last
    context = _CONTEXTS[part](request, quote, result) | {"refused": refused, "oob": True}
    answer = render(request, f"quotes/{part}.html", context)
    if event:
        told: dict[str, Any] = {"id": getattr(result, "pk", None)}
        if part == "order_live":
            told["order"] = [line.pk for line in quote_lines(quote)]
        answer["HX-Trigger-After-Settle"] = json.dumps(
            {"quote-refused": {"event": event}} if refused else {event: told}
        )
    return answer


_CONTEXTS: dict[str, Callable[[CompanyRequest, Any, Any], dict[str, Any]]] = {
    "live": lambda request, quote, _: page_context(request, quote),
    "head": lambda request, quote, _: head_context(request, quote),
    "order_live": lambda request, quote, _: lines_context(request, quote),
    "row": lambda request, quote, line: lines_context(request, quote, line.pk),
    "added": lambda request, quote, line: lines_context(request, quote, line.pk),
}
