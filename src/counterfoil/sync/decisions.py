"""Do what a person decided about a row of the outbox, which pages name by its `ref` (standing.OutboxRow)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.sync import deciding
from counterfoil.sync.deciding import DecisionRefused
from counterfoil.sync.models import Errand, PushIntent
from counterfoil.sync.standing import OutboxRow, errand_row, intent_row

__all__ = ["DecisionRefused", "decide", "decide_all", "outbox_row_of"]


def outbox_row_of(company: OperatingCompany, ref: str) -> OutboxRow | None:
    """The row with this `ref`, if the company has it."""
    found = _record_of(company, ref)
    if isinstance(found, PushIntent):
        return intent_row(found)
    return errand_row(found) if found else None


def decide(
    company: OperatingCompany, ref: str, choice: str, *, given: str = "", actor: User, at: dt.datetime
) -> bool:
    """Retry, skip, link, rename, refuse the candidates (`other`), or choose a side; False when there is no such row.

    `given` is the reason, the Xero id, the new name, or `field:side`. Raises DecisionRefused.
    """
    found = _record_of(company, ref)
    if found is None:
        return False
    if isinstance(found, PushIntent):
        _decide_intent(found, choice, given, actor=actor, at=at)
    else:
        _decide_errand(found, choice, given, actor=actor, at=at)
    return True


def decide_all(
    company: OperatingCompany,
    refs: Collection[str],
    choice: str,
    *,
    given: str = "",
    actor: User,
    at: dt.datetime,
) -> tuple[int, list[str]]:
    """The same for many; how many it was done for, and what the others said."""
    done, refused = 0, []
    for ref in refs:
        try:
            done += decide(company, ref, choice, given=given, actor=actor, at=at)
        except DecisionRefused as refusal:
            refused.append(str(refusal))
    return done, refused


def _record_of(company: OperatingCompany, ref: str) -> PushIntent | Errand | None:
    kind, _, key = ref.partition(":")
    if not key.isdecimal() or len(key) > 18:
        return None
    models: dict[str, type[PushIntent | Errand]] = {"intent": PushIntent, "errand": Errand}
    if kind not in models:
        return None
    rows = models[kind].objects.of(company).select_related("quote", "ledger", "product", "operating_company")
    found: PushIntent | Errand | None = rows.filter(pk=int(key)).first()
    return found


def _decide_intent(found: PushIntent, choice: str, given: str, *, actor: User, at: dt.datetime) -> None:
    if choice == "retry":
        deciding.intent_retry(found, actor=actor, at=at)
    elif choice == "skip":
        deciding.intent_skip(found, given, actor=actor, at=at)
    elif choice == "link":
        deciding.clash_link(found, given, actor=actor, at=at)
    elif choice == "rename":
        deciding.clash_rename(found, given, actor=actor, at=at)
    elif choice == "other":
        deciding.not_this(found, actor=actor, at=at)
    else:
        raise DecisionRefused("That cannot be decided about it. Nothing was changed.")


def _decide_errand(found: Errand, choice: str, given: str, *, actor: User, at: dt.datetime) -> None:
    if choice == "retry":
        deciding.errand_retry(found, actor=actor, at=at)
    elif choice == "skip":
        deciding.errand_skip(found, given, actor=actor, at=at)
    elif choice == "choose":
        field, _, side = given.partition(":")
        deciding.conflict_choose(found, field, side, actor=actor, at=at)
    else:
        raise DecisionRefused("That cannot be decided about it. Nothing was changed.")
