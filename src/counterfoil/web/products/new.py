"""The Product Creator (PU-3): a product that Xero gets with the first order it is on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.finance.selectors import purchase_analysis_codes, sales_analysis_codes, tax_codes
from counterfoil.crm.products import services
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


class ProductForm(PlainForm):
    code = forms.CharField(
        max_length=30, label="Code", widget=forms.TextInput(attrs={"autofocus": True, "data-counter": True})
    )
    name = forms.CharField(max_length=50, label="Name", widget=forms.TextInput(attrs={"data-counter": True}))
    extended_description = forms.CharField(
        max_length=4000,
        required=False,
        label="Extended description",
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": True}),
    )
    is_sellable = forms.BooleanField(required=False, initial=True, label="We sell it")
    selling_price = forms.DecimalField(
        required=False, min_value=0, decimal_places=4, max_digits=14, label="Selling price"
    )
    sales_analysis = forms.ChoiceField(required=False, label="Sales analysis")
    vat_code = forms.ChoiceField(required=False, label="Sales tax")
    is_purchased = forms.BooleanField(required=False, initial=True, label="We buy it")
    cost_price = forms.DecimalField(
        required=False, min_value=0, decimal_places=4, max_digits=14, label="Cost price"
    )
    purchase_analysis = forms.ChoiceField(required=False, label="Purchase analysis")
    purchase_vat_code = forms.ChoiceField(required=False, label="Purchase tax")

    def __init__(self, company: OperatingCompany, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in offers_of(company).items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        plain_prices(self)


def offers_of(company: OperatingCompany) -> dict[str, list[tuple[str, str]]]:
    """The accounts and tax codes that may be chosen, by field."""
    return {
        "sales_analysis": _accounts(sales_analysis_codes(company)),
        "purchase_analysis": _accounts(purchase_analysis_codes(company)),
        "vat_code": _taxes(tax_codes(company).filter(applies_to_revenue=True)),
        "purchase_vat_code": _taxes(tax_codes(company).filter(applies_to_expenses=True)),
    }


def plain_prices(form: forms.Form) -> None:
    """Prices as text, right-aligned; nothing is filled in by the browser."""
    for name in ("selling_price", "cost_price"):
        form.fields[name].widget = forms.TextInput(attrs={"class": "control num", "inputmode": "decimal"})
    for field in form.fields.values():
        field.widget.attrs.setdefault("autocomplete", "off")


def _accounts(rows: Any) -> list[tuple[str, str]]:
    codes = rows.order_by("code").values_list("code", "name")
    return [("", "The usual one"), *((code, f"{code} · {name}") for code, name in codes)]


def _taxes(rows: Any) -> list[tuple[str, str]]:
    return [("", "By customer and account"), *rows.order_by("name").values_list("tax_type", "name")]


@allowed("products.edit")
def product_new(request: CompanyRequest) -> HttpResponse:
    context: dict[str, Any] = {"title": "New product"}
    if request.method != "POST":
        form = ProductForm(
            request.company,
            initial={"code": request.GET.get("code", "")[:30], "is_sellable": True, "is_purchased": True},
        )
        return render(request, "products/new.html", context | {"form": form})
    form = ProductForm(request.company, request.POST)
    if not form.is_valid():
        return render(request, "products/new.html", context | {"form": form}, status=400)
    given = form.cleaned_data
    try:
        made = services.product_create(
            request.company, given.pop("code"), given.pop("name"), actor=request.user, at=request.at, **given
        )
    except ProductRefused as refusal:
        return render(request, "products/new.html", context | {"form": form, "problem": str(refusal)})
    messages.success(request, f"{made.code} was made. Xero gets it with the first confirmed order it is on.")
    if "again" in request.POST:
        return redirect("product-new")
    return redirect("product", pk=made.pk)
