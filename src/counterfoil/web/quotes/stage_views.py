from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.roles import permits
from counterfoil.crm.quotes import services
from counterfoil.sync.comparing import books_facts
from counterfoil.sync.decisions import DecisionRefused, decide
from counterfoil.sync.standing import intent_of
from counterfoil.web.days import today_of
from counterfoil.web.policy import View, allowed
from counterfoil.web.quotes.answering import attempted, changed
from counterfoil.web.quotes.page import clash_of, page_context, quote_or_404
from counterfoil.web.requests import CompanyRequest


@require_POST
@allowed("quotes.confirm")
def confirm(request: CompanyRequest, pk: int) -> HttpResponse:
    """Exactly once whoever clicks twice: the service decides, and what was looked at comes along."""
    quote = quote_or_404(request, pk)
    looked_at = request.POST.get("edit_version", "")

    def deed() -> Any:
        return services.quote_confirm(
            quote,
            actor=request.user,
            at=request.at,
            expected_version=int(looked_at) if looked_at.isdecimal() and len(looked_at) < 10 else None,
            books=books_facts(request.company.pk),
            may_override_credit=permits(request.membership.role, "credit.override"),
        )

    return changed(request, quote, deed, event="quote-confirmed")


def _simple(service: Any, said: str) -> View:
    """A stage that takes nothing but the quote."""

    @require_POST
    @allowed("quotes.edit")
    def act(request: CompanyRequest, pk: int) -> HttpResponse:
        quote = quote_or_404(request, pk)
        return _turn(request, pk, lambda: service(quote, actor=request.user, at=request.at), said)

    return act


def _with_reason(service: Any, said: str, permission: str = "quotes.edit") -> View:
    @require_POST
    @allowed(permission)
    def act(request: CompanyRequest, pk: int) -> HttpResponse:
        quote = quote_or_404(request, pk)
        reason = request.POST.get("reason", "")[:2000]
        return _turn(request, pk, lambda: service(quote, reason, actor=request.user, at=request.at), said)

    return act


def _turn(request: CompanyRequest, pk: int, deed: Any, said: str) -> HttpResponse:
    """Do it and show the whole page: a new stage changes all of it."""
    _, refused = attempted(deed)
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, said)
    return redirect("quote", pk=pk)


send = _simple(services.quote_send, "Marked as sent; this version is kept.")
win = _simple(services.quote_win, "Won. Confirm it to make the order.")
revise = _simple(services.quote_revise, "A new version is open; the former one is kept.")
amend = _simple(
    services.order_amend, "The order is open for changes. Confirm again to change the draft in Xero."
)
amend_drop = _simple(services.order_amend_drop, "The changes were dropped: the order is as it was confirmed.")
reopen = _simple(services.order_reopen, "Open again, to be put right and confirmed once more.")
lose = _with_reason(services.quote_lose, "Marked as lost.")


def _decided(request: CompanyRequest, quote: Any, choice: str, given: str = "") -> str:
    """Decide about the order's place in the outbox; the sentence that refused it, or ""."""
    found = intent_of(quote)
    if found is None:
        return f"{quote.number} is not in the outbox. Nothing was changed."
    try:
        decide(request.company, f"intent:{found.pk}", choice, given=given, actor=request.user, at=request.at)
    except DecisionRefused as refusal:
        return str(refusal)
    return ""


@require_POST
@allowed("customers.edit")
def clash(request: CompanyRequest, pk: int) -> HttpResponse:
    """The name of this quote's customer is taken in Xero: link, rename, or try again."""
    quote = quote_or_404(request, pk)
    choice, _, own = request.POST.get("choice", "").partition("|")
    found = clash_of(request, quote.sales_ledger)
    if found is None or choice not in ("link", "rename", "retry", "other"):
        messages.error(
            request, "There is nothing to decide about the customer any more. Nothing was changed."
        )
        return redirect("quote", pk=pk)
    given = own or request.POST.get("given", "")
    try:
        decide(request.company, found["one"].ref, choice, given=given, actor=request.user, at=request.at)
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Decided; the customer and the order go on by themselves.")
    return redirect("quote", pk=pk)


@require_POST
@allowed("orders.retry")
def retry(request: CompanyRequest, pk: int) -> HttpResponse:
    refused = _decided(request, quote_or_404(request, pk), "retry")
    if refused:
        messages.error(request, refused)
    return redirect("quote", pk=pk)


@require_POST
@allowed("orders.retry")
def skip(request: CompanyRequest, pk: int) -> HttpResponse:
    refused = _decided(request, quote_or_404(request, pk), "skip", request.POST.get("reason", "")[:1000])
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, "Not sent to Xero. Open the order again to change that.")
    return redirect("quote", pk=pk)


@require_POST
@allowed("quotes.edit")
def copy(request: CompanyRequest, pk: int) -> HttpResponse:
    quote = quote_or_404(request, pk)
    on = today_of(request.company)
    made, refused = attempted(lambda: services.quote_copy(quote, actor=request.user, at=request.at, on=on))
    if refused:
        messages.error(request, refused)
        return redirect("quote", pk=pk)
    messages.success(request, f"A copy of {quote.number}, dated today.")
    return redirect("quote", pk=made.pk)


@never_cache
@require_GET
@allowed("records.read")
def where(request: CompanyRequest, pk: int) -> HttpResponse:
    """The live panel of an order; when it has settled, the rest of the page follows once."""
    quote = quote_or_404(request, pk)
    context = page_context(request, quote)
    if not request.htmx:
        return redirect("quote", pk=pk)
    return render(
        request, "quotes/where_live.html", context | {"was": request.GET.get("was", ""), "oob": True}
    )
