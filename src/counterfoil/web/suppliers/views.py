from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from counterfoil.crm.customers.listing import people_at, supplier_of
from counterfoil.crm.finance.listing import tax_names
from counterfoil.crm.purchasing.listing import orders_from
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.suppliers.screen import SCREEN


@allowed("records.read")
def supplier(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = supplier_of(request.company.pk, pk)
    if ledger is None:
        raise Http404
    context = {
        "ledger": ledger,
        "title": ledger.name[:80],
        "orders": orders_from(ledger),
        "people": people_at(ledger.division),
        "tax_name": tax_names(request.company.pk, {ledger.tax_type}).get(ledger.tax_type, ledger.tax_type),
        **neighbours_of(SCREEN, request, pk),
    }
    return render(request, "suppliers/supplier.html", context)
