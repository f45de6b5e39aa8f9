"""Fetch the pages that walks ask for and map them, a few at once and ahead of need where that is safe.

Pages of one window may be asked at once, except the last: it proves that nothing moved while the
others were read, so it must be answered after them (`core.pulling`). Streams are stored in their order
(SY-1), but the first pages of later ones may be asked for while earlier ones are read. Pages are mapped
where they are fetched, in threads, so that this goes on while the database writes the page before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from threading import RLock
from time import monotonic
from typing import Any, TypeVar

from django.db import connections

from counterfoil.core.pulling import Walk
from counterfoil.sync.storing import Prepared
from counterfoil.sync.streams import Stream
from counterfoil.sync.wiring import IN_FLIGHT
from counterfoil.xero.client import Page

Fetched = tuple[Page[Any], Prepared]
Answer = TypeVar("Answer")

# Pages asked for and not yet stored: about 10 MB each. More of them where answers take long, so that answers
# that wait for their turn keep no other from being asked for.
WAITING, WAITING_LONGER = IN_FLIGHT, 2 * IN_FLIGHT
SLOW_WIRE_S = 0.5


class _Line:
    """The pages of one stream: which to ask for next, and those on their way."""

    def __init__(self, stream: Stream, low_ms: int | None, *, asked: int, count: int | None) -> None:
        self.stream = stream
        self.low_ms = low_ms
        self.asked, self.count = asked, count
        self.coming: deque[tuple[int, Future[Fetched]]] = deque()
        self._lately: deque[set[str]] = deque(maxlen=WAITING_LONGER)

    @property
    def next(self) -> int | None:
        """The page that may be asked for now; the last one only when all before it were answered."""
        if not self.asked:
            return 1
        if self.count is None or self.asked >= self.count:
            return None
        if self.asked + 1 == self.count and not all(future.done() for _, future in self.coming):
            return None
        return self.asked + 1

    def compared(self, page: Prepared) -> Prepared:
        """Note whether `page` shares a row with one of those that may have been answered after it."""
        ids = {xero_id for xero_id, _ in page.rows}
        page.repeats = any(ids & others for others in self._lately)
        self._lately.append(ids)
        return page


class Reader:
    """Pages for one pass.

    `in_thread` begins something in a thread; it is called by one thread at a time. `ask` gets a page of a stream from a stamp on, `prepare` maps it; both are called in threads, and
    `prepare` must not touch the database.
    """

    def __init__(
        self,
        in_thread: Callable[[Callable[[], Fetched]], Future[Fetched]],
        ask: Callable[[Stream, int | None, int], Page[Any]],
        prepare: Callable[[Stream, Page[Any]], Prepared],
        tokens_ready: Callable[[], object],
    ) -> None:
        self._in_thread = in_thread
        self._ask = ask
        self._prepare = prepare
        # Refreshing here keeps the refresh, and with it the database, out of the fetching threads.
        self._tokens_ready = tokens_ready
        self._lines: dict[str, _Line] = {}
        self._lock = RLock()
        self._in_flight = 0
        self._waiting = WAITING
        self._is_closed = False

    def expect(self, streams: Iterable[tuple[Stream, int | None]], *, longest: Stream) -> None:
        """Read these streams, each from a stamp on, ahead of need.

        What may be `longest` is asked at once: no page but the first can be asked before it was answered.
        """
        for stream, low_ms in streams:
            self._lines[stream.key] = _Line(stream, low_ms, asked=0, count=None)
        with self._lock:
            if line := self._lines.get(longest.key):
                self._submit(line, 1)
            self._fill()

    def expected(self, stream: Stream) -> Fetched | None:
        """The first page of a stream that was expected, mapped."""
        line = self._lines.get(stream.key)
        return self._taken(line) if line and self._is_coming(line, 1) else None

    def follow(self, stream: Stream, walk: Walk, answer: Page[Any]) -> Fetched:
        """`answer` to the walk's ask, mapped, with the pages after it on their way."""
        self.drop(stream)
        count = answer.page_count if walk.mode == "pages" else None
        line = _Line(stream, walk.low_ms, asked=walk.page, count=count)
        with self._lock:
            self._lines = {stream.key: line, **self._lines}
            self._fill()
        return answer, line.compared(self._prepare(stream, answer))

    def page(self, stream: Stream, walk: Walk) -> Fetched:
        """The answer to `walk.ask`, mapped, with the pages after it on their way. Raises as `XeroClient.page`."""
        ask, line = walk.ask, self._lines.get(stream.key)
        is_same = line is not None and walk.mode == "pages" and line.low_ms == ask.low_ms
        if line and is_same and self._is_coming(line, ask.page):
            return self._taken(line)
        self.drop(stream)
        return self.follow(stream, walk, self._ask(stream, ask.low_ms, ask.page))

    def close(self) -> None:
        """Ask for nothing more."""
        with self._lock:
            self._is_closed = True

    def unstored(self) -> Iterator[Page[Any]]:
        """What was answered in vain, once the threads have ended."""
        for line in self._lines.values():
            for _, future in line.coming:
                if not future.cancelled() and future.exception() is None:
                    yield future.result()[0]

    def drop(self, stream: Stream) -> None:
        """Forget what was asked of a stream."""
        with self._lock:
            line = self._lines.pop(stream.key, None)
        for _, future in line.coming if line else ():
            future.cancel()

    def _is_coming(self, line: _Line, page: int) -> bool:
        """Whether `page` is the next of the line to be stored; it is asked for now, if that was put off."""
        with self._lock:
            if not line.coming and line.next == page:
                self._submit(line, page)
            return bool(line.coming) and line.coming[0][0] == page

    def _taken(self, line: _Line) -> Fetched:
        with self._lock:
            future = line.coming.popleft()[1]
        self._tokens_ready()
        self._fill()
        answer, page = future.result()
        return answer, line.compared(page)

    def _fill(self) -> None:
        """Ask for the next pages, of earlier streams first, while there is room for them."""
        with self._lock:
            waiting = sum(len(line.coming) for line in self._lines.values())
            while not self._is_closed and waiting < self._waiting and self._in_flight < IN_FLIGHT:
                line = next((line for line in self._lines.values() if line.next), None)
                if line is None or (page := line.next) is None:
                    return
                self._submit(line, page)
                waiting += 1

    def _submit(self, line: _Line, page: int) -> None:
        line.asked = page
        self._in_flight += 1
        future = self._in_thread(partial(self._fetched, line, page))
        line.coming.append((page, future))
        future.add_done_callback(self._answered)

    def _answered(self, _: Future[Fetched]) -> None:
        with self._lock:
            self._in_flight -= 1
            self._fill()

    def _fetched(self, line: _Line, page: int) -> Fetched:
        began = monotonic()
        answer = self._ask(line.stream, line.low_ms, page)
        self._waiting = WAITING_LONGER if monotonic() - began > SLOW_WIRE_S else WAITING
        if line.stream.is_walked:
            line.count = answer.page_count
        return answer, self._prepare(line.stream, answer)


def without_database(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gives, in a thread: a token refresh there may have opened the thread's own database connection."""
    try:
        return ask()
    finally:
        connections.close_all()
