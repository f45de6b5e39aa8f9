"""The request as views see it after the middlewares."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from counterfoil.accounts.selectors import Membership, OperatingCompany, User


class PersonRequest(HttpRequest):
    """Somebody is signed in. `membership` is None for a user who works in no operating company."""

    user: User
    htmx: HtmxDetails
    at: dt.datetime
    memberships: list[Membership]
    membership: Membership | None


class CompanyRequest(PersonRequest):
    """Somebody is signed in and works in `company` with a role that the view's policy asked for."""

    membership: Membership
    company: OperatingCompany
