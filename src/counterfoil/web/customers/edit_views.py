from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterfoil.crm.customers import listing, services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.web.customers.views import ledger_or_404
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@require_POST
@allowed("customers.edit")
def note_add(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    text = request.POST.get("text", "")
    act = lambda: services.note_add(ledger, text, request.user, request.at)  # noqa: E731
    return _done(request, ledger, act, "The note was saved.")


@require_POST
@allowed("customers.stop")
def stop(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    reason = request.POST.get("reason", "")[:2000]
    act = lambda: services.sales_ledger_stop(ledger, reason, request.user, request.at)  # noqa: E731
    return _done(request, ledger, act, "On stop: new orders cannot be confirmed until it is released.")


@require_POST
@allowed("customers.stop")
def release(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    act = lambda: services.sales_ledger_release(ledger, request.user, request.at)  # noqa: E731
    return _done(request, ledger, act, "The stop was lifted.")


def _done(
    request: CompanyRequest,
    ledger: Any,
    act: Callable[[], object],
    said: str,
    *,
    tab: str = "",
    route: str = "customer",
) -> HttpResponse:
    try:
        act()
    except CustomerRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    address = reverse(route, args=[ledger.pk])
    return redirect(f"{address}?tab={tab}" if tab else address)


@allowed("customers.edit")
def give_company(request: CompanyRequest, pk: int) -> HttpResponse:
    """Make a company for a customer, or choose one that exists (IS-3)."""
    return _give_company(request, ledger_or_404(request, pk), "customer")


@allowed("customers.edit")
def give_supplier_company(request: CompanyRequest, pk: int) -> HttpResponse:
    """The same for a supplier."""
    ledger = listing.supplier_of(request.company.pk, pk)
    if ledger is None:
        raise Http404
    return _give_company(request, ledger, "supplier")


def _give_company(request: CompanyRequest, ledger: Any, one: str) -> HttpResponse:
    if request.method != "POST":
        wanted = request.GET.get("q", ledger.name)[:100].strip()
        companies = listing.companies_like(request.company.pk, wanted, 20) if wanted else []
        context = {
            "ledger": ledger,
            "one": one,
            "wanted": wanted,
            "companies": companies,
            "title": "Choose a company",
        }
        return render(request, "customers/give_company.html", context)
    company = _company(request)
    act = lambda: services.ledger_give_company(ledger, company, actor=request.user, at=request.at)  # noqa: E731
    return _done(request, ledger, act, f"The {one} has a company now.", route=one)


def _company(request: CompanyRequest) -> Any:
    chosen = request.POST.get("company", "")
    if not chosen:
        return None
    company = (
        listing.company_of(request.company.pk, int(chosen))
        if chosen.isdecimal() and len(chosen) < 19
        else None
    )
    if company is None:
        raise Http404
    return company
