"""Counts of quotes, orders and customers, each with the list that it opens; and what of them asks for this person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from counterfoil.accounts.roles import permits
from counterfoil.core.lifecycle import NAMES, OPEN, Stage
from counterfoil.core.money import ZERO
from counterfoil.crm.customers.listing import customers_counted
from counterfoil.crm.quotes.listing import quotes_counted
from counterfoil.crm.sales.slipping import customers_slipping
from counterfoil.web.dashboard import lists
from counterfoil.web.requests import CompanyRequest

SHOWN_SLIPPING = 5
_PIPELINE = (*(stage for stage in Stage if stage in OPEN), Stage.WAITING)
# What asks for the person it belongs to: name, status of the list, words for one and for more, tone.
_OWN = (
    (
        "won",
        "of your quotes is won and to be confirmed",
        "of your quotes are won and to be confirmed",
        "good",
    ),
    (
        "expiring",
        "of your quotes is valid for a week or less",
        "of your quotes are valid for a week or less",
        "warn",
    ),
    (
        "expired",
        "of your open quotes is not valid any more",
        "of your open quotes are not valid any more",
        "neutral",
    ),
)


@dataclass(frozen=True)
class Figure:
    count: int
    total: Decimal
    address: str


@dataclass(frozen=True)
class InStage:
    """One stage of the pipeline; `share` is how long its bar is, of 1,000 for the longest."""

    name: str
    figure: Figure
    share: str


@dataclass(frozen=True)
class Ask:
    """Something that this person may do something about."""

    count: int
    words: str
    address: str
    tone: str


def quotes_context(request: CompanyRequest, today: dt.date, *, mine: bool) -> dict[str, Any]:
    """Pipeline and orders, of everybody or of this person; and what asks for this person."""
    wanted = _wanted(request, f"{today}", owner=f"{request.user.pk}" if mine else "")
    worth = [name for name in wanted if not name.startswith("my_")]
    found = quotes_counted(request.company.pk, wanted, worth)
    figures = {
        name: Figure(found[name].count, found[name].total, lists.address("quotes", criteria))
        for name, criteria in wanted.items()
    }
    stages = _stages([(NAMES[stage], figures[f"stage_{stage.value}"]) for stage in _PIPELINE])
    return {
        "quotes": figures,
        "stages": stages[:-1],
        "ordered": stages[-1],
        "asks": _asks_of_quotes(request.membership.role, figures),
    }


def _stages(figures: Sequence[tuple[str, Figure]]) -> list[InStage]:
    most = max(figure.total for _, figure in figures)
    return [
        InStage(name, figure, f"{float(figure.total / most * 1000) if most > 0 else 0:.1f}")
        for name, figure in figures
    ]


def _wanted(request: CompanyRequest, today: str, *, owner: str) -> dict[str, dict[str, str]]:
    me = f"{request.user.pk}"
    everybody = ("won", "sending", "refused")
    return {
        **{f"stage_{stage.value}": {"status": stage.value, "owner": owner} for stage in _PIPELINE},
        "pipeline": {"status": "open", "owner": owner},
        **{name: {"status": name} for name in everybody},
        **{f"my_{name}": {"status": name, "owner": me, "today": today} for name, *_ in _OWN},
        "my_refused": {"status": "refused", "owner": me},
    }


def _asks_of_quotes(role: str, figures: Mapping[str, Figure]) -> list[Ask]:
    asks = []
    if permits(role, "outbox.manage"):
        asks.append(
            _ask(figures["refused"], "order was refused by Xero", "orders were refused by Xero", "bad")
        )
    elif permits(role, "orders.retry"):
        mine = figures["my_refused"]
        asks.append(
            _ask(mine, "of your orders was refused by Xero", "of your orders were refused by Xero", "bad")
        )
    if permits(role, "quotes.edit"):
        asks += [_ask(figures[f"my_{name}"], one, more, tone) for name, one, more, tone in _OWN]
    return [ask for ask in asks if ask.count]


def _ask(figure: Figure, one: str, more: str, tone: str) -> Ask:
    return Ask(figure.count, one if figure.count == 1 else more, figure.address, tone)


def customers_context(request: CompanyRequest, today: dt.date) -> dict[str, Any]:
    """Who is overdue or on stop; and who has gone quiet or buys less, those first who are missed most."""
    counted = customers_counted(request.company.pk, ("overdue", "stop", "archived", "homeless"))
    sorts = {"overdue": {"sort": "-overdue"}}
    figures = {
        name: Figure(one.count, one.total, lists.customers(name, **sorts.get(name, {})))
        for name, one in counted.items()
    }
    slips = customers_slipping(request.company.pk, today=today)
    slipping = [*slips.quiet, *slips.less]
    slipping.sort(key=lambda one: one.recent - one.usual)
    return {
        "customers": figures,
        "quiet": Figure(len(slips.quiet), ZERO, lists.customers("quiet")),
        "less": Figure(len(slips.less), ZERO, lists.customers("less")),
        "slipping": slipping[:SHOWN_SLIPPING],
    }


def asks_of_customers(role: str, figures: Mapping[str, Figure]) -> list[Ask]:
    if not permits(role, "customers.edit"):
        return []
    ask = _ask(figures["homeless"], "customer has no company yet", "customers have no company yet", "neutral")
    return [ask] if ask.count else []
