from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from counterfoil.core.money import ZERO
from counterfoil.crm.customers import listing
from counterfoil.crm.customers.merging import survivor_of
from counterfoil.crm.customers.services import FILE_BYTES
from counterfoil.crm.customers.templates import is_template
from counterfoil.crm.finance.listing import tax_names
from counterfoil.crm.quotes.selectors import credit_used, quotes_count, quotes_of
from counterfoil.crm.sales.bought import products_bought
from counterfoil.crm.sales.listing import Standing, documents_of, lines_like, standing_of
from counterfoil.sync.agreement import customer_agreement
from counterfoil.web.agreement.showing import agreement_context
from counterfoil.web.customers.origin import origins_of
from counterfoil.web.customers.screen import SCREEN, flags_of
from counterfoil.web.customers.statement import statement_context
from counterfoil.web.customers.timeline import timeline_context
from counterfoil.web.days import today_of
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.policy import allowed
from counterfoil.web.quotes.screen import stage_badge
from counterfoil.web.requests import CompanyRequest

TABS = (
    ("timeline", "Timeline"),
    ("people", "People"),
    ("divisions", "Divisions"),
    ("quotes", "Quotes and orders"),
    ("documents", "Invoices and credits"),
    ("products", "Products bought"),
    ("statement", "Statement"),
    ("files", "Files"),
    ("sync", "Sync"),
)
B2C_CHOICES = (("unknown", "Not known"), ("b2b", "Business (B2B)"), ("b2c", "Consumer (B2C)"))


@allowed("records.read")
def customer(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = listing.customer_of(request.company.pk, pk)
    if ledger is None and (survivor := survivor_of(request.company.pk, pk, is_sales=True)):
        return redirect("customer", pk=survivor)
    ledger = ledger or ledger_or_404(request, pk)
    return render(request, "customers/customer.html", page_context(request, ledger))


def ledger_or_404(request: CompanyRequest, pk: int) -> Any:
    ledger = listing.customer_of(request.company.pk, pk)
    if ledger is None:
        raise Http404
    return ledger


def page_context(request: CompanyRequest, ledger: Any) -> dict[str, Any]:
    tab = request.GET.get("tab", "")
    tab = tab if tab in dict(TABS) else "timeline"
    standing = standing_of(ledger, today_of(request.company))
    used = credit_used(ledger)
    around = neighbours_of(SCREEN, request, ledger.pk)
    return {
        "ledger": ledger,
        "title": ledger.display_description[:80],
        "flags": _flags(ledger, standing, used),
        "kind": listing.kind_of(ledger),
        "credit_used": used,
        "standing": standing,
        "bars": bars_of(standing),
        "tab": tab,
        "tabs": _tabs(ledger, standing, tab, around.get("kept", "")),
        "tax_name": tax_names(request.company.pk, {ledger.tax_type}).get(ledger.tax_type, ledger.tax_type),
        **around,
        **_tab_content(request, ledger, tab),
    }


def _flags(ledger: Any, standing: Standing, used: Decimal | None) -> list[tuple[str, str]]:
    late = standing.days_overdue
    overdue = [(f"Overdue {late:,} {'day' if late == 1 else 'days'}", "warn")] if late else []
    over = [("Over limit", "warn")] if used is not None and used > ledger.credit_limit else []
    template = [("Template", "accent")] if is_template(ledger) else []
    return flags_of(ledger) + overdue + over + template


def _tabs(ledger: Any, standing: Standing, tab: str, kept: str) -> list[dict[str, Any]]:
    counts = listing.tab_counts(ledger)
    shown = {
        "people": counts["people"],
        "divisions": counts["divisions"],
        "quotes": quotes_count(ledger),
        "documents": standing.documents,
        "files": counts["files"],
    }
    keep = f"&{kept}" if kept else ""
    return [
        {
            "label": label,
            "count": shown.get(key),
            "current": key == tab,
            "address": f"?tab={key}{keep}" if key != "timeline" else f"?{kept}",
        }
        for key, label in TABS
    ]


def _tab_content(request: CompanyRequest, ledger: Any, tab: str) -> dict[str, Any]:
    division = ledger.division
    company = division.company if division else None
    if tab == "timeline":
        return timeline_context(request, ledger)
    if tab == "people":
        return {"people": listing.people_at(division)}
    if tab == "divisions":
        return {"divisions": listing.family_of(company)}
    if tab == "quotes":
        return {"quotes": [(one, stage_badge(one)) for one in quotes_of(ledger, most=100)]}
    if tab == "documents":
        return _documents(request, ledger)
    if tab == "products":
        lapsed, today = request.GET.get("show") == "lapsed", today_of(request.company)
        return {"bought": products_bought(ledger, today=today, not_reordered=lapsed), "lapsed": lapsed}
    if tab == "statement":
        return statement_context(request, ledger)
    if tab == "files":
        return {"files": listing.files_of(ledger), "file_mb": FILE_BYTES // 10**6}
    return {"origins": origins_of(ledger), **_sync(ledger)}


def _documents(request: CompanyRequest, ledger: Any) -> dict[str, Any]:
    """The newest documents; or lines of any of them, by what they say."""
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if wanted:
        return {"wanted": wanted, "lines": lines_like(ledger, wanted)}
    return {"documents": documents_of(ledger, most=100)}


def _sync(ledger: Any) -> dict[str, Any]:
    names = tax_names(ledger.operating_company_id, {ledger.tax_type})
    return agreement_context(
        customer_agreement(ledger),
        company=ledger.operating_company,
        stream="contacts",
        act=reverse("customer-decide", args=[ledger.pk]),
        names=names,
    )


def bars_of(standing: Standing) -> list[dict[str, Any]]:
    """The ageing bar: each bucket's place and width out of 1,000, and the documents behind it."""
    amounts = [max(bucket.amount, ZERO) for bucket in standing.buckets]
    whole = sum(amounts, ZERO)
    bars: list[dict[str, Any]] = []
    start = 0.0
    for place, (bucket, amount) in enumerate(zip(standing.buckets, amounts, strict=True), 1):
        width = float(amount / whole * 1000) if whole else 0.0
        bars.append({"bucket": bucket, "place": place, "start": f"{start:.1f}", "width": f"{width:.1f}"})
        start += width
    return bars
