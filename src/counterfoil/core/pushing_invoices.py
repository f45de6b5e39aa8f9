"""What a look at Xero's invoices says about a push: ours, somebody else's, or not there (reliability §5.4, step 4).

One look serves all open pushes of a company: the invoices our app has made since some moment, by their marks, and who
holds certain numbers. It counts for a push only if it was complete and reached far enough for that push.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from msgspec import Struct

from counterfoil.core.intents import IN_XERO, Absent, Ask, Found, Ours, Push, Taken, Verdict
from counterfoil.core.pushing import look_from_ms

# A longer query is cut by servers on the way (xero-facts §3.8).
NUMBERS_A_CALL = 40


class Shown(Struct, frozen=True):
    """A look's whole result. `complete`: every answer was 200 (or an empty 304), well-formed, and read to its end.

    `recorded`: ids that orders of ours have already.
    """

    started_ms: int
    since_ms: int
    numbers: frozenset[str]
    complete: bool
    by_marker: dict[str, tuple[Found, ...]]
    by_number: dict[str, tuple[Found, ...]]
    unmarked: tuple[Found, ...]
    recorded: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        made_by_us: Iterable[Found],
        holders: Iterable[Found],
        *,
        since_ms: int,
        numbers: Iterable[str],
        started_ms: int,
        complete: bool,
        recorded: Iterable[str] = (),
    ) -> Self:
        """`made_by_us`: what createdByMyApp listed since `since_ms`. `holders`: what InvoiceNumbers listed."""
        marked: dict[str, tuple[Found, ...]] = {}
        named: dict[str, tuple[Found, ...]] = {}
        unmarked: list[Found] = []
        seen: set[str] = set()
        for record in (*made_by_us, *holders):
            if record.id in seen:
                continue
            seen.add(record.id)
            number = fold(record.number)
            if number:
                named[number] = (*named.get(number, ()), record)
            if record.marker:
                marked[record.marker] = (*marked.get(record.marker, ()), record)
            elif record.by_us:
                unmarked.append(record)
        asked = frozenset(fold(number) for number in numbers)
        return cls(started_ms, since_ms, asked, complete, marked, named, tuple(unmarked), frozenset(recorded))


def fold(number: str) -> str:
    """Xero compares without regard to case (xero-facts §3.8), and blanks at the ends mean nothing."""
    return number.strip().casefold()


def one_look(pushes: Sequence[Push]) -> tuple[int, tuple[str, ...]]:
    """Since when, and for which numbers, to ask once for all of them (at least one)."""
    since = min(look_from_ms(push) for push in pushes)
    return since, tuple(push.number for push in pushes if push.own_number)


def invoice_verdict(push: Push, shown: Shown) -> Verdict | None:
    """None: this look says nothing about this push."""
    needs_number = push.own_number and push.state not in IN_XERO
    if (
        not shown.complete
        or shown.since_ms > look_from_ms(push)
        or (needs_number and fold(push.number) not in shown.numbers)
    ):
        return None
    mine = shown.by_marker.get(push.marker, ())
    kin = _of_other_revisions(push, shown)
    if push.state in IN_XERO:
        # The recorded one is known by its id, whatever a person did to its link.
        held = mine + tuple(record for record in shown.unmarked if record.id == push.xero_id)
        if any(record.is_live for record in held):
            # A refused revision that arrived after all is a twin of the one that was sent in its place.
            return Ours(held + kin, _alike(push, shown))
    if mine:
        return Ours(mine)
    if kin:
        return Ask("other_revision", tuple(record.id for record in kin), at_once=True)
    holders = shown.by_number.get(fold(push.number), ()) if needs_number else ()
    may_be_there = push.first_sent_ms is not None or push.revision > 1
    suspects = _without_mark(push, shown, holders) if may_be_there else ()
    if suspects:
        return Ask("alike", suspects)
    return Taken() if holders else Absent()


def _of_other_revisions(push: Push, shown: Shown) -> tuple[Found, ...]:
    return tuple(
        record
        for mark in push.kin
        for record in shown.by_marker.get(mark, ())
        if record.is_live and record.id not in push.not_ours
    )


def _without_mark(push: Push, shown: Shown, holders: tuple[Found, ...]) -> tuple[str, ...]:
    """What may be ours with the link taken out by a person: never adopted without asking."""
    by_number = [record for record in holders if record.by_us and not record.marker]
    found = [record.id for record in by_number if record.id not in push.not_ours]
    return tuple(dict.fromkeys((*found, *_alike(push, shown))))


def _alike(push: Push, shown: Shown) -> tuple[str, ...]:
    """What our app made, looks like this order, has no link, and is no other order's."""
    if push.likeness is None:
        return ()
    known = {push.xero_id, *push.not_ours, *shown.recorded}
    return tuple(
        record.id
        for record in shown.unmarked
        if record.is_live and record.likeness == push.likeness and record.id not in known
    )
