from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from counterfoil.accounts.selectors import Membership, memberships_of

CHOSEN = "operating_company"


class OperatingCompanyMiddleware:
    """Says which operating company a request is about; the session keeps the one last chosen.

    Times are shown in the user's zone, or else in that of the operating company.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.at = timezone.now()
        request.memberships = memberships_of(request.user) if request.user.is_authenticated else []
        request.membership = _chosen(request.memberships, request.session.get(CHOSEN))
        request.company = request.membership.operating_company if request.membership else None
        with timezone.override(_zone(request)):
            return self.get_response(request)


def _chosen(memberships: list[Membership], wanted: int | None) -> Membership | None:
    for membership in memberships:
        if membership.operating_company_id == wanted:
            return membership
    return memberships[0] if memberships else None


def _zone(request: Any) -> zoneinfo.ZoneInfo:
    names = (getattr(request.user, "time_zone", ""), getattr(request.company, "time_zone", ""))
    for name in names:
        if name:
            try:
                return zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                continue
    return zoneinfo.ZoneInfo("UTC")
