"""All pushes that wait for one reason, settled at once: try again, or do not send, with a reason (PU-8)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from counterfoil.sync import decisions, grouping
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

AT_ONCE = 500
CHOICES = {"retry": "Tried again", "skip": "Not sent"}


@require_POST
@allowed("integration.manage")
def decide(request: CompanyRequest) -> HttpResponse:
    choice = request.POST.get("choice", "")
    cause = grouping.push_cause_of(request.company, request.POST.get("cause", ""))
    if cause is None or choice not in CHOICES:
        messages.info(request, "Nothing waits for that reason any more.")
        return redirect("xero")
    given = request.POST.get("given", "").replace("\x00", "").strip()[:1000]
    if choice == "skip" and not given:
        messages.error(request, "Nothing was changed: say why these are not sent.")
        return redirect("xero")
    done, refused = decisions.decide_all(
        request.company, cause.refs[:AT_ONCE], choice, given=given, actor=request.user, at=request.at
    )
    for sentence in dict.fromkeys(refused):
        messages.error(request, sentence)
    if done:
        left = len(cause.refs) - AT_ONCE
        more = f" {left:,} more wait for the same reason." if left > 0 else ""
        messages.success(request, f"{CHOICES[choice]}: {done:,}.{more}")
    return redirect("xero")
