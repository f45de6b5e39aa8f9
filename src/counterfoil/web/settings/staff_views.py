"""Users and their roles, and the operating company they work in: an Administrator's business."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from counterfoil.accounts.companies import COLOURS
from counterfoil.accounts.passwords import may_make_link, password_link_for
from counterfoil.accounts.roles import EFFECTS
from counterfoil.accounts.selectors import Membership, User, membership_in, memberships_in
from counterfoil.changes import staff
from counterfoil.web.middleware import CHOSEN
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.settings.staff_forms import ROLES, AddCompanyForm, CompanyForm, MemberForm


@never_cache
@require_GET
@allowed("people.manage")
def members(request: CompanyRequest) -> HttpResponse:
    return _page(request, MemberForm())


@never_cache
@require_POST
@allowed("people.manage")
def member_add(request: CompanyRequest) -> HttpResponse:
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        user, is_new = staff.member_add(
            request.company, **form.cleaned_data, actor=request.user, at=request.at
        )
    except staff.StaffRefused as refusal:
        form.add_error("email", str(refusal))
        return _page(request, form, status=400)
    if is_new:  # the link is shown in this very answer and never again
        return _page(request, MemberForm(), invited=user)
    messages.success(request, f"{user} works here now and signs in with the password they have.")
    return redirect("members")


@require_POST
@allowed("people.manage")
def member_role(request: CompanyRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    try:
        staff.member_role_set(
            membership, role=request.POST.get("role", ""), actor=request.user, at=request.at
        )
    except staff.StaffRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{membership.user} is {membership.get_role_display()} now.")
    return redirect("members")


@require_POST
@allowed("people.manage")
def member_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    try:
        staff.member_remove(membership, actor=request.user, at=request.at)
    except staff.StaffRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{membership.user} no longer works here. All they made stays.")
    return redirect("home" if membership.user == request.user else "members")


@never_cache
@require_POST
@allowed("people.manage")
def member_link(request: CompanyRequest, pk: int) -> HttpResponse:
    membership = _membership(request, pk)
    if may_make_link(request.user, membership.user):
        return _page(request, MemberForm(), invited=membership.user)
    messages.error(
        request,
        f"{membership.user} works in operating companies that you do not administer, so their password is not "
        "yours to renew. Nothing was changed. Ask an Administrator of all of them.",
    )
    return redirect("members")


@allowed("people.manage")
def company(request: CompanyRequest) -> HttpResponse:
    """The name and the colour of the company one is in."""
    of = request.company
    form = CompanyForm(request.POST or None, initial={"name": of.name, "colour": of.colour})
    if request.method == "POST" and form.is_valid():
        try:
            staff.company_change(of, **form.cleaned_data, actor=request.user, at=request.at)
        except staff.StaffRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("company-settings")
    return _company_page(request, form, AddCompanyForm())


@require_POST
@allowed("people.manage")
def company_add(request: CompanyRequest) -> HttpResponse:
    """Make another one, and go on in it."""
    form = AddCompanyForm(request.POST)
    if form.is_valid():
        try:
            made = staff.company_add(
                request.company, name=form.cleaned_data["new_name"], actor=request.user, at=request.at
            )
        except staff.StaffRefused as refusal:
            form.add_error("new_name", str(refusal))
        else:
            request.session[CHOSEN] = made.pk
            messages.success(request, f"You are in {made} now. Connect its own Xero organisation next.")
            return redirect("home")
    now = CompanyForm(initial={"name": request.company.name, "colour": request.company.colour})
    return _company_page(request, now, form, status=400)


def _membership(request: CompanyRequest, pk: int) -> Membership:
    found = membership_in(request.company, pk)
    if found is None:
        raise Http404
    return found


def _page(
    request: CompanyRequest, form: MemberForm, *, invited: User | None = None, status: int = 200
) -> HttpResponse:
    link = reverse("welcome", args=password_link_for(invited)) if invited else ""
    context = {
        "form": form,
        "rows": memberships_in(request.company),
        "roles": ROLES,
        "effects": [(role.label, effect) for role, effect in EFFECTS.items()],
        "invited": invited,
        "link": request.build_absolute_uri(link) if link else "",
        "title": "Users and roles",
    }
    return render(request, "settings/members.html", context, status=status)


def _company_page(
    request: CompanyRequest, form: CompanyForm, add: AddCompanyForm, status: int = 200
) -> HttpResponse:
    chosen = str(form["colour"].value())
    colours = COLOURS if chosen in dict(COLOURS) else ((chosen, "As now"), *COLOURS)
    context = {"form": form, "add": add, "colours": colours, "chosen": chosen, "title": "Operating company"}
    return render(request, "settings/company.html", context, status=status)
