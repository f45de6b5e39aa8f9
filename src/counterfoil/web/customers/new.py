"""A new customer in under a minute: one name is enough, and whoever looks alike is shown first."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.accounts.roles import permits
from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.customers import services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.finance.listing import currency_codes
from counterfoil.crm.quotes.services import quote_create
from counterfoil.web.days import today_of
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@lru_cache(maxsize=1)
def countries() -> list[str]:
    """Countries by their English names; regions of the world have numbers for codes."""
    names = Locale("en").territories
    return sorted(
        name
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}
    )


class CustomerForm(PlainForm):
    name = forms.CharField(max_length=255, label="Name", widget=forms.TextInput(attrs={"autofocus": True}))
    b2c = forms.ChoiceField(
        choices=(("b2b", "Business"), ("b2c", "Consumer")),
        label="Kind",
        initial="b2b",
        widget=forms.RadioSelect,
    )
    email = forms.CharField(
        max_length=255, required=False, label="E-mail", widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    phone = forms.CharField(max_length=50, required=False, label="Phone")
    first_name = forms.CharField(max_length=255, required=False, label="Contact: first name")
    last_name = forms.CharField(max_length=255, required=False, label="Last name")
    address_line1 = forms.CharField(max_length=500, required=False, label="Address")
    address_line2 = forms.CharField(max_length=500, required=False, label="Address, second line")
    address_line5 = forms.CharField(max_length=255, required=False, label="City")
    postcode = forms.CharField(max_length=50, required=False, label="Postcode")
    country = forms.CharField(
        max_length=50, required=False, label="Country", widget=forms.TextInput(attrs={"list": "countries"})
    )
    vat_number = forms.CharField(max_length=50, required=False, label="VAT number")
    currency = forms.ChoiceField(required=False, label="Currency")
    account_number = forms.CharField(
        max_length=50, required=False, label="Code", help_text="Your own account number for them."
    )

    def __init__(self, company: OperatingCompany, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys([company.home_currency, *currency_codes(company.pk)])
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")


@allowed("customers.edit")
def customer_new(request: CompanyRequest) -> HttpResponse:
    may_quote = permits(request.membership.role, "quotes.edit")
    context: dict[str, Any] = {"title": "New customer", "countries": countries(), "may_quote": may_quote}
    if request.method != "POST":
        form = CustomerForm(
            request.company, initial={"name": request.GET.get("name", "")[:255], "b2c": "b2b"}
        )
        return render(request, "customers/new.html", context | {"form": form})
    form = CustomerForm(request.company, request.POST)
    if not form.is_valid():
        return render(request, "customers/new.html", context | {"form": form}, status=400)
    seen = [int(key) for key in request.POST.getlist("despite") if key.isdecimal() and len(key) < 19]
    try:
        ledger = services.customer_create(
            request.company, actor=request.user, at=request.at, despite=seen, **form.cleaned_data
        )
    except services.SimilarExists as similar:
        context |= {"form": form, "similar": similar.found}
        return render(request, "customers/new.html", context)
    except CustomerRefused as refusal:
        return render(request, "customers/new.html", context | {"form": form, "problem": str(refusal)})
    return _onward(request, ledger, quote=may_quote and "quote" in request.POST)


def _onward(request: CompanyRequest, ledger: Any, *, quote: bool) -> HttpResponse:
    """To the customer's page, or at once to a quote for it."""
    messages.success(request, f"{ledger.name} was made and goes to Xero by itself.")
    if not quote:
        return redirect("customer", pk=ledger.pk)
    made = quote_create(ledger, actor=request.user, at=request.at, on=today_of(request.company))
    return redirect("quote", pk=made.pk)
