"""Many lives of a stream that moves while it is read, and what was lost in each (reliability P1 and P5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.unit.stream_world import Habits, hostile


@dataclass
class Tally:
    """The figures of some seeds. `stuck`: walks that were given up and begun anew, which is allowed."""

    seeds: int = 0
    lost: int = 0
    cursor_passed: int = 0
    stuck: int = 0
    calls: int = 0
    failed: list[int] = field(default_factory=list)

    def told(self) -> dict[str, int]:
        figures = {name: getattr(self, name) for name in ("seeds", "lost", "cursor_passed", "stuck", "calls")}
        return figures | {"failed_seeds": len(self.failed)}


def tally(seeds: Iterable[int], habits: Habits | None = None) -> Tally:
    """Live through each seed. A life that its own check of the cursor ends is one whose cursor passed a change."""
    found = Tally()
    for seed in seeds:
        found.seeds += 1
        try:
            keeper = hostile(seed, habits)
        except AssertionError:
            found.cursor_passed += 1
            found.failed.append(seed)
            continue
        found.stuck += keeper.stuck
        found.calls += keeper.stream.calls
        if keeper.lost():
            found.lost += 1
            found.failed.append(seed)
    return found
