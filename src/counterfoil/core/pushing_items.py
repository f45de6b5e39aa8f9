"""What a look at Xero's items says about a product that was made here (reliability §5.5).

An item has nothing but its code to know it by, and no list tells who made it. So one with our code is ours only if it
is linked already, or if something we sent may have made it and it is what we sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from counterfoil.core.intents import Absent, Ask, Found, Ours, Push, Verdict

LONGEST_CODE = 30


class FoundItem(Struct, frozen=True):
    """An item as Xero showed it. `is_this`: linked to this very product. `is_equal`: what our frozen body says."""

    id: str
    code: str
    updated_ms: int = 0
    is_this: bool = False
    is_linked: bool = False
    is_equal: bool = False


def item_verdict(push: Push, items: Sequence[FoundItem], *, complete: bool) -> Verdict | None:
    """`items`: the whole unpaged list. None: the look was incomplete and says nothing.

    Whether Xero tells codes apart by case is not known (xero-facts §4.4), so they are compared without.
    """
    if not complete:
        return None
    code = push.number.strip().casefold()
    same = [item for item in items if item.code.strip().casefold() == code and item.id not in push.not_ours]
    if not same:
        return Absent()
    ours = [item for item in same if item.is_this or _made_by_us(push, item)]
    if ours:
        return Ours(
            tuple(Found(id=item.id, status="", number=item.code, updated_ms=item.updated_ms) for item in ours)
        )
    return Ask("code_taken", tuple(item.id for item in same), at_once=True)


def _made_by_us(push: Push, item: FoundItem) -> bool:
    """Even when a look in between did not show it: lists may be behind (seed 202)."""
    return push.was_unsure and item.is_equal and not item.is_linked
