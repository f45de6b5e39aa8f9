from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counterfoil.changes.selectors import audit_of
from counterfoil.crm.customers import listing as customers
from counterfoil.crm.quotes import selectors, services
from counterfoil.web.days import today_of
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.quotes.answering import attempted, changed
from counterfoil.web.quotes.given import day_given, number_given
from counterfoil.web.quotes.page import flags_with_balance, page_context, quote_or_404
from counterfoil.web.quotes.screen import SCREEN
from counterfoil.web.requests import CompanyRequest

MOST_FOUND = 8


@allowed("quotes.edit")
def quote_new(request: CompanyRequest) -> HttpResponse:
    """Choose a customer; a quote for it opens at once. Without a script the first match is taken by its button."""
    given = request.POST if request.method == "POST" else request.GET
    chosen = given.get("customer", "")
    if request.method == "POST" and chosen:
        ledger = customers.customer_of(request.company.pk, int(chosen)) if _is_key(chosen) else None
        if ledger is None:
            raise Http404
        on = today_of(request.company)
        quote = services.quote_create(ledger, actor=request.user, at=request.at, on=on)
        return redirect("quote", pk=quote.pk)
    wanted = given.get("q", "").replace("\x00", "").strip()[:100]
    context = {"title": "New quote", "wanted": wanted, **_found(request, wanted)}
    return render(request, "quotes/new.html", context)


@require_GET
@allowed("quotes.edit")
def customer_choices(request: CompanyRequest) -> HttpResponse:
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    return render(request, "quotes/found_customers.html", {"wanted": wanted, **_found(request, wanted)})


def _found(request: CompanyRequest, wanted: str) -> dict[str, Any]:
    rows = customers.customers_like(request.company.pk, wanted, MOST_FOUND) if wanted else []
    return {"found": [(row, flags_with_balance(row, request.company.home_currency)) for row in rows]}


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


@require_GET
@allowed("records.read")
def quote(request: CompanyRequest, pk: int) -> HttpResponse:
    found = quote_or_404(request, pk)
    context = page_context(request, found)
    context |= {
        "versions": selectors.quote_versions(found),
        "trail": audit_of(request.company.pk, f"quote:{pk}", most=40),
        **neighbours_of(SCREEN, request, pk),
    }
    return render(request, "quotes/quote.html", context)


_DAYS = {"date": "date", "valid_until": "date", "due_date": "due date"}
# What no line shows or hangs on.
_APART_FROM_LINES = {
    "title",
    "customer_reference",
    "contact",
    "valid_until",
    "due_date",
    "notes",
    "internal_notes",
    "template",
}
_TEXTS = ("title", "customer_reference", "notes", "internal_notes", "currency", "line_amount_types")


@require_POST
@allowed("quotes.edit")
def quote_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Change what was sent of the head; the page sends one field at a time."""
    found = quote_or_404(request, pk)

    def deed() -> Any:
        return services.quote_edit(found, actor=request.user, at=request.at, **_head_given(request))

    names = set(request.POST) - {"csrfmiddlewaretoken"}
    part = "head" if names <= _APART_FROM_LINES else "live"
    return changed(request, found, deed, said="The change was saved.", part=part)


def _head_given(request: CompanyRequest) -> Any:
    given: dict[str, Any] = {name: request.POST[name] for name in _TEXTS if name in request.POST}
    given |= {
        name: day_given(request.POST[name], what) for name, what in _DAYS.items() if name in request.POST
    }
    if "rate" in request.POST:
        given["rate"] = number_given(request.POST["rate"], "exchange rate")
    if "contact" in request.POST:
        key = request.POST["contact"]
        given["contact"] = customers.person_of(request.company.pk, int(key)) if _is_key(key) else None
        if key and given["contact"] is None:
            raise Http404
    return given


@allowed("quotes.edit")
def quote_customer(request: CompanyRequest, pk: int) -> HttpResponse:
    """Give the quote to another customer; what became otherwise by that is told."""
    found, chosen = quote_or_404(request, pk), request.POST.get("customer", "")
    wanted = (request.POST if request.method == "POST" else request.GET).get("q", "")
    wanted = wanted.replace("\x00", "").strip()[:100]
    if not chosen:
        context = {"quote": found, "title": f"Customer of {found.number}", "wanted": wanted}
        return render(request, "quotes/customer.html", context | _found(request, wanted))
    ledger = customers.customer_of(request.company.pk, int(chosen)) if _is_key(chosen) else None
    if ledger is None:
        raise Http404
    said, refused = attempted(lambda: services.quote_give(found, ledger, actor=request.user, at=request.at))
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, " ".join([f"{found.number} is for {ledger.name} now.", *said]))
    return redirect("quote", pk=pk)


@require_POST
@allowed("quotes.edit")
def delivery(request: CompanyRequest, pk: int) -> HttpResponse:
    found = quote_or_404(request, pk)
    given = request.POST

    def deed() -> Any:
        charge = given.get("charge", "").strip()
        return services.delivery_set(
            found,
            given.get("mode", found.delivery_mode),
            actor=request.user,
            at=request.at,
            charge=number_given(charge, "amount") if charge else found.delivery_charge,
            tax_type=given.get("tax_type", ""),
        )

    return changed(request, found, deed, said="Delivery was changed.", part="head")


@require_GET
@allowed("records.read")
def version(request: CompanyRequest, pk: int) -> HttpResponse:
    """A version as it was kept."""
    of, key = quote_or_404(request, pk), request.GET.get("id", "")
    found = selectors.quote_version_of(request.company.pk, pk, int(key)) if _is_key(key) else None
    if found is None:
        return redirect("quote", pk=pk)
    types = {line["tax_type"] for line in found.content["lines"]}
    taxes = selectors.tax_codes_by_type(request.company, types)
    context = {"quote": of, "version": found, "content": found.content, "taxes": taxes}
    title = f"{of.number}, version {found.number}"
    return render(request, "quotes/version.html", context | {"title": title})
