"""What people have done with records that came in: how many, and some of them by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

NAMES_SHOWN = 3


@dataclass(frozen=True)
class Worked:
    """Records that somebody has worked on. `names`: the first of them, each once."""

    count: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        listed = list(names)
        return cls(len(listed), tuple(dict.fromkeys(name for name in listed if name))[:NAMES_SHOWN])
