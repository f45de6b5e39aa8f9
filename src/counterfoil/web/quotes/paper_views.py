from __future__ import annotations

from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from counterfoil.core.lifecycle import Act, acts_of
from counterfoil.crm.documents.errors import DocumentRefused, MailRefused, TemplateRefused
from counterfoil.crm.documents.mail import quote_mail
from counterfoil.crm.documents.selectors import quote_file
from counterfoil.crm.quotes.services import QuoteRefused, quote_send
from counterfoil.web.policy import View, allowed
from counterfoil.web.quotes.page import quote_or_404
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.showing import day_text, money_text


def _paper(form: Literal["pdf", "docx"], disposition: str) -> View:
    @never_cache
    @require_GET
    @allowed("records.read")
    def show(request: CompanyRequest, pk: int) -> HttpResponse:
        quote = quote_or_404(request, pk)
        try:
            file = quote_file(quote, form)
        except (DocumentRefused, TemplateRefused) as refusal:
            messages.error(request, str(refusal))
            return redirect("quote", pk=pk)
        headers = {"Content-Disposition": f'{disposition}; filename="{_plain(file.name)}"'}
        return HttpResponse(file.content, content_type=file.content_type, headers=headers)

    return show


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in name)


pdf = _paper("pdf", "inline")
word = _paper("docx", "attachment")


@never_cache
@allowed("quotes.edit")
def mail(request: CompanyRequest, pk: int) -> HttpResponse:
    """Write to the customer with the quote attached; a draft counts as sent from then on."""
    quote = quote_or_404(request, pk)
    if request.method != "POST" or "to" not in request.POST:
        return render(request, "quotes/mail.html", _blank(request, quote))
    given = request.POST
    attach = [form for form in ("pdf", "docx") if form in given.getlist("attach")]
    try:
        to = quote_mail(
            quote,
            to=given["to"].replace(";", ",").split(","),
            subject=given.get("subject", ""),
            text=given.get("text", ""),
            attach=attach,
            actor=request.user,
            at=request.at,
        )
    except (MailRefused, DocumentRefused, TemplateRefused) as refusal:
        filled = {name: given.get(name, "") for name in ("to", "subject", "text")} | {"attach": attach}
        return render(
            request, "quotes/mail.html", _blank(request, quote) | filled | {"problem": str(refusal)}
        )
    messages.success(request, f"Mailed to {', '.join(to)}.")
    if given.get("mark_sent") and Act.SEND in acts_of(quote.stage):
        try:
            quote_send(quote, actor=request.user, at=request.at, how="by e-mail")
        except QuoteRefused as refusal:
            messages.error(request, str(refusal))
    return redirect("quote", pk=pk)


def _blank(request: CompanyRequest, quote: Any) -> dict[str, Any]:
    person = quote.contact
    first = (person.first_name if person else quote.sales_ledger.contact_first_name).strip()
    until = f" It is valid until {day_text(quote.valid_until)}." if quote.valid_until else ""
    text = (
        f"Dear {first or 'customer'},\n\nplease find attached our quote {quote.number} over "
        f"{money_text(quote.total, quote.currency)}.{until}\n\nKind regards\n{request.user}\n{request.company.name}"
    )
    return {
        "quote": quote,
        "to": (person.email if person else "") or quote.sales_ledger.email,
        "subject": f"Quote {quote.number}{f': {quote.title}' if quote.title else ''}",
        "text": text,
        "attach": ["pdf"],
        "may_mark_sent": quote.stage == "draft" and not quote.invoice_id,
        "title": f"Mail {quote.number}",
    }
