"""What can be done to many customers at once: each through the service for one, with its own entry in the trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from counterfoil.accounts.selectors import member_of
from counterfoil.crm.customers import services
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.web.lists.screen import Ask, Bulk
from counterfoil.web.requests import CompanyRequest

NOBODY = "none"


def _manager(request: CompanyRequest, wanted: str) -> Callable[[Any], bool]:
    manager = member_of(request.company, int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else None
    if manager is None and wanted != NOBODY:
        raise CustomerRefused("Choose somebody who works here. Nothing was changed.")
    done = set()  # customers can share a company

    def each(ledger: Any) -> bool:
        if ledger.division is None:
            raise CustomerRefused(f"{ledger.name} has no company yet: make or choose one first.")
        company = ledger.division.company
        if company.pk in done or company.account_manager_id == (manager.pk if manager else None):
            return False
        done.add(company.pk)
        services.company_set_account_manager(company, manager, actor=request.user, at=request.at)
        return True

    return each


def _stop(request: CompanyRequest, reason: str) -> Callable[[Any], bool]:
    if not reason:
        raise CustomerRefused("Nothing was changed: say why these customers are put on stop.")

    def each(ledger: Any) -> bool:
        services.sales_ledger_stop(ledger, reason[:2000], request.user, request.at)
        return True

    return each


def _release(request: CompanyRequest, said: str) -> Callable[[Any], bool]:
    def each(ledger: Any) -> bool:
        services.sales_ledger_release(ledger, request.user, request.at)
        return True

    return each


BULK = (
    Bulk(
        key="manager",
        label="Account manager",
        icon="user",
        permission="customers.edit",
        button="Set account manager",
        done="given this account manager",
        begin=_manager,
        refusal=CustomerRefused,
        ask=Ask("Who looks after them", filter="manager"),
    ),
    Bulk(
        key="stop",
        label="Put on stop",
        icon="player-stop",
        permission="customers.stop",
        button="Put on stop",
        done="put on stop: new orders cannot be confirmed until they are released",
        begin=_stop,
        refusal=CustomerRefused,
        ask=Ask("Why", "Everybody sees it. New orders cannot be confirmed; what is ordered already goes on."),
        grave=True,
    ),
    Bulk(
        key="release",
        label="Release",
        icon="player-play",
        permission="customers.stop",
        button="Lift the stop",
        done="released",
        begin=_release,
        refusal=CustomerRefused,
        help="Only stops that somebody here set. One that comes from the books stays.",
    ),
)
