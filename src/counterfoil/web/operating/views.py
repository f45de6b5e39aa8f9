"""For whoever runs the installation: is it up, is it ready, and how does every connection stand.

The figures are over all operating companies, so no session opens them; only the operator's own token does.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from counterfoil.sync import operating
from counterfoil.sync.watching import watch_if_due
from counterfoil.web.operating.exposition import CONTENT_TYPE, exposition
from counterfoil.web.policy import open_to_all

View = Callable[[HttpRequest], HttpResponse]


def for_the_operator(view: View) -> View:
    """Only with the bearer token of the settings; without one in the settings the address does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        token = str(settings.CONFIGURATION.operator_token)
        if not token:
            return HttpResponse(status=404)
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        return view(request)

    return guarded


@never_cache
@require_safe
@open_to_all
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
@open_to_all
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers and every migration is applied."""
    problem = operating.not_ready()
    if not problem:
        watch_if_due(timezone.now())  # whoever probes has the silence noticed, even if no worker runs (TK-6)
    return HttpResponse(f"{problem or 'ok'}\n", content_type="text/plain", status=503 if problem else 200)


@never_cache
@require_safe
@open_to_all
@for_the_operator
def status(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    return JsonResponse({"at": at, "connections": operating.as_values(operating.figures(at))})


@never_cache
@require_safe
@open_to_all
@for_the_operator
def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(exposition(operating.figures(timezone.now())), content_type=CONTENT_TYPE)
