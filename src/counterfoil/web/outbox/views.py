from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.sync import decisions, standing
from counterfoil.sync.selectors import connection_of, open_in_xero
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

GROUPS = (
    ("needs_you", "Needs you"),
    ("moving", "On its way"),
    ("in_xero", "In Xero"),
    ("skipped", "Not sent"),
    ("all", "All"),
)
KINDS = (
    ("", "Everything"),
    ("invoice", "Invoices"),
    ("contact", "Customers"),
    ("item", "Products"),
    ("amend", "Changes of orders"),
    ("note", "Notes"),
    ("attachment", "Attachments"),
)
KIND_WORDS = {
    "invoice": "Invoice",
    "contact": "Customer",
    "item": "Product",
    "amend": "Change of an order",
    "note": "Note in the history",
    "attachment": "Attached quote",
}
STATES = {
    "needs_you": ("Needs you", "bad"),
    "queued": ("Waiting", "warn"),
    "sending": ("Sending", "accent"),
    "checking": ("Checking", "accent"),
    "in_xero": ("In Xero", "good"),
    "over": ("Not sent", "neutral"),
}
_STREAMS = {"invoice": "invoices", "contact": "contacts", "item": "items"}
MOST = 200


@never_cache
@require_GET
@allowed("outbox.manage")
def outbox(request: CompanyRequest) -> HttpResponse:
    group = request.GET.get("group", "")
    kind = request.GET.get("kind", "")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < len(number) < 6 else 1
    group = group if group in dict(GROUPS) else _first_group(request)
    found = standing.outbox(
        request.company,
        group=group,
        kind=kind if kind in dict(KINDS) else "",
        text=text,
        page=max(1, page),
    )
    connection = connection_of(request.company)
    paginator = Paginator(range(found.total), standing.ROWS_A_PAGE)
    context = {
        "rows": [_row(one, connection) for one in found.rows],
        "groups": [(key, label, found.counts.get(key, 0)) for key, label in GROUPS],
        "group": group,
        "kinds": KINDS,
        "kind": kind,
        "wanted": text,
        "page": paginator.get_page(page),
        "kept": urlencode(
            {key: value for key, value in (("group", group), ("kind", kind), ("q", text)) if value}
        ),
        "connection": connection,
        "tab": "outbox",
        "title": "Outbox",
    }
    return render(request, "outbox/outbox.html", context)


def _first_group(request: CompanyRequest) -> str:
    """What needs somebody goes first; without any, what is on its way."""
    return "needs_you" if standing.outbox(request.company, group="needs_you", size=1).total else "moving"


def _row(one: Any, connection: Any) -> dict[str, Any]:
    words, tone = STATES.get(one.progress, (one.state.replace("_", " ").title(), "neutral"))
    return {
        "one": one,
        "kind": KIND_WORDS.get(one.kind, one.kind),
        "words": words,
        "tone": tone,
        "address": record_address(one),
        "in_xero": open_in_xero(connection, _STREAMS.get(one.kind, ""), one.xero_id),
        "candidates": [
            (key, open_in_xero(connection, _STREAMS.get(one.kind, ""), key)) for key in one.candidates
        ],
        "conflict": [
            {"field": field, "label": field.replace("_", " "), **sides}
            for field, sides in one.conflict.items()
        ],
    }


def record_address(one: Any) -> str:
    """The page of the quote, customer or product that a row is about."""
    if getattr(one, "quote_id", None):
        return reverse("quote", args=[one.quote_id])
    if one.ledger_id:
        return reverse("customer", args=[one.ledger_id])
    return reverse("product", args=[one.product_id]) if one.product_id else ""


@require_POST
@allowed("outbox.manage")
def decide(request: CompanyRequest) -> HttpResponse:
    """One row or many: retry, do not send (with a reason), link, another name, or whose value counts."""
    given = request.POST
    choice = given.get("choice", "")
    refs = [ref for ref in given.getlist("ref") if ref][:MOST]
    choice, _, own = choice.partition("|")
    extra = own or given.get("given", "")[:1000]
    if not refs:
        messages.error(request, "Nothing was chosen. Tick what it is about.")
        return redirect(_back(request))
    if len(refs) == 1 and decisions.outbox_row_of(request.company, refs[0]) is None:
        raise Http404
    done, refused = decisions.decide_all(
        request.company, refs, choice, given=extra, actor=request.user, at=request.at
    )
    for sentence in dict.fromkeys(refused):
        messages.error(request, sentence)
    if done:
        messages.success(request, f"{_SAID.get(choice, 'Decided')}: {done:,}.")
    return redirect(_back(request))


_SAID = {
    "retry": "Tried again",
    "skip": "Not sent",
    "link": "Linked",
    "rename": "Renamed and sent",
    "other": "Noted as another one",
    "choose": "Chosen",
}


def _back(request: CompanyRequest) -> str:
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if safe and address.startswith("/") else reverse("outbox")
