"""The files of a customer: put them there, fetch them, delete them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.crm.customers import listing, services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.web.customers.views import ledger_or_404
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest

_OFFICE = "application/vnd.openxmlformats-officedocument"
# By ending, never by what the browser that brought it said. What is not here is bytes, HTML and SVG above all.
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "txt": "text/plain; charset=utf-8",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "zip": "application/zip",
}


@require_POST
@allowed("customers.edit")
def file_add(request: CompanyRequest, pk: int) -> HttpResponse:
    ledger = ledger_or_404(request, pk)
    given = request.FILES.getlist("file")
    if not given:
        messages.error(request, "Choose a file first. Nothing was kept.")
    kept = [str(one.name or "file") for one in given if _kept(request, ledger, one)]
    if kept:
        said = kept[0][:200] if len(kept) == 1 else f"{len(kept)} files"
        messages.success(request, f"{said} {'was' if len(kept) == 1 else 'were'} added.")
    return _back(pk)


def _kept(request: CompanyRequest, ledger: Any, file: Any) -> bool:
    try:
        services.file_add(
            ledger,
            name=str(file.name or ""),
            content=file.read(services.FILE_BYTES + 1),
            actor=request.user,
            at=request.at,
        )
    except CustomerRefused as refusal:
        messages.error(request, str(refusal))
        return False
    return True


@never_cache
@require_GET
@allowed("records.read")
def file_fetch(request: CompanyRequest, pk: int) -> HttpResponse:
    """Always to be saved and never shown: a page of a stranger's making must not run as one of ours."""
    file = _file_or_404(request, pk)
    ending = file.name.rpartition(".")[2].lower()
    answer = HttpResponse(bytes(file.content), content_type=_TYPES.get(ending, "application/octet-stream"))
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or ""
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
@allowed("customers.edit")
def file_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    file = _file_or_404(request, pk)
    try:
        services.file_delete(file, actor=request.user, at=request.at)
    except CustomerRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{file.name} was deleted. The timeline keeps that it was here.")
    return _back(file.sales_ledger_id)


def _file_or_404(request: CompanyRequest, pk: int) -> Any:
    file = listing.file_of(request.company.pk, pk)
    if file is None:
        raise Http404
    return file


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('customer', args=[pk])}?tab=files")
