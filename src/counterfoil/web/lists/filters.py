"""Choices above a list that are alike on several lists."""

from __future__ import annotations

from counterfoil.accounts.selectors import OperatingCompany, members_of
from counterfoil.crm.finance.listing import currency_codes
from counterfoil.web.lists.screen import Choices, Filter


def _managers(company: OperatingCompany) -> Choices:
    people = [(str(user.pk), str(user)) for user in members_of(company)]
    return [("", "Anyone"), ("none", "Nobody"), *people]


def _currencies(company: OperatingCompany) -> Choices:
    return [("", "All"), *((code, code) for code in currency_codes(company.pk))]


MANAGER = Filter("manager", "Account manager", _managers)
CURRENCY = Filter("currency", "Currency", _currencies)
