"""Change a customer: what goes to Xero too, and what only the CRM has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.accounts.selectors import OperatingCompany, member_of, members_of
from counterfoil.crm.customers import services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.services import SHARED_FIELDS
from counterfoil.crm.finance.listing import currency_codes
from counterfoil.crm.finance.selectors import tax_codes
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.customers.new import countries
from counterfoil.web.customers.views import B2C_CHOICES, ledger_or_404
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


class CustomerChangeForm(PlainForm):
    """The shared fields have the names of `SHARED_FIELDS`; the last three are the CRM's alone."""

    name = forms.CharField(max_length=255, label="Name")
    email = forms.CharField(
        max_length=255, required=False, label="E-mail", widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    phone = forms.CharField(max_length=50, required=False, label="Phone")
    contact_first_name = forms.CharField(max_length=255, required=False, label="Contact: first name")
    contact_last_name = forms.CharField(max_length=255, required=False, label="Last name")
    address_line1 = forms.CharField(max_length=500, required=False, label="Address")
    address_line2 = forms.CharField(max_length=500, required=False, label="Second line")
    address_line3 = forms.CharField(max_length=500, required=False, label="Third line")
    address_line4 = forms.CharField(max_length=500, required=False, label="Fourth line")
    address_line5 = forms.CharField(max_length=255, required=False, label="City, region")
    postcode = forms.CharField(max_length=50, required=False, label="Postcode")
    country = forms.CharField(
        max_length=50, required=False, label="Country", widget=forms.TextInput(attrs={"list": "countries"})
    )
    vat_number = forms.CharField(max_length=50, required=False, label="VAT number")
    tax_type = forms.ChoiceField(required=False, label="Sales tax")
    currency = forms.ChoiceField(label="Currency")
    company_name = forms.CharField(
        max_length=500,
        required=False,
        label="Company name",
        help_text="A name of your own is kept, whatever happens in Xero.",
    )
    account_manager = forms.ChoiceField(required=False, label="Account manager")
    b2c = forms.ChoiceField(choices=B2C_CHOICES, label="Business or consumer")

    def __init__(
        self, company: OperatingCompany, ledger: Any, *args: Any, locked: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=_initial(ledger), **kwargs)
        fields: Any = self.fields
        codes = dict.fromkeys([ledger.currency or company.home_currency, *currency_codes(company.pk)])
        fields["currency"].choices = [(code, code) for code in codes]
        taxes = tax_codes(company).filter(applies_to_revenue=True).order_by("name")
        offered = dict(taxes.values_list("tax_type", "name"))
        offered.setdefault(ledger.tax_type, ledger.tax_type)
        fields["tax_type"].choices = [
            ("", "By country and account"),
            *(pair for pair in offered.items() if pair[0]),
        ]
        people = [(str(user.pk), str(user)) for user in members_of(company)]
        fields["account_manager"].choices = [("", "Nobody"), *people]
        if ledger.division is None:
            del fields["company_name"], fields["account_manager"]
        for name, field in fields.items():
            field.widget.attrs.setdefault("autocomplete", "off")
            if name in SHARED_FIELDS:
                field.disabled = locked
                # A pull may bring Xero's values while the page is open: only what was typed over is a change.
                field.show_hidden_initial = not locked


def _initial(ledger: Any) -> dict[str, Any]:
    company = ledger.division.company if ledger.division else None
    return {name: getattr(ledger, name) for name in SHARED_FIELDS} | {
        "currency": ledger.currency or ledger.operating_company.home_currency,
        "b2c": ledger.b2c,
        "company_name": company.name if company else "",
        "account_manager": str(company.account_manager_id or "") if company else "",
    }


@allowed("customers.edit")
def customer_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    is_sent = import_settings_of(request.company).push_customers
    locked = ledger.gdpr_request or (bool(ledger.ledger_id) and not is_sent)
    form = CustomerChangeForm(request.company, ledger, request.POST or None, locked=locked)
    context = {
        "title": f"Edit {ledger.display_description[:80]}",
        "ledger": ledger,
        "form": form,
        "countries": countries(),
        "locked": locked,
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "customers/change.html", context, status=400 if form.is_bound else 200)
    try:
        with transaction.atomic():
            changed = _save(request, ledger, form)
    except CustomerRefused as refusal:
        return render(request, "customers/change.html", context | {"problem": str(refusal)})
    messages.success(request, _said(ledger, changed))
    return redirect("customer", pk=pk)


def _said(ledger: Any, changed: list[str]) -> str:
    if not changed:
        return "Nothing was changed."
    goes = set(changed) & SHARED_FIELDS.keys()
    return "The changes were saved" + (" and go to Xero by themselves." if goes and ledger.ledger_id else ".")


def _only_spaces(before: str, after: str) -> bool:
    """A field of one line cannot show the line breaks that Xero may have in it; that is no change."""
    return before.split() == after.split()


def _save(request: CompanyRequest, ledger: Any, form: CustomerChangeForm) -> list[str]:
    """Everything or nothing; the fields that changed."""
    actor, at, given = request.user, request.at, form.cleaned_data
    shared: Any = {
        name: given[name]
        for name in form.changed_data
        if name in SHARED_FIELDS
        and not _only_spaces(request.POST.get(form[name].html_initial_name, ""), given[name])
    }
    shown = ledger.division.company.name if ledger.division else ""
    seen = {name: request.POST.get(form[name].html_initial_name, "") for name in shared}
    changed = services.customer_edit(ledger, actor=actor, at=at, seen=seen, **shared)
    if given["b2c"] != ledger.b2c:
        services.sales_ledger_set_b2c(ledger, given["b2c"], actor, at)
        changed.append("b2c")
    if ledger.division is None:
        return changed
    company = ledger.division.company
    name = given["company_name"].strip()
    if name and name != shown:  # a customer's new name renames its company by itself
        services.company_rename(company, name, actor, at)
        changed.append("company_name")
    chosen = given["account_manager"]
    if chosen != str(company.account_manager_id or ""):
        manager = member_of(request.company, int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None
        services.company_set_account_manager(company, manager, actor, at)
        changed.append("account_manager")
    return changed
