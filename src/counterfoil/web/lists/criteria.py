"""What a list's source is asked for: what the person chose, and the day it is for the company's books."""

from __future__ import annotations

from counterfoil.accounts.selectors import OperatingCompany
from counterfoil.web.days import today_of
from counterfoil.web.lists.query import ListQuery


def criteria_of(query: ListQuery, company: OperatingCompany) -> dict[str, str]:
    found = {**query.criteria, "today": f"{today_of(company)}"}
    return query.screen.asked(found, company) if query.screen.asked else found
