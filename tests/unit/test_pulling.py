"""No change is lost while a stream is read, whatever moves (reliability 3.3 P1 and P5, 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest

from counterfoil.core import pulling
from counterfoil.core.pulling import Seen, Walk, WalkStuck
from tests.soak.pull_seeds import tally
from tests.unit.stream_world import Habits, Keeper, Stream

SEEDS = 10_000  # and as many more in tests/soak/test_pull_seeds.py, so that two workers share them
BLOCKS = 20
FOR_MUTANTS = 3_000
Patch = pytest.MonkeyPatch


@pytest.mark.rule("SY-4")
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.failure("P2", "P3", "P6")
def test_nothing_is_lost_however_much_moves_and_whenever_we_are_killed(block: int) -> None:
    size = SEEDS // BLOCKS
    assert tally(range(block * size, (block + 1) * size)).failed == []


def no_overlap(patch: Patch) -> Habits:
    patch.setattr(pulling, "OVERLAP_MS", 0)
    return Habits(begin=lambda cursor, vanish: Walk.begin(cursor, rows_vanish=vanish, overlap_ms=0))


def overlap_shorter_than_the_lag(patch: Patch) -> Habits:
    patch.setattr(pulling, "OVERLAP_MS", 5_000)
    return Habits(begin=lambda cursor, vanish: Walk.begin(cursor, rows_vanish=vanish, overlap_ms=5_000))


def window_a_second_later(patch: Patch) -> Habits:
    patch.setattr(pulling, "_next_low", lambda seen: (seen.last_ms or 0) // 1000 * 1000)
    return Habits()


def dense_second_read_once(patch: Patch) -> Habits:
    patch.setattr(Walk, "_marked", lambda self, seen, before: "")
    return Habits()


def stop_at_a_known_page(patch: Patch) -> Habits:
    return Habits(stop_at_known=True)


def own_clock(patch: Patch) -> Habits:
    return Habits(cursor=lambda walk, cursor, stream: stream.now + 600_000)


def checkpoint_per_page(patch: Patch) -> Habits:
    return Habits(checkpoint=True, cursor=lambda walk, cursor, stream: walk.high_ms)


def never_read_again(patch: Patch) -> Habits:
    patch.setattr(Walk, "_ended", lambda self: pulling.replace(self, done=True))
    return Habits()


def resume_a_second_reading_at_its_end(patch: Patch) -> Habits:
    def resume(walk: Walk) -> Walk:
        low = walk.low_ms if walk.high_ms is None else walk.high_ms // 1000 * 1000 - 1000
        return pulling.replace(walk.resume(), low_ms=low)

    return Habits(resume=resume)


def last_page_asked_early(patch: Patch) -> Habits:
    return Habits(last_alone=False)


def reading_ahead_unwatched(patch: Patch) -> Habits:
    return Habits(repeats_count=False)


def records_set_aside_unwatched(patch: Patch) -> Habits:
    return Habits(aside_counts=False)


def fresh_records_not_all_seen(patch: Patch) -> Habits:
    patch.setattr(Walk, "_holds_all_fresh", lambda self, seen: True)
    return Habits()


def deletions_unnoticed(patch: Patch) -> Habits:
    return Habits(begin=lambda cursor, vanish: Walk.begin(cursor, rows_vanish=False))


def cursor_at_the_highest_stamp(patch: Patch) -> Habits:
    return Habits(cursor=lambda walk, cursor, stream: max(walk.high_ms or 0, cursor or 0) or walk.started_ms)


# With the first seed that catches each, to save looking for it.
MUTANTS: dict[Callable[[Patch], Habits], int] = {
    no_overlap: 317,
    overlap_shorter_than_the_lag: 1047,
    window_a_second_later: 3,
    dense_second_read_once: 778,
    stop_at_a_known_page: 0,
    own_clock: 2,
    checkpoint_per_page: 0,
    never_read_again: 2,
    resume_a_second_reading_at_its_end: 6,
    last_page_asked_early: 1077,
    reading_ahead_unwatched: 1527,
    records_set_aside_unwatched: 1449,
    fresh_records_not_all_seen: 1634,
    deletions_unnoticed: 256,
    cursor_at_the_highest_stamp: 24,
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_broken_walk_is_caught_by_the_same_seeds(
    mutant: Callable[[Patch], Habits], monkeypatch: Patch
) -> None:
    habits = mutant(monkeypatch)
    assert any(tally([seed], habits).failed for seed in range(MUTANTS[mutant], FOR_MUTANTS))


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 1_000, 5_000])
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.failure("P5")
def test_any_number_of_rows_on_one_stamp_is_read_whole_by_either_way(rows: int, inclusive: bool) -> None:
    for keyset in (False, True):
        keeper = crowd(rows, inclusive=inclusive)
        if keyset:
            keeper.habits = Habits(
                begin=lambda cursor, vanish: pulling.replace(Walk.begin(cursor), mode="keyset")
            )
        keeper.read()
        assert not keeper.lost()
        assert keeper.walk is None
        pages = -(-rows // 100)
        assert keeper.stream.calls <= (2 * pages + 4 if keyset else pages)


@pytest.mark.rule("SY-4")
@pytest.mark.failure("P12")
@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 199, 200, 201, 999, 1_000, 1_001])
def test_a_number_of_records_around_a_pages_size_is_read_whole(rows: int) -> None:
    for counts in (True, False):
        keeper = spread(rows)
        keeper.stream.counts = counts
        keeper.read()
        assert not keeper.lost()
        assert len(keeper.stored) == rows


def crowd(rows: int, *, inclusive: bool = True, apart_ms: int = 0) -> Keeper:
    """Records that all carry one stamp, and nobody who touches them."""
    stream = Stream(Random(1), page_size=100, vanish=False, restless=0, lagging=False)
    stream.inclusive, stream.counts, stream.garbled = inclusive, True, 0.0
    for number in range(rows):
        stream.put(f"{number:05}", stamp=stream.now - 50_000_000 + number * apart_ms)
    return Keeper(stream)


def spread(rows: int) -> Keeper:
    """Records that were changed one by one."""
    return crowd(rows, apart_ms=10_000)


@pytest.mark.rule("SY-7")
@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 999, 1_000, 1_001])
def test_a_still_stream_costs_one_call_a_page_and_one_when_nothing_changed(rows: int) -> None:
    keeper = spread(rows)
    keeper.read()
    assert keeper.stream.calls == max(1, -(-rows // 100))
    keeper.read()
    assert keeper.stream.calls == max(1, -(-rows // 100)) + 1


def test_a_killed_walk_goes_on_where_it_was() -> None:
    keeper = spread(1_000)
    steps = keeper.steps()
    for _ in range(7):
        next(steps)
    steps.close()
    before = keeper.stream.calls
    keeper.read()
    assert not keeper.lost()
    assert keeper.stream.calls - before <= 4


def answer(
    ids: str, *, page: int | None = None, pages: int | None = None, at: int = 10**12, step: int = 1
) -> Seen:
    rows = [(name, at + place * step) for place, name in enumerate(ids)]
    return Seen(rows, 3, at + 10**9, page=page, page_count=pages)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (answer("abc", pages=9), "ignored"),
        (answer("def", page=1, pages=9), "page 1 came when page 2"),
    ],
    ids=["same rows", "another page"],
)
@pytest.mark.failure("P11")
def test_an_ignored_page_number_ends_the_walk_at_the_second_call(second: Seen, words: str) -> None:
    walk = Walk.begin(None).after(answer("abc", pages=9))
    with pytest.raises(WalkStuck, match=words):
        walk.after(second)


def test_records_in_another_order_are_not_read_by_their_stamps() -> None:
    walk = pulling.replace(Walk.begin(None), mode="keyset")
    with pytest.raises(WalkStuck, match="order"):
        walk.after(answer("abc", step=-5000))


def test_records_without_a_stamp_are_not_read_by_stamps() -> None:
    walk = pulling.replace(Walk.begin(None), mode="keyset")
    with pytest.raises(WalkStuck, match="when they were changed"):
        walk.after(Seen([("a", None), ("b", None)], 2, 10**12))


def test_a_second_that_never_reads_the_same_twice_ends() -> None:
    walk = pulling.replace(Walk.begin(10**12 + 300_000), mode="keyset")
    turns = iter(range(1_000))
    with pytest.raises(WalkStuck, match="same twice"):
        read_for_ever(walk, turns)
    assert next(turns) < 150


def read_for_ever(walk: Walk, turns: Iterator[int]) -> None:
    """Two pages of one second, of which the first holds other records each time."""
    for turn in turns:
        names = [f"{turn}-{place}" for place in range(3)] if walk.page == 1 else list("pqr")
        walk = walk.after(Seen([(name, 10**12 + 1) for name in names], 3, 10**12 + 10**9, page_count=2))


@pytest.mark.rule("SY-4")
def test_a_stamp_in_the_future_does_not_run_away_with_the_cursor() -> None:
    walk = Walk.begin(None).after(Seen([("a", 10**13)], 3, server_ms=10**12))
    assert walk.done
    assert walk.cursor_after(None) == 10**12


@pytest.mark.rule("SY-4")
def test_an_empty_stream_takes_its_cursor_from_the_servers_first_answer() -> None:
    walk = Walk.begin(None).after(Seen([], 3, server_ms=10**12))
    assert walk.cursor_after(None) == 10**12


@pytest.mark.rule("SY-4")
def test_a_cursor_never_goes_back() -> None:
    walk = Walk.begin(10**12).after(answer("a", at=10**12 - 1000))
    assert walk.cursor_after(10**12) == 10**12


@pytest.mark.rule("SY-4", "SY-7")
def test_a_crowd_of_changes_is_read_again_for_some_minutes_and_not_until_the_next_change() -> None:
    began = 10**12
    crowd = [(f"r{n}", began - 3_600_000 + n) for n in range(4)]
    told = {"page_size": 2, "server_ms": began, "page_count": 2, "item_count": 4}
    walk = Walk.begin(began - 4_000_000)
    for page in (1, 2):
        walk = walk.after(Seen(crowd[2 * page - 2 : 2 * page], page=page, **told))
    assert walk.done
    assert walk.cursor_after(began - 4_000_000) == began - 300_000
    # Without a count a record that vanished may have hidden another one, so the stamps alone are believed.
    uncounted = replace(walk, item_count=None)
    assert uncounted.cursor_after(began - 4_000_000) == crowd[-1][1]


@pytest.mark.rule("SY-4")
@pytest.mark.failure("P17")
def test_the_first_read_has_no_filter_and_the_next_reaches_back_five_minutes() -> None:
    assert Walk.begin(None).ask.low_ms is None
    assert Walk.begin(10**12 + 400).ask.low_ms == 10**12 - 300_000
