"""What goes to Xero: changes of customers and products (IS-10), and whom new contacts take after (IS-9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from counterfoil.crm.customers import listing
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.templates import COUNTRY_TYPES, template_set, templates_of
from counterfoil.sync.selectors import connection_of
from counterfoil.sync.services import import_settings_save
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.forms import PlainForm
from counterfoil.web.integration.foreseen import foreseen
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

FOUND_SHOWN = 8


class SendingForm(PlainForm):
    """IS-10, linking (PU-1), and what an invoice gets (PU-11); each says what it changes."""

    push_customers = forms.BooleanField(
        label="Send changes of customers",
        required=False,
        help_text="Name, person, e-mail, phone, postal address, VAT number, tax and currency. Off: customers that are "
        "in Xero are changed there, and the fields are locked here.",
    )
    push_products = forms.BooleanField(
        label="Send changes of products",
        required=False,
        help_text="Name, descriptions, prices, accounts and tax. Off: they are changed in Xero and locked here.",
    )
    push_archived = forms.BooleanField(
        label="Archive the contact of a customer who is put on stop",
        required=False,
        help_text="Xero then refuses new invoices for it, and lets nobody restore it but a person in Xero's own "
        "screens. Off: a stop stays in the CRM.",
    )
    link_known_contacts = forms.BooleanField(
        label="Link a new customer by itself to a contact it must be",
        required=False,
        help_text="Same name, with the same VAT number or e-mail, and nobody here is linked to it. Off: somebody is "
        "asked each time.",
    )
    note_orders = forms.BooleanField(
        label="Leave a note on the invoice of an order",
        required=False,
        help_text="In its history in Xero: which quote it was and who confirmed it. One call for each order, after all "
        "orders.",
    )
    attach_quotes = forms.BooleanField(
        label="Attach the quote to its invoice",
        required=False,
        help_text="As a PDF, once the invoice is there, and again when the order is amended. One call each time; an "
        "order never waits for it.",
    )


@allowed("integration.manage")
def sending(request: CompanyRequest) -> HttpResponse:
    """Two steps, as for the import settings: what would change is counted and shown, then saved."""
    company = request.company
    stored = import_settings_of(company)
    initial = {name: getattr(stored, name) for name in SendingForm.base_fields}
    form = SendingForm(initial=initial)
    if request.method == "POST":
        # An unticked form posts nothing but its token, and is as valid as any.
        form = SendingForm(request.POST, initial=initial)
        if "again" not in request.POST and form.is_valid():
            if not form.changed_data:
                messages.info(request, "Nothing was changed.")
                return redirect("xero-sending")
            if "confirmed" not in request.POST:
                return foreseen(request, form, back="xero-sending", tab="sending")
            import_settings_save(company, form.cleaned_data, actor=request.user, at=request.at)
            messages.success(request, "The settings were saved.")
            return redirect("xero-sending")
    context = {
        "form": form,
        "connection": connection_of(company),
        "title": "What is sent to Xero",
        "tab": "sending",
        **_templates(request),
    }
    return render(request, "integration/sending.html", context)


@require_POST
@allowed("integration.manage")
def template_choose(request: CompanyRequest) -> HttpResponse:
    """The template of a country type, or none."""
    kind = request.POST.get("kind", "")
    if kind not in COUNTRY_TYPES:
        messages.error(request, "Say for which customers. Nothing was changed.")
        return redirect("xero-sending")
    chosen = request.POST.get("customer", "")
    ledger = None
    if chosen:
        ledger = (
            listing.customer_of(request.company.pk, int(chosen))
            if chosen.isdecimal() and len(chosen) < 19
            else None
        )
        if ledger is None:
            raise Http404
    try:
        if template_set(request.company, kind, ledger, actor=request.user, at=request.at):
            messages.success(request, "New customers from there take after it." if ledger else "Taken away.")
    except CustomerRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("xero-sending")


def _templates(request: CompanyRequest) -> dict[str, Any]:
    chosen = templates_of(request.company)
    wanted_for = request.GET.get("for", "")
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = []
    if wanted_for in COUNTRY_TYPES and wanted:
        rows = listing.CUSTOMERS.narrow(request.company.pk, {"q": wanted, "b2c": "show"})
        found = list(rows.filter(is_archived=False, ledger_id__isnull=False).order_by("name")[:FOUND_SHOWN])
    return {
        "templates": [
            {"kind": kind.value, "label": label, "ledger": chosen.get(kind.value)}
            for kind, label in COUNTRY_TYPES.items()
        ],
        "wanted_for": wanted_for,
        "wanted": wanted,
        "found": found,
    }
