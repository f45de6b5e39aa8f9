"""Who is told when the link to Xero needs somebody, what has been the matter, and what was sent (TK-2, TK-6)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import validate_email
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from counterfoil.sync import alert_settings, disconnecting
from counterfoil.sync.incidents import (
    alert_settings_of,
    deliveries_recent,
    incidents_open,
    incidents_recent,
)
from counterfoil.sync.selectors import connection_of
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

MOST_RECIPIENTS = 10
MESSAGES_SHOWN = 12
INCIDENTS_A_PAGE = 12


class AlertsForm(PlainForm):
    """Where alerts go, when they may, and how much set aside is too much."""

    recipients = forms.CharField(
        label="Tell by e-mail",
        required=False,
        max_length=2000,
        help_text=f"One address a line, at most {MOST_RECIPIENTS}. Empty: nobody is told by e-mail.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
    )
    webhook_url = forms.CharField(
        label="Post to an address",
        required=False,
        max_length=500,
        help_text="Signed JSON, for a chat or an on-call service. https only; redirects are not followed.",
        widget=forms.TextInput(
            attrs={
                "class": "control mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "https://",
            }
        ),
    )
    quiet_from = forms.TimeField(
        label="Quiet from",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="By the company's clock. What happens then is told at the end, unless it is over.",
    )
    quiet_until = forms.TimeField(
        label="Quiet until", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    set_aside_most = forms.IntegerField(
        label="Records set aside in a day without an alert",
        min_value=0,
        max_value=100_000,
        help_text="More than these, and an alert is raised.",
    )

    def clean_recipients(self) -> list[str]:
        found = list(dict.fromkeys(line.strip() for line in self.cleaned_data["recipients"].splitlines()))
        found = [address for address in found if address]
        if len(found) > MOST_RECIPIENTS:
            raise forms.ValidationError(f"Give at most {MOST_RECIPIENTS} addresses. Nothing was changed.")
        for address in found:
            try:
                validate_email(address)
            except ValidationError as error:
                said = f"“{address[:100]}” is no e-mail address. Nothing was changed."
                raise forms.ValidationError(said) from error
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if (given.get("quiet_from") is None) != (given.get("quiet_until") is None):
            self.add_error(
                "quiet_until", "Give both ends of the quiet hours, or neither. Nothing was changed."
            )
        return given


@never_cache
@allowed("integration.manage")
def alerts(request: CompanyRequest) -> HttpResponse:
    form = AlertsForm(request.POST if request.method == "POST" else None, initial=_initial(request))
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    try:
        secret_new = alert_settings.alert_settings_save(
            request.company, form.cleaned_data, actor=request.user, at=request.at
        )
    except alert_settings.AlertsRefused as refusal:
        form.add_error("webhook_url", str(refusal))
        return _page(request, form)
    if secret_new:  # shown in this very answer and never again
        return _page(request, AlertsForm(initial=_initial(request)), secret=secret_new)
    messages.success(request, "The settings were saved.")
    return redirect("xero-alerts")


@never_cache
@require_POST
@allowed("integration.manage")
def secret(request: CompanyRequest) -> HttpResponse:
    made = alert_settings.secret_renew(request.company, actor=request.user, at=request.at)
    if not made:
        return redirect("xero-alerts")
    return _page(request, AlertsForm(initial=_initial(request)), secret=made)


@require_POST
@allowed("integration.manage")
def test(request: CompanyRequest) -> HttpResponse:
    sent = alert_settings.test_send(request.company, actor=request.user, at=request.at)
    if not sent:
        messages.error(request, "Nobody was told: enter an address first.")
    for row in sent:
        if row.sent_at:
            messages.success(request, f"The test was sent to {row.target}.")
        else:
            messages.error(request, f"The test did not reach {row.target}. {row.problem} It is tried again.")
    return redirect("xero-alerts")


@require_POST
@allowed("integration.manage")
def retry(request: CompanyRequest) -> HttpResponse:
    given = request.POST.get("message", "")
    known = given.isdecimal() and len(given) < 18
    if known and alert_settings.delivery_retry(request.company, int(given), at=request.at):
        messages.success(request, "It is tried again in a moment.")
    else:
        messages.error(request, "There is no such message, or it has arrived. Nothing was changed.")
    return redirect("xero-alerts")


@require_POST
@allowed("integration.manage")
def unfinished_done(request: CompanyRequest) -> HttpResponse:
    """Somebody has looked after what Xero did not confirm of disconnecting (TK-4)."""
    connection = connection_of(request.company)
    if connection is not None:
        disconnecting.finished(connection, actor=request.user, at=request.at)
        messages.success(request, "Noted. The trail says who looked after it.")
    return redirect("xero")


def _initial(request: CompanyRequest) -> dict[str, Any]:
    chosen = alert_settings_of(request.company)
    return {name: getattr(chosen, name) for name in alert_settings.FIELDS} | {
        "recipients": "\n".join(chosen.recipients)
    }


def _page(request: CompanyRequest, form: AlertsForm, *, secret: str = "") -> HttpResponse:
    company = request.company
    past: Any = Paginator(incidents_recent(company), INCIDENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "chosen": alert_settings_of(company),
        "secret": secret,
        "open": incidents_open(company),
        "page": past,
        "deliveries": deliveries_recent(company)[:MESSAGES_SHOWN],
        "connection": connection_of(company),
        "title": "Alerts",
        "tab": "alerts",
    }
    return render(request, "integration/alerts.html", context, status=400 if form.errors else 200)
