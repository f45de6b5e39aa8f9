"""Word templates for quotes, and the letterhead on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.crm.documents import selectors, services
from counterfoil.crm.documents.errors import DocumentRefused, TemplateRefused
from counterfoil.crm.documents.problems import Problem
from counterfoil.crm.documents.quote_document import DocumentGroup, DocumentLine, Party, QuoteDocument
from counterfoil.crm.documents.rendering import TEMPLATE_BYTES
from counterfoil.web.forms import PlainForm
from counterfoil.web.policy import allowed
from counterfoil.web.quotes.page import quote_or_404
from counterfoil.web.requests import CompanyRequest

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class LetterheadForm(PlainForm):
    name = forms.CharField(
        required=False, max_length=200, label="Name", help_text="Empty: the operating company’s own."
    )
    vat_number = forms.CharField(required=False, max_length=60, label="VAT number")
    registration = forms.CharField(required=False, max_length=200, label="Registration")
    address = forms.CharField(
        required=False, max_length=1000, label="Address", widget=forms.Textarea(attrs={"rows": 4})
    )
    email = forms.CharField(required=False, max_length=254, label="E-mail")
    phone = forms.CharField(required=False, max_length=60, label="Phone")
    website = forms.CharField(required=False, max_length=200, label="Website")
    terms = forms.CharField(
        required=False,
        max_length=10_000,
        label="Terms",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Stand at the end of every quote.",
    )


@never_cache
@require_GET
@allowed("quotes.settings")
def templates(request: CompanyRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: CompanyRequest,
    *,
    problems: Sequence[Problem] = (),
    refused: str = "",
    name: str = "",
    letterhead: LetterheadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = selectors.templates_of(request.company)
    now = selectors.letterhead_of(request.company)
    initial = {field: getattr(now, field) for field in LetterheadForm.base_fields}
    context = {
        "templates": found,
        "is_built_in": not any(one.is_default for one in found),
        "problems": problems,
        "refused": refused,
        "name": name,
        "letterhead": letterhead or LetterheadForm(initial=initial),
        "vocabulary": VOCABULARY,
        "tab": "templates",
        "title": "Word templates and letterhead",
    }
    return render(request, "quotes/templates.html", context, status=status)


# What a template may say; the names are those of the document that it is given.
VOCABULARY = [
    (words, prefix, [one.name for one in fields(kind) if one.name not in ("raw", *left_out)])
    for words, prefix, kind, left_out in (
        ("The quote", "", QuoteDocument, ("groups", "lines", "taxes")),
        ("Company, customer, contact, owner", "customer.", Party, ()),
        ("Each group in groups", "group.", DocumentGroup, ()),
        ("Each line in group.lines, or in lines", "line.", DocumentLine, ()),
    )
]


@require_POST
@allowed("quotes.settings")
def template_upload(request: CompanyRequest) -> HttpResponse:
    """A new template, or another file for one; a broken one is refused with the lines that break it."""
    file, name = request.FILES.get("file"), request.POST.get("name", "")[:200]
    if file is None:
        return _page(request, refused="Choose a Word file (.docx) first. Nothing was kept.", name=name)
    file_name = str(file.name or "template.docx")
    try:
        made = services.template_upload(
            request.company,
            name=name.strip() or file_name.rsplit(".", 1)[0],
            file_name=file_name,
            content=file.read(TEMPLATE_BYTES + 1),
            is_default="is_default" in request.POST,
            actor=request.user,
            at=request.at,
        )
    except TemplateRefused as refusal:
        return _page(
            request,
            problems=refusal.problems,
            refused=f"{file_name[:100]} cannot be used, and nothing was kept.",
            name=name,
        )
    except DocumentRefused as refusal:
        return _page(request, refused=str(refusal), name=name)
    messages.success(request, f"{made.name} was checked on two sample quotes and kept.")
    return redirect("quote-templates")


@never_cache
@require_GET
@allowed("quotes.settings")
def built_in(request: CompanyRequest) -> HttpResponse:
    """The built-in template, to start one's own from."""
    return _file("quote.docx", selectors.built_in_template())


@never_cache
@require_GET
@allowed("quotes.settings")
def template_file(request: CompanyRequest, pk: int) -> HttpResponse:
    """A template as it was uploaded."""
    template = _template_or_404(request, pk)
    return _file(template.file_name, bytes(template.content))


def _file(name: str, content: bytes) -> HttpResponse:
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "_" for sign in name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
    return HttpResponse(content, content_type=WORD, headers=headers)


def _template_or_404(request: CompanyRequest, pk: int) -> Any:
    template = selectors.template_of(request.company, pk)
    if template is None:
        raise Http404
    return template


@require_POST
@allowed("quotes.settings")
def template_default(request: CompanyRequest, pk: int) -> HttpResponse:
    template = _template_or_404(request, pk)
    return _default(request, template, template.name)


@require_POST
@allowed("quotes.settings")
def built_in_default(request: CompanyRequest) -> HttpResponse:
    return _default(request, None, "the built-in template")


def _default(request: CompanyRequest, template: Any, name: str) -> HttpResponse:
    def deed() -> None:
        services.template_set_default(request.company, template, actor=request.user, at=request.at)

    return _done(request, deed, f"Quotes are written with {name} from now on.")


@require_POST
@allowed("quotes.settings")
def template_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    template = _template_or_404(request, pk)
    name = template.name

    def deed() -> None:
        services.template_delete(template, actor=request.user, at=request.at)

    return _done(request, deed, f"{name} was removed. Documents made with it stay where they are.")


def _done(request: CompanyRequest, deed: Callable[[], None], said: str) -> HttpResponse:
    try:
        deed()
    except DocumentRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("quote-templates")


@require_POST
@allowed("quotes.settings")
def letterhead(request: CompanyRequest) -> HttpResponse:
    form = LetterheadForm(request.POST)
    if not form.is_valid():
        return _page(request, letterhead=form, status=400)
    try:
        services.letterhead_set(request.company, actor=request.user, at=request.at, **form.cleaned_data)
    except DocumentRefused as refusal:
        return _page(request, refused=str(refusal), letterhead=form)
    messages.success(request, "The letterhead was saved. Quotes show it from now on.")
    return redirect("quote-templates")


@require_POST
@allowed("quotes.edit")
def template_choose(request: CompanyRequest, pk: int) -> HttpResponse:
    """With which template one quote is written: empty as usual, 0 the built-in one."""
    quote, key = quote_or_404(request, pk), request.POST.get("template", "")
    wanted = int(key) if key.isdecimal() and len(key) < 19 else 0
    template = _template_or_404(request, wanted) if wanted else None
    services.template_choose(quote, template, usual=key == "", actor=request.user, at=request.at)
    if request.htmx:
        return HttpResponse(status=204)
    messages.success(request, "The template was chosen.")
    return redirect("quote", pk=pk)
