"""Undo the import as a whole, until somebody has worked on it (SY-8)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from counterfoil.core.pushing_contacts import same_name
from counterfoil.sync import undoable, undoing
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@never_cache
@require_http_methods(["GET", "POST"])
@allowed("integration.manage")
def undo(request: CompanyRequest) -> HttpResponse:
    """What it would take out, or why it cannot be; it is done once the organisation's name is typed."""
    standing = undoable.undoable_of(request.company)
    if standing is None:
        messages.info(request, undoing.NOTHING)
        return redirect("xero")
    mistyped = False
    if request.method == "POST" and standing.is_possible:
        mistyped = not same_name(request.POST.get("typed_name", ""), standing.connection.organisation_name)
        if not mistyped:
            return _undone(request, standing)
    context = {
        "standing": standing,
        "connection": standing.connection,
        "mistyped": mistyped,
        "title": "Undo the import",
        "tab": "status",
    }
    return render(request, "integration/undo.html", context)


def _undone(request: CompanyRequest, standing: undoable.Undoable) -> HttpResponse:
    try:
        undoing.import_undo(standing.connection, actor=request.user, at=request.at)
    except undoing.UndoRefused as refused:
        messages.error(request, str(refused))
        return redirect("xero-undo")
    messages.success(request, "The import was undone. Nothing is imported again until you say so.")
    return redirect("xero")
