"""How a change of a contact or an item reaches Xero (PU-2, reliability §5.5): read, merge, write, read again if unsure.

An update may be repeated without harm, since it says what should be there; so nothing is announced and nothing
settles. It never carries a key derived from its content: A to B to A would replay the first answer (W6). What
`core.merge` makes of two sides' changes is not decided here, only when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from counterfoil.core.answers import Answer, Outcome
from counterfoil.core.retry import MINUTE_MS, SECOND_MS, backoff_ms

# Contacts merged into merged contacts: followed so far, and a circle ends too (H13).
MOST_HOPS = 5
MOST_WRITES = 8

UpdateState = Literal["read", "merge", "write", "done", "gone", "archived", "refused", "waiting"]


class Remote(Struct, frozen=True):
    """The record as just read, alone. `differs`: some owned field is not yet what the CRM says.

    `merged_into`: only single reads of contacts show it. `is_archived`: it cannot be edited through the API.
    """

    id: str
    updated_ms: int
    differs: bool
    is_archived: bool = False
    merged_into: str = ""


class Update(Struct, frozen=True, kw_only=True):
    """One change on its way. `seen_ms`: UpdatedDateUTC of the version that the change was merged with last."""

    xero_id: str
    seen_ms: int
    state: UpdateState = "read"
    not_before_ms: int = 0
    writes: int = 0
    reads: int = 0
    hops: int = 0
    renewed: bool = False
    words: str = ""


def read(update: Update, remote: Remote | None, *, now_ms: int) -> Update:
    """After reading `update.xero_id` alone. None: Xero has no such record (an item that was deleted)."""
    if remote is None:
        return replace(update, state="gone")
    if remote.merged_into:
        return _followed(update, remote)
    if remote.is_archived:
        return replace(update, state="archived")
    if not remote.differs:
        return replace(update, state="done", seen_ms=remote.updated_ms)
    if remote.updated_ms != update.seen_ms:
        return replace(update, state="merge", seen_ms=remote.updated_ms)
    return replace(update, state="write")


def _followed(update: Update, remote: Remote) -> Update:
    if update.hops >= MOST_HOPS:
        return replace(
            update, state="waiting", words="The contact was merged in a circle, or too often to follow."
        )
    return replace(update, xero_id=remote.merged_into, hops=update.hops + 1)


def unread(update: Update, *, now_ms: int) -> Update:
    """The read failed; nothing was changed."""
    wait = backoff_ms(update.reads + 1, first_ms=5 * SECOND_MS, longest_ms=10 * MINUTE_MS)
    return replace(update, state="read", reads=update.reads + 1, not_before_ms=now_ms + wait)


def merged(update: Update, *, still_differs: bool) -> Update:
    """The change was merged with the version read, owner by owner (core.merge)."""
    return replace(update, state="write" if still_differs else "done")


def written(update: Update, answer: Answer, *, now_ms: int) -> Update:
    """After one POST to the record's own address. Unknown means: read it and see."""
    update = replace(update, words="\n".join(answer.words))
    return _AFTER_WRITE[answer.outcome](update, answer, now_ms)


def _after_made(update: Update, answer: Answer, _now_ms: int) -> Update:
    seen = answer.record.updated_ms if answer.record else update.seen_ms
    return replace(update, state="done", seen_ms=seen)


def _after_unknown(update: Update, answer: Answer, now_ms: int) -> Update:
    if update.writes >= MOST_WRITES:
        return replace(
            update, state="waiting", words=update.words or "Xero gave no clear answer, again and again."
        )
    wait = answer.wait_ms or backoff_ms(update.writes + 1, first_ms=5 * SECOND_MS, longest_ms=10 * MINUTE_MS)
    return replace(update, state="read", writes=update.writes + 1, not_before_ms=now_ms + wait)


def _after_limited(update: Update, answer: Answer, now_ms: int) -> Update:
    return replace(update, state="read", not_before_ms=now_ms + answer.wait_ms)


def _after_expired(update: Update, _answer: Answer, now_ms: int) -> Update:
    if update.renewed:
        return replace(update, state="waiting")
    return replace(update, state="read", renewed=True, not_before_ms=now_ms)


def _after_forbidden(update: Update, _answer: Answer, _now_ms: int) -> Update:
    return replace(update, state="waiting")


def _after_refused(update: Update, _answer: Answer, _now_ms: int) -> Update:
    return replace(update, state="refused")


def _after_unsupported(update: Update, _answer: Answer, now_ms: int) -> Update:
    """404: deleted since it was read. Anything else shows on the next read, or does not go away."""
    return _after_unknown(update, _answer, now_ms)


_AFTER_WRITE: dict[Outcome, Callable[[Update, Answer, int], Update]] = {
    "made": _after_made,
    "unreadable": _after_unknown,
    "failed": _after_unknown,
    "lost": _after_unknown,
    "not_sent": _after_unknown,
    "limited": _after_limited,
    "expired": _after_expired,
    "forbidden": _after_forbidden,
    "key_conflict": _after_forbidden,
    "refused": _after_refused,
    "clash": _after_refused,
    "unsupported": _after_unsupported,
}
