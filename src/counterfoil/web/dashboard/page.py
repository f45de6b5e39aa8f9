"""What the dashboard is given."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from counterfoil.crm.customers.listing import has_customers
from counterfoil.crm.quotes.activity import Happening, recent_activity
from counterfoil.sync.selectors import connection_of
from counterfoil.web.customers.timeline import LOOKS
from counterfoil.web.dashboard.figures import asks_of_customers, customers_context, quotes_context
from counterfoil.web.dashboard.sales import sales_context
from counterfoil.web.days import today_of
from counterfoil.web.requests import CompanyRequest
from counterfoil.web.showing import moment_html

ACTIVITIES = 8


def page_context(request: CompanyRequest) -> dict[str, Any]:
    today, mine = today_of(request.company), request.GET.get("owner") == "me"
    quotes = quotes_context(request, today, mine=mine)
    customers = customers_context(request, today)
    sales = sales_context(request.company, today)
    activity = recent_activity(request.company.pk, most=ACTIVITIES)
    connection = connection_of(request.company)
    return {
        **quotes,
        **customers,
        **sales,
        "asks": quotes["asks"] + asks_of_customers(request.membership.role, customers["customers"]),
        "mine": mine,
        "today": today,
        "activity": [_line(one, timezone.localdate(request.at)) for one in activity],
        "is_empty": not (sales["has_sold"] or activity or has_customers(request.company.pk)),
        "is_connected": connection is not None and connection.state != "disconnected",
        "title": "Dashboard",
    }


def _line(one: Happening, today: dt.date) -> dict[str, Any]:
    icon, tone = LOOKS[one.kind]
    near = timezone.localdate(one.at) == today
    day = f"{timezone.localtime(one.at).day} %b"
    return {
        "one": one,
        "icon": icon,
        "tone": tone,
        "when": moment_html(one.at, form="%H:%M" if near else day),
    }
