"""Two sides changed one field: who is right? Base is what both had last (PU-2, reliability C2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Merged = Literal["nothing", "push", "conflict"]


class Conflict(Struct, frozen=True):
    """One field that both sides changed; nobody's value is lost until a person chooses."""

    field: str
    base: Any
    local: Any
    remote: Any


def merge(base: Any, local: Any, remote: Any) -> Merged:
    """`local` is to be sent only where `remote` is still as it was; what is equal already needs nothing."""
    if local == remote:
        return "nothing"
    return "push" if remote == base else "conflict"


def merge_all(
    base: Mapping[str, Any], local: Mapping[str, Any], remote: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Conflict]]:
    """What to send, and what only a person can decide, of the fields that changed here (the keys of `local`)."""
    to_send: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name, value in local.items():
        there = remote.get(name)
        outcome = merge(base.get(name), value, there)
        if outcome == "push":
            to_send[name] = value
        elif outcome == "conflict":
            conflicts.append(Conflict(name, base.get(name), value, there))
    return to_send, conflicts
