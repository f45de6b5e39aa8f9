"""Quotes as cards in the columns of their stages; moving a card moves the quote."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.roles import permits
from counterfoil.core.lifecycle import NAMES, Stage, moves_of
from counterfoil.crm.quotes import listing, services
from counterfoil.web.policy import allowed
from counterfoil.web.quotes.answering import attempted
from counterfoil.web.quotes.page import quote_or_404
from counterfoil.web.quotes.screen import stage_badge
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.showing import money_text

MOST = 20


@never_cache
@require_GET
@allowed("records.read")
def board(request: CompanyRequest) -> HttpResponse:
    return render(request, "quotes/board.html", _context(request, request.GET.get("owner") == "me"))


def _context(request: CompanyRequest, mine: bool) -> dict[str, Any]:  # the one thing that is chosen
    narrowed = {"owner": f"{request.user.pk}"} if mine else {}
    may_move = permits(request.membership.role, "quotes.edit")
    columns = [
        {"column": column, "cards": [_card(quote, may_move) for quote in column.quotes]}
        for column in listing.quotes_board(request.company.pk, narrowed, most=MOST)
    ]
    return {"columns": columns, "mine": mine, "title": "Quotes by stage"}


def _card(quote: Any, may_move: bool) -> dict[str, Any]:
    """A quote, and the stages that it may be moved to: none for an order."""
    ways = moves_of(quote.stage) if may_move and not quote.order_revision else {}
    moves = [(stage.value, NAMES[stage]) for stage in ways if stage != Stage.LOST]
    return {
        "quote": quote,
        "badge": stage_badge(quote),
        "moves": moves,
        "may_lose": Stage.LOST in ways,
        "to": " ".join(stage.value for stage in ways),
    }


@require_POST
@allowed("quotes.edit")
def move(request: CompanyRequest, pk: int) -> HttpResponse:
    """Lead a quote to the stage of another column; the answer is the board as it is then, sums included."""
    quote, mine = quote_or_404(request, pk), request.POST.get("owner") == "me"
    wanted, reason = request.POST.get("stage", ""), request.POST.get("reason", "")[:2000]
    _, refused = attempted(
        lambda: services.quote_move(quote, wanted, actor=request.user, at=request.at, reason=reason)
    )
    context = _context(request, mine) | {"refused": refused, "oob": True}
    said = refused or _said(request, quote, context["columns"])
    if request.htmx:
        return render(request, "quotes/board_live.html", context | {"said": said})
    (messages.error if refused else messages.success)(request, said)
    return redirect(f"{reverse('quotes-board')}{'?owner=me' if mine else ''}")


def _said(request: CompanyRequest, quote: Any, columns: list[dict[str, Any]]) -> str:
    """What a screen reader is told: where the card is, and what that column is worth now."""
    (column,) = [one["column"] for one in columns if one["column"].stage == quote.stage]
    worth = money_text(column.home_total, request.company.home_currency)
    return f"{quote.number} is in {column.name}: {column.count:,}, {worth}."
