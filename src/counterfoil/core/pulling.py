"""How to read everything that changed in a paged stream, whatever moves while it is read.

Xero lists records by UpdatedDateUTC, then id. A record that somebody touches moves to the end, and
every record behind its old place moves up one: a reader of page numbers skips the one that crosses
its page boundary. Two ways of reading, one state machine:

* **pages**: page 1, 2, 3 of one window. Cheapest: exactly ceil(N / page size) calls. Only a record
  that was *already read* and is touched while we read can make us skip another one, and it then
  stands at the end with a newer stamp, so the last page proves whether that happened. The last page
  must therefore be asked after all others were answered (`Ask.last`).
* **keyset**: after each full page the window starts anew one second before the largest stamp seen
  (reliability 3.5). Nothing can be skipped, at the price of reading each page's tail twice. It is
  used when a pages walk proves disturbed, and to go on after a crash, when page numbers mean nothing.

Pure: no clock of ours, no I/O. `sync.pull` drives it; the simulation in the tests drives the same code.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

SECOND_MS = 1000
OVERLAP_MS = 300 * SECOND_MS
STALL_LIMIT = 50

Mode = Literal["pages", "keyset", "dense"]


class WalkStuck(Exception):
    """The answers make no progress: the walk was given up rather than looped (reliability P11)."""


@dataclass(frozen=True)
class Ask:
    """The next request. `low_ms` None: without If-Modified-Since. `last`: ask it alone."""

    low_ms: int | None
    page: int
    last: bool = False


@dataclass(frozen=True)
class Seen:
    """What one answer showed.

    `moved`: rows that were stored before with an older stamp. `late`: rows stamped after the walk
    began, less the overlap. `mark`: a digest of ids and stamps in order. Stamps are UpdatedDateUTC
    in ms; None on an empty page. `page_count`, `item_count` None: the answer had no pagination.
    """

    rows: int
    full: bool
    last_ms: int | None
    mark: str
    server_ms: int
    moved: int = 0
    late: int = 0
    page_count: int | None = None
    item_count: int | None = None


@dataclass(frozen=True)
class Walk:
    """One read of a stream under way. It is stored as JSON with each page, in the same transaction."""

    mode: Mode
    start_low_ms: int | None
    low_ms: int | None
    page: int = 1
    started_ms: int | None = None
    high_ms: int | None = None
    rows: int = 0
    moved: int = 0
    late: int = 0
    item_count: int | None = None
    page_count: int | None = None
    shrunk: bool = False
    unproved: bool = False
    dense_mark: str = ""
    dense_before: str = ""
    page_mark: str = ""
    stalled: int = 0
    rows_vanish: bool = False
    done: bool = False

    @classmethod
    def begin(cls, cursor_ms: int | None, *, rows_vanish: bool = False, overlap_ms: int = OVERLAP_MS) -> Self:
        """A walk over all that changed since `cursor_ms` (None: over everything, without a filter).

        `rows_vanish`: records of this stream can be deleted without a trace (contacts without activity).
        """
        low = None if cursor_ms is None else _second(cursor_ms - overlap_ms)
        return cls(mode="pages", start_low_ms=low, low_ms=low, rows_vanish=rows_vanish)

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Self:
        return cls(**stored)

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    def resume(self) -> Walk:
        """The same walk after a crash: from its highest stamp on, since page numbers went stale.

        Rows that were read twice are told by their stamps, so the proof of the pages read before
        still holds (`unproved` keeps asking for it).
        """
        if self.mode == "pages" and self.page == 1:
            return self
        if self.high_ms is None:
            return replace(self, mode="keyset", page=1, low_ms=self.start_low_ms, stalled=0)
        low = _not_before(_second(self.high_ms) - SECOND_MS, self.start_low_ms)
        unproved = self.unproved or self.mode == "pages"
        return replace(
            self, mode="keyset", page=1, low_ms=low, unproved=unproved, dense_mark="", dense_before=""
        )

    @property
    def ask(self) -> Ask:
        last = self.mode != "pages" or self.page_count is None or self.page >= self.page_count
        return Ask(self.low_ms, self.page, last)

    def after(self, seen: Seen) -> Walk:
        """The walk once an answer's rows are stored. Raises WalkStuck when nothing moves on."""
        step = {"pages": Walk._after_page, "keyset": Walk._after_keyset, "dense": Walk._after_dense}
        return step[self.mode](self._counted(seen), self, seen)

    def _counted(self, seen: Seen) -> Walk:
        shrunk = self.item_count is not None and (seen.item_count or 0) < self.item_count
        high = self.high_ms if seen.last_ms is None else max(seen.last_ms, self.high_ms or seen.last_ms)
        return replace(
            self,
            started_ms=self.started_ms if self.started_ms is not None else seen.server_ms,
            high_ms=high,
            rows=self.rows + seen.rows,
            # On the first page of a fresh walk a newer stamp is the change we came for, not a move.
            moved=self.moved + (seen.moved if self.page > 1 or self.unproved else 0),
            late=self.late + seen.late,
            shrunk=self.shrunk or shrunk,
            item_count=seen.item_count,
            page_count=seen.page_count,
            page_mark=seen.mark,
        )

    def _after_page(self, before: Walk, seen: Seen) -> Walk:
        if self.page > 1 and seen.rows and seen.mark == before.page_mark:
            raise WalkStuck(f"page {self.page} repeats page {self.page - 1}: the page number was ignored")
        more = self.page < seen.page_count if seen.page_count is not None else seen.full
        if more:
            return replace(self, page=self.page + 1)
        return self._proved() if self.page > 1 else replace(self, done=True)

    def _proved(self) -> Walk:
        """End the walk if its pages prove complete, else read the window again by keyset."""
        disturbed = self.moved or self.shrunk or (self.rows_vanish and self.late)
        if not disturbed:
            return replace(self, done=True)
        return replace(
            self,
            mode="keyset",
            low_ms=self.start_low_ms,
            page=1,
            unproved=False,
            moved=0,
            late=0,
            shrunk=False,
            stalled=0,
        )

    def _after_keyset(self, _before: Walk, seen: Seen) -> Walk:
        if not seen.full or seen.last_ms is None:
            return self._proved() if self.unproved else replace(self, done=True)
        low = _second(seen.last_ms) - SECOND_MS
        if self.low_ms is None or low > self.low_ms:
            return replace(self, low_ms=low, stalled=0)
        return replace(self, mode="dense", page=2, dense_mark=seen.mark, dense_before="")

    def _after_dense(self, before: Walk, seen: Seen) -> Walk:
        """More than a page within about a second: page through it until it reads the same twice."""
        if seen.rows and seen.mark == before.page_mark and before.page > 1:
            raise WalkStuck(f"page {before.page} repeats the page before it: the page number was ignored")
        mark = f"{self.dense_mark}{seen.mark}" if before.page > 1 else seen.mark
        low = None if seen.last_ms is None else _second(seen.last_ms) - SECOND_MS
        beyond = low is not None and (self.low_ms is None or low > self.low_ms)
        if seen.full and not beyond:
            return replace(self, page=before.page + 1, dense_mark=mark)
        if mark != self.dense_before:
            return self._stall(page=1, dense_mark="", dense_before=mark)
        if not seen.full:
            return self._proved() if self.unproved else replace(self, done=True)
        return replace(self, mode="keyset", page=1, low_ms=low, dense_mark="", dense_before="", stalled=0)

    def _stall(self, **changes: Any) -> Walk:
        if self.stalled >= STALL_LIMIT:
            raise WalkStuck(f"{STALL_LIMIT} answers within one second of changes brought nothing new")
        return replace(self, stalled=self.stalled + 1, **changes)

    def cursor_after(self, cursor_ms: int | None) -> int | None:
        """The cursor to keep once the walk is done: forward only, from Xero's stamps alone (SY-4)."""
        if self.high_ms is None:
            return cursor_ms if cursor_ms is not None else self.started_ms
        return self.high_ms if cursor_ms is None else max(cursor_ms, self.high_ms)


def _second(ms: int) -> int:
    return ms - ms % SECOND_MS


def _not_before(ms: int, low: int | None) -> int:
    return ms if low is None else max(ms, low)
