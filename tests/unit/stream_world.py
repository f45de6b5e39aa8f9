"""A paged stream of Xero that moves while it is read, and a reader that stores it: the ground of the walk's proofs.

The stream keeps Xero's rules (xero-facts 3.5, 3.6): rows in the order of stamp and id, a filter by whole seconds that
is inclusive or strict, pages by number, rows that become visible up to 30 s after their stamp. The reader stores as
`sync.pull` does, asks ahead as `sync.reading` does, and is killed at page boundaries. Everything comes from the seed.
"""

from __future__ import annotations

import heapq
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from counterfoil.core.pulling import OVERLAP_MS, Seen, Walk, WalkStuck

LONGEST_LAG_MS = 30_000
PAUSES_MS = (0, 0, 40, 900, 2_000, 15_000, 200_000)
GAPS_MS = (5_000, 60_000, 240_000, 900_000, 4_000_000)
AHEAD = 3
BUSY_CALLS = 90


@dataclass(frozen=True)
class Row:
    """One version of a record. `readable` False: it is set aside; `told` False: even its stamp cannot be read."""

    stamp: int
    version: int
    readable: bool = True
    told: bool = True


@dataclass
class Answer:
    rows: list[tuple[str, Row]]
    page: int
    page_size: int
    page_count: int | None
    item_count: int | None
    now: int


class Stream:
    """Xero's side. `truth` is what is so, `shown` what a list shows."""

    def __init__(
        self, random: Random, *, page_size: int, vanish: bool, restless: float, lagging: bool
    ) -> None:
        self.random = random
        self.page_size = page_size
        self.vanish = vanish
        self.restless = restless
        self.lagging = lagging
        self.inclusive = random.random() < 0.5
        self.counts = random.random() < 0.85
        self.now = 1_700_000_000_000 + random.randrange(1000)
        self.truth: dict[str, Row] = {}
        self.shown: dict[str, Row] = {}
        self.pending: list[tuple[int, int, str, Row]] = []
        self.versions = 0
        self.garbled = 0.08
        self.calls = 0

    def put(self, key: str, *, stamp: int | None = None, lag: int = 0) -> None:
        """Create or touch a record."""
        self.versions += 1
        at = self.now if stamp is None else stamp
        readable = self.random.random() >= self.garbled
        row = Row(at, self.versions, readable, readable or self.random.random() < 0.7)
        self.truth[key] = row
        heapq.heappush(self.pending, (at + lag, self.versions, key, row))

    def seed(self, count: int) -> None:
        """Old records, some in crowds on one stamp."""
        at = self.now - 50_000_000
        while len(self.truth) < count:
            crowd = self.random.choice((1, 1, 1, 2, self.page_size, 2 * self.page_size + 1))
            at += self.random.choice((3, 400, 60_000))
            at -= at % self.random.choice((1, 1, 1000))
            for _ in range(min(crowd, count - len(self.truth))):
                self.put(f"r{len(self.truth):03}", stamp=at)
        self.now = max(self.now, at)

    def live(self, longest_ms: int | None = None) -> None:
        """Time passes and people work, until they have done more than anybody could read."""
        self.now += self.random.choice(PAUSES_MS) if longest_ms is None else longest_ms
        if self.calls > BUSY_CALLS:
            return
        while self.random.random() < self.restless:
            self._work()

    def _work(self) -> None:
        lag = self.random.randrange(LONGEST_LAG_MS) if self.lagging and self.random.random() < 0.4 else 0
        kind = self.random.random()
        keys = list(self.truth)
        if kind < 0.2:
            self.put(f"n{self.versions:04}", lag=lag)
        elif kind < 0.3 and self.vanish and keys:
            gone = self.random.choice(keys)
            del self.truth[gone]
            self.shown.pop(gone, None)
        elif kind < 0.4 and keys:
            if self.random.random() < 0.5:
                self.now += 1000 - self.now % 1000
            for key in self.random.sample(keys, min(len(keys), 2 * self.page_size + 1)):
                self.put(key)
        elif keys:
            self.put(self.random.choice(keys), lag=lag)
        self.now += self.random.choice((0, 1, 30))

    def ask(self, low_ms: int | None, page: int) -> Answer:
        """A page, as it is at this moment."""
        self.calls += 1
        self._show()
        rows = list(self.shown.items())
        if low_ms is not None:
            low = low_ms - low_ms % 1000 - self.inclusive
            rows = [one for one in rows if one[1].stamp > low]
        rows.sort(key=_place)
        size = self.page_size
        count = -(-len(rows) // size)
        told = (count, len(rows)) if self.counts else (None, None)
        return Answer(rows[(page - 1) * size : page * size], page, size, *told, self.now)

    def _show(self) -> None:
        while self.pending and self.pending[0][0] <= self.now:
            _, _, key, row = heapq.heappop(self.pending)
            before = self.shown.get(key)
            if key in self.truth and (before is None or row.version > before.version):
                self.shown[key] = row


class Killed(Exception):
    """The process ended at a page boundary."""


@dataclass
class Habits:
    """The reader's choices, to be broken one by one by the mutants."""

    begin: Callable[[int | None, bool], Walk] = lambda cursor, vanish: Walk.begin(cursor, rows_vanish=vanish)
    resume: Callable[[Walk], Walk] = Walk.resume
    cursor: Callable[[Walk, int | None, Stream], int | None] = lambda walk, cursor, _: walk.cursor_after(
        cursor
    )
    last_alone: bool = True
    aside_counts: bool = True
    repeats_count: bool = True
    stop_at_known: bool = False
    checkpoint: bool = False


@dataclass
class Keeper:
    """Our side: what is stored, with cursor and walk as they are committed."""

    stream: Stream
    habits: Habits = field(default_factory=Habits)
    kill_rate: float = 0.0
    stored: dict[str, Row] = field(default_factory=dict)
    cursor: int | None = None
    walk: dict[str, Any] | None = None
    stuck: int = 0

    def read(self, *, full: bool = False) -> None:
        """One pass: to its end, or to the crash."""
        try:
            for _ in self.steps(full=full):
                self.stream.live()
                if self.stream.random.random() < self.kill_rate:
                    raise Killed
        except Killed:
            pass
        except WalkStuck:
            self.walk = None
            self.stuck += 1

    def steps(self, *, full: bool = False) -> Iterator[Walk]:
        walk = self._begin(full=full)
        ahead = Ahead(self.stream, last_alone=self.habits.last_alone)
        while not walk.done:
            answer, repeats = ahead.page(walk)
            ahead.look(walk, answer)
            if self.stream.random.random() < self.kill_rate / 2:
                raise Killed  # between the answer and the commit
            known = all(key in self.stored for key, _ in answer.rows)
            walk = walk.after(self._store(answer, repeats=repeats))
            if self.habits.stop_at_known and known and answer.rows:
                walk = Walk.load(walk.dump() | {"done": True})
            self._commit(walk)
            yield walk

    def _begin(self, *, full: bool) -> Walk:
        if self.walk:
            return self.habits.resume(Walk.load(json.loads(json.dumps(self.walk))))
        return self.habits.begin(None if full else self.cursor, self.stream.vanish)

    def _commit(self, walk: Walk) -> None:
        if walk.done or self.habits.checkpoint:
            self.cursor = self.habits.cursor(walk, self.cursor, self.stream)
            self.walk = None
            self.check_cursor()
        if not walk.done and not self.habits.checkpoint:
            self.walk = walk.dump()

    def _store(self, answer: Answer, *, repeats: bool) -> Seen:
        moved: list[tuple[int | None, int | None]] = []
        for key, row in answer.rows:
            before, told = self.stored.get(key), row.stamp if row.told else None
            if before is not None and before.readable and row.readable and row.stamp > before.stamp:
                moved.append((before.stamp, row.stamp))
            elif before is not None and not before.readable and self.habits.aside_counts:
                moved.append((None, told))
            elif before is not None and not row.readable and told != before.stamp:
                moved.append((before.stamp, told))
            if before is None or not row.told or row.stamp >= before.stamp:
                self.stored[key] = row
        return Seen(
            rows=[(key, row.stamp if row.told else None) for key, row in answer.rows],
            page_size=answer.page_size,
            server_ms=answer.now,
            moved=moved,
            repeats=repeats and self.habits.repeats_count,
            page=answer.page,
            page_count=answer.page_count,
            item_count=answer.item_count,
        )

    def lost(self) -> set[str]:
        """Records whose present version is not stored."""
        return {key for key, row in self.stream.truth.items() if self._version(key) < row.version}

    def check_cursor(self) -> None:
        """P5: a committed cursor never passes a change that is not stored."""
        if self.cursor is None:
            return
        for key, row in self.stream.truth.items():
            if row.stamp <= self.cursor - OVERLAP_MS:
                assert self._version(key) >= row.version, f"the cursor passed {key}"

    def _version(self, key: str) -> int:
        return self.stored[key].version if key in self.stored else 0


class Ahead:
    """Pages of one window asked early and answered in any order, the last one after all others."""

    def __init__(self, stream: Stream, *, last_alone: bool) -> None:
        self.stream = stream
        self.last_alone = last_alone
        self.coming: deque[tuple[int, int | None, list[Answer]]] = deque()
        self.lately: deque[set[str]] = deque(maxlen=AHEAD)

    def page(self, walk: Walk) -> tuple[Answer, bool]:
        """The answer, and whether one of its rows stands on a page that may have been answered out of turn."""
        ask = walk.ask
        if not (self.coming and self.coming[0][0] == ask.page and walk.mode == "pages"):
            self.coming.clear()
            self.lately.clear()
            return self._compared(self.stream.ask(ask.low_ms, ask.page))
        number, low, box = self.coming.popleft()
        if not box:
            others = [one for one in self.coming if not one[2]]
            for other, other_low, other_box in self.stream.random.sample(others, len(others)):
                if self.stream.random.random() < 0.5:
                    other_box.append(self.stream.ask(other_low, other))
                    self.stream.live()
            box.append(self.stream.ask(low, number))
        return self._compared(box[0])

    def _compared(self, answer: Answer) -> tuple[Answer, bool]:
        ids = {key for key, _ in answer.rows}
        repeats = any(ids & others for others in self.lately)
        self.lately.append(ids)
        return answer, repeats

    def look(self, walk: Walk, answer: Answer) -> None:
        if walk.mode != "pages" or answer.page_count is None or answer.page_count <= walk.page:
            return
        asked = self.coming[-1][0] if self.coming else walk.page
        while asked < answer.page_count and len(self.coming) < AHEAD:
            if self.last_alone and asked + 1 == answer.page_count and self.coming:
                break
            asked += 1
            box: list[Answer] = []
            if self.stream.random.random() < 0.5:
                box.append(self.stream.ask(walk.low_ms, asked))
            self.coming.append((asked, walk.low_ms, box))


def hostile(seed: int, habits: Habits | None = None) -> Keeper:
    """One life: passes under edits and crashes, then quiet. Returns the keeper as it stands at the end."""
    random = Random(seed)
    stream = Stream(
        random,
        page_size=random.choice((3, 5, 10)),
        vanish=random.random() < 0.4,
        restless=random.choice((0.05, 0.3, 0.6)),
        lagging=random.random() < 0.5,
    )
    stream.seed(random.randrange(45))
    keeper = Keeper(stream, habits or Habits(), kill_rate=random.choice((0.0, 0.1, 0.25)))
    for _ in range(random.randrange(3, 6)):
        keeper.read(full=random.random() < 0.1)
        stream.live(random.choice(GAPS_MS))
    stream.restless = keeper.kill_rate = 0.0
    stream.now += LONGEST_LAG_MS
    for _ in range(3):
        keeper.read()
        stream.now += 1000
    return keeper


def _place(item: tuple[str, Row]) -> tuple[int, str]:
    return item[1].stamp, item[0]
