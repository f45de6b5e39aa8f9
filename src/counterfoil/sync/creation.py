"""A customer or product that is still being made in Xero, and was changed here meanwhile (PU-1, PU-3)."""

from __future__ import annotations

import datetime as dt

import msgspec

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core import pushing
from counterfoil.core.intents import Push
from counterfoil.sync.models import PushIntent
from counterfoil.sync.outbox import changed_by_person, to_ms


def freeze_again(company: OperatingCompany, kind: str, order: str, *, at: dt.datetime) -> None:
    """What Xero refused goes out again as it is now; anything that may be on its way is left alone.

    A change made while it is on its way follows as an update once it is there.
    """
    rows = PushIntent.objects.of(company).filter(kind=kind, order=order, skipped_at=None, xero_id="")
    for row in rows.filter(state="refused"):
        changed_by_person(row, lambda push: unfrozen(push, now_ms=to_ms(at)), at=at)


def unfrozen(push: Push, *, now_ms: int) -> Push:
    """Refused for certain: it may be written down anew. One in doubt keeps its bytes."""
    waiting = msgspec.structs.replace(
        push,
        state="waiting",
        is_frozen=push.doubt,
        refusal="",
        refusal_reason="",
        checked_ms=None,
        clear_since_ms=None,
    )
    return pushing.resumed(waiting, now_ms=now_ms)
