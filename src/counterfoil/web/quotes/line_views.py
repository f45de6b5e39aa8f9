from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.roles import permits
from counterfoil.core.lifecycle import Act
from counterfoil.crm.products import listing as products
from counterfoil.crm.quotes import selectors, services
from counterfoil.crm.quotes.services import QuoteRefused
from counterfoil.web.policy import allowed
from counterfoil.web.quotes.answering import changed
from counterfoil.web.quotes.given import Typed, line_typed, number_given
from counterfoil.web.quotes.page import choices_of, margin_shown, quote_or_404, rows_of, stock_of
from counterfoil.web.requests import CompanyRequest

MOST_FOUND = 8
_NUMBERS = {"quantity": "quantity", "unit_price": "price", "discount_rate": "discount"}
_TEXTS = ("description", "extended_description", "tax_type", "analysis")


@require_GET
@allowed("quotes.edit")
def product_choices(request: CompanyRequest, pk: int) -> HttpResponse:
    """What the field that adds lines offers: products, and a free line, text or heading of these words."""
    quote = quote_or_404(request, pk)
    typed = line_typed(request.GET.get("q", ""))
    rows = products.products_like(request.company.pk, typed.words, MOST_FOUND) if _is_search(typed) else []
    paid = selectors.last_prices_paid(quote.sales_ledger, [row.pk for row in rows]) if rows else {}
    found = [(row, paid.get(row.pk), stock_of(row)) for row in rows]
    context = {
        "quote": quote,
        "typed": typed,
        "found": found,
        "asked": request.GET.get("q", "").strip()[:200],
    }
    return render(request, "quotes/found_products.html", context)


def _is_search(typed: Typed) -> bool:
    return bool(typed.words) and typed.kind == "item"


@require_POST
@allowed("quotes.edit")
def line_add(request: CompanyRequest, pk: int) -> HttpResponse:
    """Add what was chosen; without a choice, the one product that the words mean."""
    quote = quote_or_404(request, pk)
    typed = line_typed(request.POST.get("q", ""))
    kind = request.POST.get("kind") or typed.kind

    def deed() -> Any:
        given: dict[str, Any] = {} if typed.quantity is None else {"quantity": typed.quantity}
        chosen = _product(request, typed) if kind in ("item", "product") else None
        if chosen is None:
            given |= {"description": typed.words}
        kept = "item" if kind == "product" else kind
        return services.line_add(quote, actor=request.user, at=request.at, product=chosen, kind=kept, **given)

    return changed(request, quote, deed, said="The line was added.", part="added", event="line-added")


def _product(request: CompanyRequest, typed: Typed) -> Any:
    """The chosen product, or the one whose code or barcode was typed; None makes a free line."""
    key = request.POST.get("product", "")
    if key:
        found = (
            products.product_of(request.company.pk, int(key)) if key.isdecimal() and len(key) < 19 else None
        )
        if found is None:
            raise Http404
        return found
    if request.POST.get("kind") == "item":
        return None
    wanted = typed.words.lower()
    rows = products.products_like(request.company.pk, typed.words, MOST_FOUND) if wanted else []
    exact = [row for row in rows if wanted in (row.code.lower(), row.barcode.lower())]
    if len(exact) == 1 or len(rows) == 1:
        return (exact or rows)[0]
    if rows:
        raise QuoteRefused(f"“{typed.words[:60]}” fits {len(rows)} products. Nothing was added; choose one.")
    return None


def _line_or_404(request: CompanyRequest, pk: int) -> Any:
    """The line that is meant. One that another tab removed is left to the service, which says so."""
    key = request.POST.get("line", "")
    wanted = int(key) if key.isdecimal() and len(key) < 19 else 0
    return selectors.line_of(request.company.pk, pk, wanted) or selectors.line_gone(
        quote_or_404(request, pk), wanted
    )


@require_POST
@allowed("quotes.edit")
def line_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    line = _line_or_404(request, pk)

    def deed() -> Any:
        return services.line_edit(line, actor=request.user, at=request.at, **_line_given(request, line.quote))

    return changed(request, line.quote, deed, said="The line was changed.", part="row", event="line-changed")


def _line_given(request: CompanyRequest, quote: Any) -> Any:
    given: dict[str, Any] = {name: request.POST[name] for name in _TEXTS if name in request.POST}
    for name, what in _NUMBERS.items():
        if name in request.POST:
            given[name] = number_given(request.POST[name].strip() or "0", what)
    if "cost_price" in request.POST and margin_shown(request, quote):
        text = request.POST["cost_price"].strip()
        given["cost_price"] = number_given(text, "cost price") if text else None
    return given


@require_POST
@allowed("quotes.edit")
def line_optional(request: CompanyRequest, pk: int) -> HttpResponse:
    line = _line_or_404(request, pk)

    def deed() -> Any:
        services.lines_optional_toggle(line.quote, [line.pk], actor=request.user, at=request.at)
        return line

    return changed(request, line.quote, deed, said="The line was changed.", part="row", event="line-turned")


@require_POST
@allowed("quotes.edit")
def line_move(request: CompanyRequest, pk: int) -> HttpResponse:
    line, wanted = _line_or_404(request, pk), request.POST.get("position", "")

    def deed() -> Any:
        place = int(wanted) if wanted.isdecimal() and len(wanted) < 7 else line.position
        services.line_move(line, max(1, place), actor=request.user, at=request.at)
        return line

    return changed(
        request, line.quote, deed, said="The line was moved.", part="order_live", event="line-moved"
    )


@require_POST
@allowed("quotes.edit")
def line_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    line = _line_or_404(request, pk)

    def deed() -> Any:
        return services.line_remove(line, actor=request.user, at=request.at)

    return changed(
        request, line.quote, deed, said="The line was removed.", part="order_live", event="line-removed"
    )


@require_GET
@allowed("records.read")
def line(request: CompanyRequest, pk: int) -> HttpResponse:
    """The rest of a line: long words, tax and why, account, cost, margin."""
    quote, key = quote_or_404(request, pk), request.GET.get("line", "")
    sees_margin = margin_shown(request, quote)
    wanted = int(key) if key.isdecimal() and len(key) < 19 else 0
    found = rows_of(quote, selectors.quote_lines(quote), sees_margin=sees_margin, only=wanted)
    if not found:
        return redirect("quote", pk=pk)
    row = found[0]
    may_edit = Act.EDIT in selectors.quote_acts(quote) and permits(request.membership.role, "quotes.edit")
    context = {"row": row, "quote": quote, "sees_margin": sees_margin, "may_edit_lines": may_edit}
    context |= choices_of(request) | {"title": f"Line {row.line.position} of {quote.number}"}
    return render(request, "quotes/line_more.html" if request.htmx else "quotes/line_page.html", context)
