"""Ten thousand more lives of a stream that moves while it is read; `./go soak pull` runs as many as one has time for."""

from __future__ import annotations

import pytest

from tests.soak.pull_seeds import tally

FIRST, SEEDS, BLOCKS = 10_000, 10_000, 20


@pytest.mark.rule("SY-4")
@pytest.mark.failure("P2", "P3", "P6")
@pytest.mark.parametrize("block", range(BLOCKS))
def test_nothing_is_lost_and_no_cursor_passes_a_change(block: int) -> None:
    size = SEEDS // BLOCKS
    found = tally(range(FIRST + block * size, FIRST + (block + 1) * size))
    assert found.failed == []
    assert found.seeds == size
