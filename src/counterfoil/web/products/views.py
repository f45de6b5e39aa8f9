from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from counterfoil.crm.finance.listing import analysis_names, tax_names
from counterfoil.crm.products.listing import product_of
from counterfoil.crm.purchasing.listing import incoming_of, incoming_quantity
from counterfoil.crm.sales.listing import product_sold
from counterfoil.sync.agreement import product_agreement
from counterfoil.web.agreement.showing import agreement_context
from counterfoil.web.days import today_of
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.products.screen import SCREEN, flags_of, free_stock
from counterfoil.web.requests import CompanyRequest


@allowed("records.read")
def product(request: CompanyRequest, pk: int) -> HttpResponse:
    return render(request, "products/product.html", page_context(request, product_or_404(request, pk)))


def product_or_404(request: CompanyRequest, pk: int) -> Any:
    found = product_of(request.company.pk, pk)
    if found is None:
        raise Http404
    return found


def page_context(request: CompanyRequest, found: Any) -> dict[str, Any]:
    company = request.company.pk
    codes = {found.sales_analysis, found.purchase_analysis}
    taxes = {found.vat_code, found.purchase_vat_code}
    tab = "sync" if request.GET.get("tab") == "sync" else ""
    return {
        "product": found,
        "title": found.code,
        "flags": flags_of(found),
        "stock": free_stock(found),
        "margin": margin_of(found.selling_price, found.cost_price),
        "sold": product_sold(found, since=today_of(request.company) - dt.timedelta(days=365)),
        "incoming": incoming_of(found),
        "incoming_quantity": incoming_quantity(found),
        "analysis": analysis_names(company, codes),
        "taxes": tax_names(company, taxes),
        "whole": request.GET.get("whole") == "1",
        "tab": tab,
        **neighbours_of(SCREEN, request, found.pk),
        **(_sync(found) if tab == "sync" else {}),
    }


def _sync(found: Any) -> dict[str, Any]:
    company = found.operating_company_id
    names = analysis_names(company, {found.sales_analysis, found.purchase_analysis})
    names |= tax_names(company, {found.vat_code, found.purchase_vat_code})
    return agreement_context(
        product_agreement(found),
        company=found.operating_company,
        stream="items",
        act=reverse("product-decide", args=[found.pk]),
        names=names,
    )


def margin_of(price: Decimal | None, cost: Decimal | None) -> Decimal | None:
    """The margin in per cent of the price, one decimal; None when one of the two is not known."""
    if not price or cost is None:
        return None
    return ((price - cost) / price * 100).quantize(Decimal("0.1"))
