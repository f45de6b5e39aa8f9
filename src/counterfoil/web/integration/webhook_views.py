from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from counterfoil.sync import webhooks
from counterfoil.sync.selectors import connection_of
from counterfoil.sync.webhook_health import webhook_health
from counterfoil.web.integration.forms import WebhookKeyForm
from counterfoil.web.policy import allowed, open_to_all
from counterfoil.web.requests import CompanyRequest

STATUS = {
    webhooks.Verdict.RECORDED: 200,
    webhooks.Verdict.UNSIGNED: 401,
    webhooks.Verdict.MALFORMED: 400,
}


@csrf_exempt
@require_POST
@open_to_all
def receive(request: HttpRequest) -> HttpResponse:
    """Where Xero posts. An empty answer without a cookie, whatever came (xero-facts 5)."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > webhooks.MAX_BODY:
        return HttpResponse(status=413)
    verdict = webhooks.receive(request.body, request.headers.get("x-xero-signature", ""), at=timezone.now())
    return HttpResponse(status=STATUS[verdict])


@never_cache
@allowed("integration.manage")
def webhook_page(request: CompanyRequest) -> HttpResponse:
    """The delivery address, the key, and how well Xero tells."""
    form = WebhookKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _key_kept(request, form):
        return redirect("xero-webhooks")
    context: dict[str, Any] = {
        "form": form,
        "health": webhook_health(request.company, request.at),
        "connection": connection_of(request.company),
        "title": "Webhooks",
        "tab": "webhooks",
    }
    return render(request, "integration/webhooks.html", context, status=400 if form.errors else 200)


def _key_kept(request: CompanyRequest, form: WebhookKeyForm) -> bool:
    key = str(form.cleaned_data["key"])
    try:
        webhooks.key_set(key, company=request.company, actor=request.user, at=request.at)
    except webhooks.KeyRefused as refusal:
        form.add_error("key", str(refusal))
        return False
    messages.success(
        request,
        "The signing key was saved. Now save the webhook at developer.xero.com: Xero tries it at once."
        if key
        else "The signing key was removed. Polling goes on as before.",
    )
    return True
