"""What is asked of a report: its period in days, and the address of the records behind each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.core.periods import Period, period_of
from counterfoil.sync.selectors import year_end_of
from counterfoil.web.days import today_of
from counterfoil.web.lists.query import day_read
from counterfoil.web.lists.screen import OWN_DAYS, Choices, Filter
from counterfoil.web.showing import day_text

USUAL = "12-months"
# What rows pass on to the records behind them.
PASSED_ON = ("from", "to", "currency", "manager", "customer")


def _periods(company: OperatingCompany) -> Choices:
    financial = [("year", "This financial year"), ("last-year", "Last financial year")]
    return [
        ("", "Last 12 months"),
        ("month", "This month"),
        ("last-month", "Last month"),
        ("quarter", "This quarter"),
        ("last-quarter", "Last quarter"),
        *(financial if year_end_of(company) else []),
        (OWN_DAYS, "From day to day"),
    ]


PERIOD = Filter("period", "Period", _periods)


def period_asked(criteria: Mapping[str, str], company: OperatingCompany) -> Period:
    if (name := criteria.get("period", "")) == OWN_DAYS:
        return Period(day_read(criteria.get("from", "")), day_read(criteria.get("to", "")))
    found = period_of(name or USUAL, today=today_of(company), year_end=year_end_of(company))
    return found or Period(None, None)


def dated(criteria: dict[str, str], company: OperatingCompany) -> dict[str, str]:
    """The same with the period's first and last day as `from` and `to`."""
    since, until = period_asked(criteria, company)
    return criteria | {"from": since.isoformat() if since else "", "to": until.isoformat() if until else ""}


def period_said(asked: Mapping[str, str], company: OperatingCompany) -> str:
    """1 December 2025 to 30 November 2026, in words."""
    since, until = day_text(day_read(asked.get("from", ""))), day_text(day_read(asked.get("to", "")))
    if since and until:
        return f"{since} to {until}"
    if since or until:
        return f"From {since}" if since else f"Until {until}"
    return "All there is"


def behind(route: str, asked: Mapping[str, str], **more: object) -> str:
    """The address of a list of the records that a row adds up."""
    given: dict[str, Any] = {key: asked[key] for key in PASSED_ON if asked.get(key)}
    return f"{reverse(route)}?{urlencode(given | more, safe=',')}"


def report_behind(route: str, asked: Mapping[str, str], **more: object) -> str:
    """The same of another report, which has a period of its own."""
    return behind(route, asked, period=OWN_DAYS, **more)
