from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.finance.selectors import sales_analysis_codes, tax_codes
from counterfoil.crm.products.listing import product_of, products_like
from counterfoil.crm.quotes.selectors import quote_settings_of
from counterfoil.crm.quotes.services import QuoteRefused, quote_settings_save
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

ROLES = (
    ("administrator", "Administrator"),
    ("sales", "Sales"),
    ("accounts", "Accounts"),
    ("read_only", "Read-only"),
)


class QuoteSettingsForm(PlainForm):
    """Every setting with what it does; amounts are in home currency."""

    valid_days = forms.IntegerField(min_value=0, max_value=3650, label="Quotes are valid for, days")
    terms_days = forms.IntegerField(
        min_value=0,
        max_value=3650,
        label="Invoices are due after, days",
        help_text="For customers without payment terms of their own.",
    )
    line_amount_types = forms.ChoiceField(
        label="Prices are",
        choices=(("Exclusive", "Without tax"), ("Inclusive", "With tax"), ("NoTax", "No tax")),
        help_text="What a new quote begins with.",
    )
    default_analysis = forms.ChoiceField(
        required=False,
        label="Usual analysis code",
        help_text="For lines whose product and customer have none: free lines, products made here.",
    )
    delivery_mode = forms.ChoiceField(
        label="Delivery is charged",
        choices=(("none", "Not"), ("manual", "By hand"), ("automatic", "By order value")),
    )
    delivery_charge = forms.DecimalField(min_value=0, decimal_places=2, max_digits=12, label="Charge")
    delivery_free_over = forms.DecimalField(
        required=False,
        min_value=0,
        decimal_places=2,
        max_digits=12,
        label="Free from",
        help_text="Empty: never free.",
    )
    delivery_code = forms.CharField(
        required=False,
        max_length=100,
        label="Delivery product",
        help_text="Its code. Account and tax of the charge come from it.",
    )
    delivery_description = forms.CharField(max_length=200, label="Called on the invoice")
    delivery_analysis = forms.ChoiceField(required=False, label="Analysis code of delivery")
    delivery_tax_type = forms.ChoiceField(required=False, label="Tax code of delivery")
    invoice_status = forms.ChoiceField(
        label="Invoices are made in Xero as",
        choices=(("DRAFT", "Draft"), ("SUBMITTED", "Submitted for approval"), ("AUTHORISED", "Approved")),
        help_text="Approved invoices count at once and cannot be amended from here.",
    )
    combine_descriptions = forms.BooleanField(
        required=False,
        label="Send the extended description too",
        help_text="Description and extended description become the text of the invoice line.",
    )
    own_numbering = forms.BooleanField(
        required=False, label="Number invoices here", help_text="Otherwise Xero numbers them, which is usual."
    )
    number_prefix = forms.CharField(required=False, max_length=20, label="Numbers begin with")
    require_reference = forms.BooleanField(required=False, label="Every order needs a customer reference")
    require_address = forms.BooleanField(required=False, label="Every order needs a postal address")
    margin_roles = forms.MultipleChoiceField(
        required=False,
        choices=ROLES,
        label="Cost and margin are seen by",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, company: OperatingCompany, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = sales_analysis_codes(company).order_by("code").values_list("code", "name")
        codes = [("", "None"), *((code, f"{code} · {name}") for code, name in accounts)]
        taxes = (
            tax_codes(company)
            .filter(applies_to_revenue=True)
            .order_by("name")
            .values_list("tax_type", "name")
        )
        offers = {
            "default_analysis": codes,
            "delivery_analysis": [("", "The usual one"), *codes[1:]],
            "delivery_tax_type": [("", "By customer and account"), *taxes],
        }
        for name, choices in offers.items():
            now = self.initial.get(name, "")
            known = now in dict(choices)
            self.fields[name].choices = choices if known else [*choices, (now, f"{now} (not active)")]  # type: ignore[attr-defined]


GROUPS = (
    ("New quotes", ("valid_days", "terms_days", "line_amount_types", "default_analysis")),
    (
        "Delivery",
        (
            "delivery_mode",
            "delivery_charge",
            "delivery_free_over",
            "delivery_code",
            "delivery_description",
            "delivery_analysis",
            "delivery_tax_type",
        ),
    ),
    ("Invoices in Xero", ("invoice_status", "combine_descriptions", "own_numbering", "number_prefix")),
    ("Before confirming", ("require_reference", "require_address")),
    ("Rights", ("margin_roles",)),
)


@allowed("quotes.settings")
def quote_settings(request: CompanyRequest) -> HttpResponse:
    settings = quote_settings_of(request.company)
    now = {name: getattr(settings, name) for name in QuoteSettingsForm.base_fields if name != "delivery_code"}
    now["delivery_code"] = settings.delivery_product.code if settings.delivery_product else ""
    if request.method != "POST":
        return _page(request, QuoteSettingsForm(request.company, initial=now))
    form = QuoteSettingsForm(request.company, request.POST, initial=now)
    if not form.is_valid():
        return _page(request, form, status=400)
    given = dict(form.cleaned_data)
    try:
        given["delivery_product"] = _product(request, given.pop("delivery_code"))
        quote_settings_save(request.company, actor=request.user, at=request.at, **given)
    except QuoteRefused as refusal:
        return _page(request, form, problem=str(refusal))
    messages.success(
        request, "The settings were saved. They hold for new quotes and for the next confirmation."
    )
    return redirect("quote-settings")


def _product(request: CompanyRequest, code: str) -> Any:
    """The product with exactly this code."""
    if not code:
        return None
    found = [one for one in products_like(request.company.pk, code, 50) if one.code.lower() == code.lower()]
    if not found:
        raise QuoteRefused(f"No product has the code {code}. Nothing was changed.")
    return product_of(request.company.pk, found[0].pk)


def _page(
    request: CompanyRequest, form: QuoteSettingsForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    groups = [
        {"label": label, "fields": [(form[name], _kind(form, name)) for name in names]}
        for label, names in GROUPS
    ]
    context = {"form": form, "groups": groups, "problem": problem, "title": "Settings for quotes"}
    return render(request, "quotes/settings.html", context, status=status)


def _kind(form: QuoteSettingsForm, name: str) -> str:
    field = form.fields[name]
    if isinstance(field, forms.BooleanField):
        return "check"
    return "many" if isinstance(field, forms.MultipleChoiceField) else "field"
