"""What a customer owes, as its page asks for it: which day, and whose."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from counterfoil.crm.customers.listing import ledgers_beside
from counterfoil.crm.documents.statement import AGES
from counterfoil.crm.sales.statement import Item, Sheet, Statement, statement_of
from counterfoil.web.days import today_of
from counterfoil.web.requests import CompanyRequest

# What the page shows of them; the PDF has them all.
_ITEMS_SHOWN = 100


def statement_context(request: CompanyRequest, ledger: Any) -> dict[str, Any]:
    """For the tab: the day and whose statement as the address says."""
    ledgers = ledgers_beside(ledger)
    statement = statement_asked(request, ledger, ledgers)
    whole = request.GET.get("of") == "company"
    return {
        "statement": statement,
        "ages": AGES,
        "family": ledgers if len(ledgers) > 1 else [],
        "whole": whole,
        "shown": _shown(statement),
        "asked": urlencode({"on": statement.on.isoformat(), **({"of": "company"} if whole else {})}),
        "today": today_of(request.company),
    }


def statement_asked(request: CompanyRequest, ledger: Any, ledgers: list[Any] | None = None) -> Statement:
    mine = [ledger]
    if request.GET.get("of") == "company":
        mine = ledgers_beside(ledger) if ledgers is None else ledgers
    today = today_of(request.company)
    on = _day(request.GET.get("on", ""), today)
    return statement_of(mine, on=on, today=today, home=request.company.home_currency)


def _day(text: str, today: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return today


def _shown(statement: Statement) -> list[tuple[Sheet, list[Item]]]:
    """Sheets with the items that fit on the page."""
    room = _ITEMS_SHOWN
    found: list[tuple[Sheet, list[Item]]] = []
    for sheet in statement.sheets:
        found.append((sheet, list(sheet.items[:room])))
        room -= min(room, len(sheet.items))
    return found
