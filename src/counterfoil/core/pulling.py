"""How to read everything that changed in a paged stream, whatever moves while it is read.

Xero lists records by UpdatedDateUTC, then id. A record that somebody touches moves to the end, and
every record behind its old place moves up one: a reader of page numbers skips the one that crosses
its page boundary. Two ways of reading, one state machine:

* **pages**: page 1, 2, 3 of one window. Cheapest: exactly ceil(N / page size) calls. Only a record
  that was *already read* and is touched while we read can make us skip another one, and it then
  stands among the *fresh* records at the end, those stamped since the walk began. So the last page,
  asked after all others were answered (`Ask.last`), proves whether that happened, provided that it
  holds all fresh records; if it does not, they are read once more.
* **keyset**: after each full page the window starts anew one second before the largest stamp seen
  (reliability 3.5). Nothing can be skipped, at the price of reading each page's tail twice. It reads
  again what a pages walk cannot prove, from the first record that moved on, and goes on after a
  crash, when page numbers mean nothing. More than a page within a second is read page by page until
  it reads the same twice (**dense**).

Pure: no clock of ours, no I/O. `sync.pull` drives it; the simulation in the tests drives the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Literal, Self

SECOND_MS = 1000
# How long after its stamp a record may become visible, and how far the next read reaches back for it.
OVERLAP_MS = 300 * SECOND_MS
# Rounds over one crowded second before the walk is given up, and pages in one round.
STALL_LIMIT = 50
DENSE_PAGES = 1000

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
    """What one answer showed. Stamps are UpdatedDateUTC in ms, None where a row carries none.

    `rows`: id and stamp of every row in the order of the answer, readable or not.
    `moved`: stored and present stamp of rows that were stored before and are newer now; a stored
    stamp of None means that it is not known. `server_ms`: Xero's clock, None if it was not told.
    `repeats`: a row stands on a page of the same window that may have been answered out of turn, too.
    `page`, `page_count`, `item_count`: as the answer counts, None if it does not.
    """

    rows: Sequence[tuple[str, int | None]]
    page_size: int
    server_ms: int | None
    moved: Sequence[tuple[int | None, int | None]] = ()
    repeats: bool = False
    page: int | None = None
    page_count: int | None = None
    item_count: int | None = None

    @property
    def last_ms(self) -> int | None:
        return max((stamp for _, stamp in self.rows if stamp is not None), default=None)

    @property
    def first_ms(self) -> int | None:
        return next((stamp for _, stamp in self.rows if stamp is not None), None)

    @property
    def in_order(self) -> bool:
        stamps = [stamp for _, stamp in self.rows if stamp is not None]
        return all(one <= other for one, other in pairwise(stamps))

    def more_than(self, page: int) -> bool:
        """Whether another page follows `page`: by Xero's count, or, without one, because this one is full."""
        if self.page_count is not None:
            return bool(self.rows) and page < self.page_count
        return len(self.rows) >= self.page_size


@dataclass(frozen=True)
class Walk:
    """One read of a stream under way. It is stored as JSON with each page, in the same transaction.

    `edge_ms`: Xero's time when an answer first reached records so fresh that older ones might not be
    visible yet; the cursor stays behind it. `disturbed`: a record may have been skipped;
    `disturbed_ms`: from which stamp on, None from the start. `unproved`: pages read before a crash
    still need their proof.
    """

    mode: Mode
    start_low_ms: int | None
    low_ms: int | None
    page: int = 1
    started_ms: int | None = None
    edge_ms: int | None = None
    high_ms: int | None = None
    item_count: int | None = None
    page_count: int | None = None
    first_id: str = ""
    rows_vanish: bool = False
    disorder: bool = False
    disturbed: bool = False
    disturbed_ms: int | None = None
    unproved: bool = False
    dense_mark: str = ""
    dense_before: str = ""
    stalled: int = 0
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
        return dict(vars(self))

    def resume(self) -> Walk:
        """The same walk after a crash, by keyset, since page numbers went stale.

        A pages walk goes on behind its highest stamp. Rows that were read twice are told by their
        stamps, so the proof of the pages read before still holds (`unproved` keeps asking for it).
        """
        if self.mode != "pages":
            return replace(self, mode="keyset", page=1, dense_mark="", dense_before="", first_id="")
        if self.page == 1 or self.high_ms is None or self.disorder:
            return replace(self, page=1, low_ms=self.start_low_ms, first_id="", item_count=None)
        return self._keyset(self._unproved_from(self.high_ms), unproved=True)

    @property
    def ask(self) -> Ask:
        last = self.mode != "pages" or self.page_count is None or self.page >= self.page_count
        return Ask(self.low_ms, self.page, last)

    @property
    def fresh_from_ms(self) -> int | None:
        """Records stamped from here on may have been touched since the walk began. None: nobody knows."""
        return None if self.started_ms is None else self.started_ms - OVERLAP_MS

    def after(self, seen: Seen) -> Walk:
        """The walk once an answer's rows are stored. Raises WalkStuck when nothing moves on."""
        self._check(seen)
        step = {"pages": Walk._after_page, "keyset": Walk._after_keyset, "dense": Walk._after_dense}
        counted = Walk._proof_kept(self._counted(seen), seen, item_count_before=self.item_count)
        return step[self.mode](counted, seen)

    def cursor_after(self, cursor_ms: int | None) -> int | None:
        """The cursor to keep once the walk is done: forward only, from Xero's stamps and clock alone (SY-4).

        Never beyond Xero's own time when the fresh end was first read: what became visible behind it
        since then lies within the next walk's overlap, and a stamp in the future cannot run away with it.
        A later walk whose answers count has read all that was settled when it began, so the cursor comes that far
        even when nothing changed since: a crowd of changes is read again for minutes and not until the next one.
        """
        if self.high_ms is None:
            return cursor_ms if cursor_ms is not None else self.started_ms
        safe = self.high_ms if self.edge_ms is None else min(self.high_ms, self.edge_ms)
        settled = (
            self.fresh_from_ms if self.start_low_ms is not None and self.item_count is not None else None
        )
        return _latest(cursor_ms, _latest(safe, settled))

    def _check(self, seen: Seen) -> None:
        if seen.page is not None and seen.page != self.page:
            raise WalkStuck(f"page {seen.page} came when page {self.page} was asked for.")
        if self.page > 1 and seen.rows and seen.rows[0][0] == self.first_id:
            raise WalkStuck(f"page {self.page} repeats page {self.page - 1}: the page number was ignored.")
        if self.mode != "pages" and not seen.in_order:
            raise WalkStuck("the records do not come in the order of their changes.")

    def _counted(self, seen: Seen) -> Walk:
        last, now = seen.last_ms, seen.server_ms
        started = self.started_ms if self.started_ms is not None else now
        edge = self.edge_ms
        if last is not None and now is not None and last >= now - OVERLAP_MS:
            edge = now if edge is None else min(edge, now)
        return replace(
            self,
            started_ms=started,
            edge_ms=edge,
            high_ms=_latest(self.high_ms, last),
            item_count=seen.item_count,
            page_count=seen.page_count,
            first_id=seen.rows[0][0] if seen.rows else "",
            disorder=self.disorder or not seen.in_order,
        )

    def _proof_kept(self, seen: Seen, *, item_count_before: int | None) -> Walk:
        """Note what shows that a record may have crossed a page boundary unread."""
        if self.mode != "pages" and not self.unproved:
            return self
        shrunk = (
            self.mode == "pages"
            and item_count_before is not None
            and seen.item_count is not None
            and seen.item_count < item_count_before
        )
        if shrunk or (self.rows_vanish and self._any_fresh(seen)):
            # A record that vanished leaves no stamp; a new one may hide it from the count.
            return replace(self, disturbed=True, disturbed_ms=None)
        # On the first page of a fresh walk a newer stamp is the change we came for, not a move.
        moves = [] if self.page == 1 and not self.unproved else list(filter(self._is_move, seen.moved))
        froms = [before for before, _ in moves]
        if seen.repeats:
            # A record of the earlier page moved before that page was read, but after this later one was.
            froms.append(seen.first_ms)
        if not froms or (self.disturbed and self.disturbed_ms is None):
            return self
        known = [one for one in (*froms, self.disturbed_ms) if one is not None]
        return replace(self, disturbed=True, disturbed_ms=None if None in froms else min(known))

    def _any_fresh(self, seen: Seen) -> bool:
        fresh = self.fresh_from_ms
        return any(stamp is None or fresh is None or stamp >= fresh for _, stamp in seen.rows)

    def _is_move(self, moved: tuple[int | None, int | None]) -> bool:
        """Whether a newer stamp can mean that the record was touched after this very walk had read it."""
        before, after = moved
        read_here = before is None or self.start_low_ms is None or before >= self.start_low_ms
        fresh = self.fresh_from_ms
        return read_here and (after is None or fresh is None or after >= fresh)

    def _after_page(self, seen: Seen) -> Walk:
        if seen.more_than(self.page):
            return replace(self, page=self.page + 1)
        if self.page == 1:
            return replace(self, done=True)
        if self._holds_all_fresh(seen):
            return self._ended()
        return self._keyset(self._unproved_from(self.fresh_from_ms), unproved=True)

    def _holds_all_fresh(self, seen: Seen) -> bool:
        first, fresh = seen.first_ms, self.fresh_from_ms
        return first is not None and fresh is not None and first < fresh

    def _unproved_from(self, ms: int | None) -> int | None:
        """Where to go on from `ms` so that all fresh records are read as well; None: from the start."""
        if ms is None or self.fresh_from_ms is None:
            return self.start_low_ms
        return _not_before(_second(min(ms, self.fresh_from_ms)) - SECOND_MS, self.start_low_ms)

    def _ended(self) -> Walk:
        """End the walk if its pages prove complete, else read again what they cannot prove."""
        if not self.disturbed or not (self.mode == "pages" or self.unproved):
            return replace(self, done=True)
        low = self.start_low_ms
        if self.disturbed_ms is not None:
            low = _not_before(_second(self.disturbed_ms) - SECOND_MS, low)
        return self._keyset(low, unproved=False, disturbed=False, disturbed_ms=None)

    def _keyset(self, low: int | None, **changes: Any) -> Walk:
        """Go on by keyset from `low`."""
        fresh: dict[str, Any] = {"dense_mark": "", "dense_before": "", "first_id": "", "stalled": 0}
        return replace(self, mode="keyset", page=1, low_ms=low, **(fresh | changes))

    def _after_keyset(self, seen: Seen) -> Walk:
        if not seen.more_than(1):
            return self._ended()
        low = _next_low(seen)
        if self.low_ms is None or low > self.low_ms:
            return self._keyset(low)
        return replace(self, mode="dense", page=2, dense_mark=self._marked(seen, ""), dense_before="")

    def _after_dense(self, seen: Seen) -> Walk:
        """More than a page within about a second: page through it until it reads the same twice."""
        mark = self._marked(seen, self.dense_mark if self.page > 1 else "")
        low, more = _next_low(seen) if seen.rows else None, seen.more_than(self.page)
        beyond = low is not None and self.low_ms is not None and low > self.low_ms
        if more and not beyond:
            if self.page >= DENSE_PAGES:
                raise WalkStuck(f"{DENSE_PAGES} pages of one second have no end.")
            return replace(self, page=self.page + 1, dense_mark=mark)
        if self.page > 1 and mark != self.dense_before:
            return self._stall(page=1, dense_mark="", dense_before=mark, first_id="")
        if not more:
            return self._ended()
        # Between two pages of which only the second lies beyond, a record beyond may have been skipped.
        whole = self.page == 1 or self._is_dense(seen.rows[0][1])
        return self._keyset(low if whole else (self.low_ms or 0) + SECOND_MS)

    def _is_dense(self, stamp: int | None) -> bool:
        return self.low_ms is not None and (stamp is None or stamp < self.low_ms + 2 * SECOND_MS)

    def _marked(self, seen: Seen, before: str) -> str:
        """A digest of the crowded second's rows so far, in order."""
        digest = blake2b(before.encode(), digest_size=16)
        for xero_id, stamp in seen.rows:
            if self._is_dense(stamp):
                digest.update(f"{xero_id} {stamp};".encode())
        return digest.hexdigest()

    def _stall(self, **changes: Any) -> Walk:
        if self.stalled >= STALL_LIMIT:
            raise WalkStuck(f"one second of changes did not read the same twice in {STALL_LIMIT} times.")
        return replace(self, stalled=self.stalled + 1, **changes)


def _next_low(seen: Seen) -> int:
    last = seen.last_ms
    if last is None:
        raise WalkStuck("the records do not say when they were changed.")
    return _second(last) - SECOND_MS


def _latest(one: int | None, other: int | None) -> int | None:
    return max((ms for ms in (one, other) if ms is not None), default=None)


def _second(ms: int) -> int:
    return ms - ms % SECOND_MS


def _not_before(ms: int, low: int | None) -> int:
    return ms if low is None else max(ms, low)
