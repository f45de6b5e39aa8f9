from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from counterfoil.crm.finance.listing import analysis_names, tax_names
from counterfoil.crm.purchasing.listing import lines_of, order_of
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.purchasing.screen import SCREEN
from counterfoil.web.requests import CompanyRequest


@allowed("records.read")
def purchase_order(request: CompanyRequest, pk: int) -> HttpResponse:
    order = order_of(request.company.pk, pk)
    if order is None:
        raise Http404
    lines = lines_of(order)
    context = {
        "order": order,
        "lines": lines,
        "title": order.number[:60] or "No number",
        "is_foreign": order.currency != request.company.home_currency,
        "home_tax": order.home_total - order.home_net,
        "analysis": analysis_names(request.company.pk, {line.analysis for line in lines}),
        "taxes": tax_names(request.company.pk, {line.tax_type for line in lines}),
        "whole": request.GET.get("whole") == "1",
        **neighbours_of(SCREEN, request, pk),
    }
    return render(request, "purchasing/order.html", context)
