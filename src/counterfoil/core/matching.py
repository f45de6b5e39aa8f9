"""Which of a document's stored lines are the ones that came now: kept, new, gone.

A line is itself by its LineItemID. Lines without one are themselves by their place among such lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple


class Stored(NamedTuple):
    """A stored line as far as matching needs it."""

    row: int
    position: int
    line_item_id: str


_POSITION = attrgetter("position")


class Match(NamedTuple):
    """`rows` has, for each line that came, the stored row it continues or None; `gone` are the others."""

    rows: list[Stored | None]
    gone: list[Stored]


def match_lines(stored: Sequence[Stored], line_item_ids: Sequence[str]) -> Match:
    """Pair the lines that came with stored ones; each stored row is taken once, in order of position."""
    ordered = sorted(stored, key=_POSITION)
    if [old.line_item_id for old in ordered] == line_item_ids:
        return Match(list(ordered), [])
    waiting: dict[str, list[Stored]] = {}
    for old in reversed(ordered):
        waiting.setdefault(old.line_item_id, []).append(old)
    rows = [waiting[key].pop() if waiting.get(key) else None for key in line_item_ids]
    return Match(rows, [old for rest in waiting.values() for old in rest])
