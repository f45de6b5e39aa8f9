"""Change a product: what goes to Xero too, and what only the CRM has (PR-7)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.crm.products import services
from counterfoil.crm.products.changing import BUYING_FIELDS, SELLING_FIELDS
from counterfoil.crm.products.errors import ProductRefused
from counterfoil.crm.products.services import SHARED_FIELDS
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.products.new import offers_of, plain_prices
from counterfoil.web.products.views import product_or_404
from counterfoil.web.requests import CompanyRequest

_CRM_ONLY = ("barcode", "unit_of_measure", "product_group")


class ProductChangeForm(PlainForm):
    """The shared fields have the names of `SHARED_FIELDS`; the last three are the CRM's alone."""

    description = forms.CharField(
        max_length=50, label="Name", widget=forms.TextInput(attrs={"data-counter": True})
    )
    extended_description = forms.CharField(
        max_length=4000,
        required=False,
        label="Extended description",
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": True}),
    )
    selling_price = forms.DecimalField(
        required=False, min_value=0, decimal_places=4, max_digits=14, label="Selling price"
    )
    sales_analysis = forms.ChoiceField(required=False, label="Sales analysis")
    vat_code = forms.ChoiceField(required=False, label="Sales tax")
    purchase_description = forms.CharField(
        max_length=4000,
        required=False,
        label="Description when buying",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    cost_price = forms.DecimalField(
        required=False, min_value=0, decimal_places=4, max_digits=14, label="Cost price"
    )
    purchase_analysis = forms.ChoiceField(required=False, label="Purchase analysis")
    purchase_vat_code = forms.ChoiceField(required=False, label="Purchase tax")
    barcode = forms.CharField(max_length=64, required=False, label="Barcode")
    unit_of_measure = forms.CharField(max_length=30, required=False, label="Unit of measure")
    product_group = forms.CharField(max_length=100, required=False, label="Group")

    def __init__(
        self, company: OperatingCompany, product: Any, *args: Any, locked: bool, **kwargs: Any
    ) -> None:
        initial = {name: getattr(product, name) for name in (*SHARED_FIELDS, *_CRM_ONLY)}
        for name in ("selling_price", "cost_price"):
            if initial[name] is not None:
                initial[name] = f"{initial[name].normalize():f}"
        super().__init__(*args, initial=initial, **kwargs)
        for name, choices in offers_of(company).items():
            own = initial[name]
            known = own in {value for value, _ in choices}
            self.fields[name].choices = [*choices, *([] if known else [(own, own)])]  # type: ignore[attr-defined]
        plain_prices(self)
        closed = set() if product.is_sellable else set(SELLING_FIELDS)
        closed |= set() if product.is_purchased else set(BUYING_FIELDS)
        closed |= set(SHARED_FIELDS) if locked or product.is_withdrawn else set()
        for name in SHARED_FIELDS:
            self.fields[name].disabled = name in closed
            # A pull may bring Xero's values while the page is open: only what was typed over is a change.
            self.fields[name].show_hidden_initial = name not in closed


@allowed("products.edit")
def product_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    product = product_or_404(request, pk)
    is_sent = import_settings_of(request.company).push_products
    locked = bool(product.external_id) and not is_sent
    form = ProductChangeForm(request.company, product, request.POST or None, locked=locked)
    context = {"title": f"Edit {product.code}", "product": product, "form": form, "locked": locked}
    if request.method != "POST" or not form.is_valid():
        return render(request, "products/change.html", context, status=400 if form.is_bound else 200)
    try:
        with transaction.atomic():
            said = _save(request, product, form)
    except ProductRefused as refusal:
        return render(request, "products/change.html", context | {"problem": str(refusal)})
    messages.success(request, said)
    return redirect("product", pk=pk)


def _save(request: CompanyRequest, product: Any, form: ProductChangeForm) -> str:
    """Everything or nothing; what to say about it."""
    given = form.cleaned_data
    shared: Any = {name: given[name] for name in form.changed_data if name in SHARED_FIELDS}
    seen = {name: request.POST.get(form[name].html_initial_name, "") for name in shared}
    goes = services.product_change(product, actor=request.user, at=request.at, seen=seen, **shared)
    own: Any = {name: given[name] for name in _CRM_ONLY}
    stays = services.product_edit(product, **own, actor=request.user, at=request.at)
    if goes and product.external_id:
        return "The changes were saved and go to Xero by themselves."
    return "The changes were saved." if goes or stays else "Nothing was changed."
