from __future__ import annotations

from typing import Any

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from counterfoil.accounts.passwords import PasswordRefused, link_owner, password_choose
from counterfoil.accounts.selectors import is_set_up
from counterfoil.accounts.services import (
    SetUpRefused,
    SignInRefused,
    first_administrator_create,
    sign_in_check,
)
from counterfoil.web.policy import open_to_all, signed_in
from counterfoil.web.requests import PersonRequest
from counterfoil.web.sign_in.forms import FirstRunForm, NewPasswordForm, SignInForm

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@open_to_all
def sign_in(request: HttpRequest) -> HttpResponse:
    if not is_set_up():
        return redirect("first-run")
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            user = sign_in_check(
                form.cleaned_data["email"],
                form.cleaned_data["password"],
                address=request.META.get("REMOTE_ADDR", ""),
                at=timezone.now(),
            )
        except SignInRefused as refusal:
            problem = str(refusal)
        else:
            login(request, user, backend=BACKEND)
            return redirect(_next(request))
    context: dict[str, Any] = {"form": form, "problem": problem, "next": _next(request), "title": "Sign in"}
    return render(request, "sign_in/sign_in.html", context, status=403 if problem else 200)


@require_POST
@signed_in
def sign_out(request: PersonRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@never_cache
@sensitive_post_parameters("password")
@open_to_all
def first_run(request: HttpRequest) -> HttpResponse:
    if is_set_up():
        return redirect("sign-in")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, _ = first_administrator_create(**form.cleaned_data, at=timezone.now())
        except SetUpRefused as refusal:
            form.add_error("password", str(refusal))
        else:
            login(request, user, backend=BACKEND)
            return redirect("home")
    return render(request, "sign_in/first_run.html", {"form": form, "title": "Set up Counterfoil"})


@never_cache
@sensitive_post_parameters("password")
@open_to_all
def welcome(request: HttpRequest, who: str, token: str) -> HttpResponse:
    """Where a link leads with which somebody chooses their first or a new password."""
    owner = link_owner(who, token)
    form = NewPasswordForm(request.POST or None)
    if owner is not None and request.method == "POST" and form.is_valid():
        try:
            password_choose(owner, form.cleaned_data["password"])
        except PasswordRefused as refusal:
            form.add_error("password", str(refusal))
        else:
            login(request, owner, backend=BACKEND)
            return redirect("home")
    context = {"owner": owner, "form": form, "title": "Choose a password"}
    return render(request, "sign_in/welcome.html", context, status=200 if owner else 404)


def _next(request: HttpRequest) -> str:
    address = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else reverse("home")
