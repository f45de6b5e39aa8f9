"""What people decide on the sync tab of a customer or product: whose value counts, send again, read again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from counterfoil.sync import deciding, decisions
from counterfoil.web.customers.views import ledger_or_404
from counterfoil.web.policy import allowed
from counterfoil.web.products.views import product_or_404
from counterfoil.web.requests import CompanyRequest

_SAID = {
    "retry": "It is tried again now.",
    "skip": "It is not sent. Xero's values count.",
    "link": "It was linked to what is in Xero.",
    "rename": "It goes to Xero under the new name.",
    "choose": "Your choice counts on both sides now.",
    "other": "Noted: it is another one.",
}


@require_POST
@allowed("customers.edit")
def customer_decide(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    _decide(request, ledger, lambda row: row.ledger_id == ledger.pk)
    return redirect(f"{reverse('customer', args=[pk])}?tab=sync")


@require_POST
@allowed("products.edit")
def product_decide(request: CompanyRequest, pk: int) -> HttpResponse:
    product = product_or_404(request, pk)
    _decide(request, product, lambda row: row.product_id == product.pk)
    return redirect(f"{reverse('product', args=[pk])}?tab=sync")


def _decide(request: CompanyRequest, record: Any, is_about: Any) -> None:
    choice, _, own = request.POST.get("choice", "").partition("|")
    try:
        if choice == "reread":
            deciding.record_reread(record, actor=request.user, at=request.at)
            messages.success(request, "It is read from Xero again now.")
            return
        ref = request.POST.get("ref", "")
        row = decisions.outbox_row_of(request.company, ref)
        if row is None or not is_about(row):
            messages.error(request, "That has been decided already. Nothing was changed.")
            return
        given = own or request.POST.get("given", "")[:1000]
        decisions.decide(request.company, ref, choice, given=given, actor=request.user, at=request.at)
        messages.success(request, _SAID.get(choice, "Decided."))
    except deciding.DecisionRefused as refusal:
        messages.error(request, str(refusal))
