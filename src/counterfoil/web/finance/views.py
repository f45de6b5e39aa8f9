from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counterfoil.crm.finance import hand, selectors, services
from counterfoil.crm.finance.errors import FinanceRefused
from counterfoil.sync.settings import import_settings_of
from counterfoil.web.days import today_of
from counterfoil.web.finance.forms import CurrencyForm, RateForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

COUNTRY_TYPES = (
    ("home", "Home"),
    ("eu_registered", "EU registered"),
    ("eu_unregistered", "EU not registered"),
    ("non_eu", "Non-EU"),
)
SIDES = (("sales", "Sales"), ("purchase", "Purchases"))


@require_GET
@allowed("records.read")
def tax_codes(request: CompanyRequest) -> HttpResponse:
    every = request.GET.get("state") == "every"
    codes = selectors.tax_codes(request.company, active_only=not every)
    wanted = request.GET.get("q", "").strip()[:100]
    rows = [_tax_row(code) for code in codes if wanted.lower() in f"{code.name} {code.tax_type}".lower()]
    context = {
        "rows": rows,
        "every": every,
        "wanted": wanted,
        "country_types": COUNTRY_TYPES,
        "title": "Tax codes",
    }
    return render(request, "finance/tax_codes.html", context)


def _tax_row(code: Any) -> dict[str, Any]:
    by_place = {(c.country_type, c.transaction_type): c for c in code.combinations.all()}
    places = [[by_place.get((country, side)) for country, _ in COUNTRY_TYPES] for side, _ in SIDES]
    return {"code": code, "sides": list(zip([label for _, label in SIDES], places, strict=True))}


@require_POST
@allowed("finance.edit")
def tax_combination(request: CompanyRequest, pk: int) -> HttpResponse:
    combination = selectors.tax_combination(request.company, pk)
    if combination is None:
        raise Http404
    services.tax_combination_correct(
        request.company,
        combination,
        request.POST.get("applies") == "1",
        actor=request.user,
        at=request.at,
    )
    messages.success(request, f"{combination.tax_code.name}: corrected. No import changes it back.")
    return redirect("tax-codes")


@require_GET
@allowed("records.read")
def currencies(request: CompanyRequest) -> HttpResponse:
    return render(request, "finance/currencies.html", _currencies(request))


def _currencies(request: CompanyRequest, form: CurrencyForm | None = None) -> dict[str, Any]:
    today = today_of(request.company)
    by_hand = not import_settings_of(request.company).currency_import
    lines = selectors.currencies_with_rates(request.company, today)
    return {
        "lines": [
            {
                "line": line,
                "form": RateForm(
                    initial={
                        "code": line.currency.code,
                        "on": today,
                        "per_home": line.rate.value if line.rate else None,
                    },
                    auto_id=f"id_{line.currency.code}_%s",
                ),
            }
            for line in lines
        ],
        "by_hand": by_hand,
        "health": selectors.rates_health(),
        "form": form or CurrencyForm(),
        "title": "Currencies",
    }


@require_POST
@allowed("finance.edit")
def currency_add(request: CompanyRequest) -> HttpResponse:
    form = CurrencyForm(request.POST)
    if form.is_valid():
        try:
            added = hand.currency_add(
                request.company, form.cleaned_data["code"], actor=request.user, at=request.at
            )
        except FinanceRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, f"{added.code} was added. Give it a rate to use it in documents.")
            return redirect("currencies")
    return render(request, "finance/currencies.html", _currencies(request, form), status=400)


@require_POST
@allowed("finance.edit")
def currency_rate(request: CompanyRequest) -> HttpResponse:
    form = RateForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The rate was not saved: give a number above 0, such as 1.1650, and a day.")
        return redirect("currencies")
    given = form.cleaned_data
    try:
        hand.currency_rate_set(
            request.company,
            given["code"].upper(),
            given["per_home"],
            on=given["on"],
            actor=request.user,
            at=request.at,
        )
    except FinanceRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The rate for {given['code'].upper()} was saved.")
    return redirect("currencies")
