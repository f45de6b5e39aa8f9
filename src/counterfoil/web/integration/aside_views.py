"""Records that could not be taken in, by cause: try again, or dismiss with a reason (SY-10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import asides, grouping, selectors, services
from counterfoil.sync.streams import BY_KEY
from counterfoil.web.integration.views import pass_begins
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

A_PAGE = 25


@require_GET
@allowed("integration.manage")
def set_aside(request: CompanyRequest) -> HttpResponse:
    connection = selectors.connection_of(request.company)
    causes = grouping.aside_causes(connection) if connection else []
    chosen = next((one for one in causes if one.key == request.GET.get("cause")), None)
    rows: Any = []
    if connection is not None:
        rows = grouping.aside_of_cause(connection, chosen) if chosen else selectors.set_aside_list(connection)
    page: Any = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "causes": causes,
        "chosen": chosen,
        "keep": urlencode({"cause": chosen.key}) if chosen else "",
        "connection": connection,
        "title": "Set aside",
        "tab": "aside",
        "labels": {key: stream.label for key, stream in BY_KEY.items()},
    }
    return render(request, "integration/set_aside.html", context)


@require_POST
@allowed("integration.manage")
def set_aside_retry(request: CompanyRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    services.set_aside_retry(item, actor=request.user, at=request.at)
    when = pass_begins(item.connection)
    messages.success(request, f"It will be tried again with the next pass, which begins {when}.")
    return redirect("xero-set-aside")


@require_POST
@allowed("integration.manage")
def set_aside_dismiss(request: CompanyRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    _dismiss(request, item.connection, [item])
    return redirect("xero-set-aside")


@require_POST
@allowed("integration.manage")
def cause_decide(request: CompanyRequest) -> HttpResponse:
    """All records of one cause at once."""
    connection = selectors.connection_of(request.company)
    key = request.POST.get("cause", "")
    causes = grouping.aside_causes(connection) if connection else []
    cause = next((one for one in causes if one.key == key), None)
    back = reverse("xero") if request.POST.get("from") == "status" else reverse("xero-set-aside")
    if connection is None or cause is None:
        messages.info(request, "Nothing of that cause is set aside any more.")
        return redirect(back)
    items = list(grouping.aside_of_cause(connection, cause))
    if request.POST.get("choice") == "dismiss":
        _dismiss(request, connection, items)
    else:
        number = asides.set_aside_retry_all(connection, items, actor=request.user, at=request.at)
        when = pass_begins(connection)
        messages.success(request, f"{number:,} will be tried again with the next pass, which begins {when}.")
    return redirect(back)


def _dismiss(request: CompanyRequest, connection: Any, items: list[Any]) -> None:
    reason = request.POST.get("reason", "").replace("\x00", "")[:1000]
    try:
        number = asides.set_aside_dismiss(connection, items, reason, actor=request.user, at=request.at)
    except asides.DismissalRefused as refused:
        messages.error(request, str(refused))
        return
    messages.success(request, f"Dismissed: {number:,}. What changes in Xero comes back by itself.")


def _item(request: CompanyRequest, pk: int) -> Any:
    item = selectors.set_aside_of(request.company, pk)
    if item is None:
        raise Http404
    return item
