"""The statement of a customer as a PDF and by mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from counterfoil.crm.documents.errors import DocumentRefused
from counterfoil.crm.documents.mail import statement_mail
from counterfoil.crm.documents.statement import statement_file
from counterfoil.crm.sales.statement import Statement
from counterfoil.web.customers.statement import statement_asked
from counterfoil.web.customers.views import ledger_or_404
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.showing import day_text, money_text


@never_cache
@require_GET
@allowed("records.read")
def statement_pdf(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    try:
        file = statement_file(ledger, statement_asked(request, ledger))
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request, pk))
    answer = HttpResponse(file.content, content_type=file.content_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=file.name) or ""
    return answer


@never_cache
@allowed("customers.edit")
def statement_send(request: CompanyRequest, pk: int) -> HttpResponse:
    """Write to the customer with the statement attached."""
    ledger = ledger_or_404(request, pk)
    statement = statement_asked(request, ledger)
    if request.method != "POST" or "to" not in request.POST:
        return render(request, "customers/statement_mail.html", _blank(request, ledger, statement))
    given = request.POST
    try:
        to = statement_mail(
            ledger,
            statement,
            to=given["to"].replace(";", ",").split(","),
            subject=given.get("subject", ""),
            text=given.get("text", ""),
            actor=request.user,
            at=request.at,
        )
    except DocumentRefused as refusal:
        filled = {name: given.get(name, "") for name in ("to", "subject", "text")}
        context = _blank(request, ledger, statement) | filled | {"problem": str(refusal)}
        return render(request, "customers/statement_mail.html", context)
    messages.success(request, f"The statement was mailed to {', '.join(to)}.")
    return redirect(_back(request, pk))


def _blank(request: CompanyRequest, ledger: Any, statement: Statement) -> dict[str, Any]:
    owed = " and ".join(money_text(each.ageing.owed, each.currency) for each in statement.sums) or "nothing"
    text = (
        f"Dear {ledger.contact_first_name.strip() or 'customer'},\n\nplease find attached our statement of "
        f"{day_text(statement.on)}. {owed[0].upper()}{owed[1:]} is open.\n\nKind regards\n{request.user}\n"
        f"{request.company.name}"
    )
    return {
        "ledger": ledger,
        "statement": statement,
        "to": ledger.email,
        "subject": f"Statement of {day_text(statement.on)}",
        "text": text,
        "back": _back(request, ledger.pk),
        "title": f"Mail the statement of {ledger.display_description[:80]}",
    }


def _back(request: CompanyRequest, pk: int) -> str:
    kept = {name: request.GET[name][:20] for name in ("on", "of") if name in request.GET}
    return f"{reverse('customer', args=[pk])}?{urlencode({'tab': 'statement'} | kept)}"
