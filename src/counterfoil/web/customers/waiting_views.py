from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from counterfoil.crm.customers import listing, services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.sync.selectors import connection_of
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

A_PAGE = 50


def _waiting(request: CompanyRequest, of: str) -> Any:
    if of == "suppliers":
        return listing.suppliers_waiting(request.company.pk)
    return listing.CUSTOMERS.narrow(request.company.pk, {"status": "homeless", "b2c": "show"})


def _of(given: Any) -> str:
    return "suppliers" if given.get("of") == "suppliers" else "customers"


@require_GET
@allowed("records.read")
def waiting(request: CompanyRequest) -> HttpResponse:
    """IS-3: customers and suppliers without a company."""
    of = _of(request.GET)
    wanted = request.GET.get("q", "").replace("\x00", "")[:100].strip()
    rows = _waiting(request, of)
    if wanted:
        rows = rows.filter(
            Q(name__icontains=wanted) | Q(account_number__icontains=wanted) | Q(email__icontains=wanted)
        )
    context = {
        "page": Paginator(rows.order_by("name", "pk"), A_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "of": of,
        "one": of[:-1],
        "route_company": f"{of[:-1]}-company",
        "counts": {name: _waiting(request, name).count() for name in ("customers", "suppliers")},
        "connection": connection_of(request.company),
        "title": "No company yet",
        "tab": "waiting",
    }
    return render(request, "customers/waiting.html", context)


@require_POST
@allowed("customers.edit")
def waiting_make(request: CompanyRequest) -> HttpResponse:
    """A company for each chosen customer or supplier, with the defaults of the import settings (IS-4)."""
    of = _of(request.POST)
    chosen = [int(pk) for pk in request.POST.getlist("ledger")[:A_PAGE] if pk.isdecimal() and len(pk) < 19]
    defaults = import_settings_of(request.company)
    made = 0
    for ledger in _waiting(request, of).filter(pk__in=chosen):
        try:
            services.ledger_give_company(
                ledger,
                actor=request.user,
                at=request.at,
                account_manager=defaults.default_account_manager,
                role_code=defaults.default_role_code,
            )
        except CustomerRefused as refusal:
            messages.error(request, str(refusal))
        else:
            made += 1
    if made:
        messages.success(request, f"{made} {'company was' if made == 1 else 'companies were'} made.")
    elif not chosen:
        messages.info(request, f"No {of[:-1]} was chosen, so nothing was changed.")
    return redirect(f"{reverse('waiting')}?of={of}" if of == "suppliers" else "waiting")
