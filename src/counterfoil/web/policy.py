"""Who may open a view. Each view says it with one of these; a test walks all routes and insists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from counterfoil.accounts.roles import PERMISSIONS, holders, permits

OPEN = "open"
SIGNED_IN = "signed-in"

View = Callable[..., HttpResponseBase]


def allowed(permission: str) -> Callable[[View], View]:
    """Only for people whose role in the chosen operating company has `permission`."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.membership is None:
                return render(request, "errors/no_company.html", status=403)
            if not permits(request.membership.role, permission):
                return refused(request, permission)
            return view(request, *args, **kwargs)

        guarded.policy = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: View) -> View:
    """For everybody who is signed in, whatever their role."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    guarded.policy = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def open_to_all(view: View) -> View:
    """For everybody, signed in or not."""

    @wraps(view)
    def unguarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    unguarded.policy = OPEN  # type: ignore[attr-defined]
    return unguarded


def refused(request: HttpRequest, permission: str) -> HttpResponseBase:
    """The page that says which roles may."""
    return render(request, "errors/not_allowed.html", {"holders": holders(permission)}, status=403)
