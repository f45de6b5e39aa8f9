from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from counterfoil.crm.finance.listing import analysis_names, tax_names
from counterfoil.crm.sales.listing import document_of, lines_of
from counterfoil.sync import papers
from counterfoil.sync.selectors import connection_of
from counterfoil.web.documents.screen import CREDIT_SCREEN, INVOICE_SCREEN
from counterfoil.web.lists.screen import Screen
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@allowed("records.read")
def invoice(request: CompanyRequest, pk: int) -> HttpResponse:
    return _page(request, "I", pk, INVOICE_SCREEN)


@allowed("records.read")
def credit_note(request: CompanyRequest, pk: int) -> HttpResponse:
    return _page(request, "C", pk, CREDIT_SCREEN)


@never_cache
@require_GET
@allowed("records.read")
def invoice_online(request: CompanyRequest, pk: int) -> HttpResponse:
    """Go where the customer sees and pays it."""
    return _paper(
        request, pk, lambda connection, document: redirect(papers.online_invoice(connection, document))
    )


@never_cache
@require_GET
@allowed("records.read")
def invoice_pdf(request: CompanyRequest, pk: int) -> HttpResponse:
    """The invoice as Xero prints it."""

    def paper(connection: Any, document: Any) -> HttpResponse:
        answer = HttpResponse(papers.invoice_pdf(connection, document), content_type="application/pdf")
        name = "".join(
            sign if (sign.isascii() and sign.isalnum()) or sign in "-_." else "_" for sign in document.number
        )
        answer["Content-Disposition"] = f'inline; filename="{name[:80] or "invoice"}.pdf"'
        return answer

    return _paper(request, pk, paper)


def _paper(request: CompanyRequest, pk: int, fetch: Callable[[Any, Any], HttpResponse]) -> HttpResponse:
    document = document_of(request.company.pk, "I", pk)
    if document is None:
        raise Http404
    try:
        return fetch(connection_of(request.company), document)
    except papers.PaperRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("invoice", pk=pk)


def _page(request: CompanyRequest, kind: str, pk: int, screen: Screen) -> HttpResponse:
    document = document_of(request.company.pk, kind, pk)
    if document is None:
        raise Http404
    lines = lines_of(document)
    context: dict[str, Any] = {
        "document": document,
        "ledger": document.sales_ledger,
        "lines": lines,
        "title": document.number[:60] or "No number",
        "is_foreign": document.currency != request.company.home_currency,
        "home_tax": document.home_total - document.home_net,
        "analysis": analysis_names(request.company.pk, {line.analysis for line in lines}),
        "taxes": tax_names(request.company.pk, {line.tax_type for line in lines}),
        "step_route": "invoice" if kind == "I" else "credit-note",
        "stream": "invoices" if kind == "I" else "credit_notes",
        "whole": request.GET.get("whole") == "1",
        **neighbours_of(screen, request, pk),
    }
    return render(request, "documents/document.html", context)
