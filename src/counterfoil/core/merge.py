"""Two sides changed one field: who is right? Base is what both had last (PU-2, reliability C2). Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

Merged = Literal["nothing", "push", "conflict"]
# Whether two values of a field say the same, however they are written.
Same = Callable[[str, Any, Any], bool]


class Conflict(Struct, frozen=True):
    """One field that both sides changed; nobody's value is lost until a person chooses."""

    field: str
    base: Any
    local: Any
    remote: Any


def equal(_field: str, one: Any, other: Any) -> bool:
    """The strictest `Same`."""
    return bool(one == other)


def plain(value: Any) -> Any:
    """A value as changes are written down: amounts as text without trailing zeros, nothing as ""."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value


def merge(
    base: Any,
    local: Any,
    remote: Any,
    *,
    field: str = "",
    sent: Collection[Any] = (),
    same: Same = equal,
) -> Merged:
    """`local` is to be sent only where `remote` is still as it was; what is equal already needs nothing.

    `sent`: values that we sent ourselves without learning whether they arrived; finding one there is nobody
    else's change. What the other side only writes differently is taken as it is: to insist would play ping-pong
    with whatever formats it there.
    """
    if local == remote:
        return "nothing"
    if remote in sent or same(field, remote, base):
        return "push"
    return "nothing" if same(field, local, remote) else "conflict"


def merge_all(
    base: Mapping[str, Any],
    local: Mapping[str, Any],
    remote: Mapping[str, Any],
    *,
    sent: Mapping[str, Collection[Any]] | None = None,
    same: Same = equal,
) -> tuple[dict[str, Any], list[Conflict]]:
    """What to send, and what only a person can decide, of the fields that changed here (the keys of `local`)."""
    to_send: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    tried = sent or {}
    for name, value in local.items():
        there, was = remote.get(name), base.get(name)
        outcome = merge(was, value, there, field=name, sent=tried.get(name, ()), same=same)
        if outcome == "push":
            to_send[name] = value
        elif outcome == "conflict":
            conflicts.append(Conflict(name, was, value, there))
    return to_send, conflicts


def joined(
    base: Mapping[str, Any], wanted: Mapping[str, Any], fields: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A further change (name → before, after) joins one on its way: the new base and what is wanted now.

    Where it goes on from what was wanted, the base stays the oldest. Where it goes on from something else, the other
    side's value had come in between and was seen by whoever changed it: that is the base from here on.
    """
    bases, wants = dict(base), dict(wanted)
    for name, (before, after) in fields.items():
        if name not in wants or wants[name] != before:
            bases[name] = before
        wants[name] = after
    return bases, wants
