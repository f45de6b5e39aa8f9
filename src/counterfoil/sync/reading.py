"""Fetch the pages a walk asks for and map them, a few at once where that is safe.

Pages of one window may be asked at once, except the last: it proves that nothing moved while the
others were read, so it must be answered after them (`core.pulling`). Pages are mapped where they are
fetched, in threads, so that this goes on while the database writes the page before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from django.db import connections

from counterfoil.core.pulling import Walk
from counterfoil.sync.storing import Prepared
from counterfoil.sync.wiring import IN_FLIGHT
from counterfoil.xero.client import Page, XeroClient
from counterfoil.xero.endpoints import Endpoint

Fetched = tuple[Page[Any], Prepared]
Answer = TypeVar("Answer")


class Reader:
    """Pages of one endpoint for one client.

    `in_thread` begins something in a thread. `prepare` maps a page; it is called there and must not touch the database.
    """

    def __init__(
        self,
        client: XeroClient,
        in_thread: Callable[[Callable[[], Fetched]], Future[Fetched]],
        tokens_ready: Callable[[], object],
        prepare: Callable[[Page[Any]], Prepared],
        *,
        page_size: int = 1000,
        ahead: int = IN_FLIGHT - 1,
    ) -> None:
        self._client = client
        self._in_thread = in_thread
        self._prepare = prepare
        # Refreshing here keeps the refresh, and with it the database, out of the fetching threads.
        self._tokens_ready = tokens_ready
        self._page_size = page_size
        self._ahead = ahead
        self._coming: deque[tuple[int, Future[Fetched]]] = deque()
        self._lately: deque[set[str]] = deque(maxlen=ahead)

    def first(self, endpoint: Endpoint[Any], walk: Walk, answer: Page[Any]) -> Fetched:
        """The answer to the walk's first ask, mapped, with the pages after it on their way."""
        self._look_ahead(endpoint, walk, answer)
        return answer, self._compared(self._prepare(answer))

    def page(self, endpoint: Endpoint[Any], walk: Walk) -> Fetched:
        """The answer to `walk.ask`, mapped, with the pages after it on their way. Raises as `XeroClient.page`."""
        ask = walk.ask
        if self._coming and self._coming[0][0] == ask.page and walk.mode == "pages":
            answer, page = self._coming.popleft()[1].result()
            self._look_ahead(endpoint, walk, answer)
            return answer, self._compared(page)
        self._drop()
        return self.first(endpoint, walk, self._ask(endpoint, ask.low_ms, ask.page))

    def _compared(self, page: Prepared) -> Prepared:
        """Note whether `page` shares a row with one of those that may have been answered after it."""
        ids = {xero_id for xero_id, _ in page.rows}
        page.repeats = any(ids & others for others in self._lately)
        self._lately.append(ids)
        return page

    def _look_ahead(self, endpoint: Endpoint[Any], walk: Walk, answer: Page[Any]) -> None:
        """Start asking for the pages after `answer`, while its rows are written."""
        if walk.mode != "pages" or answer.page_count is None or answer.page_count <= walk.page:
            return
        self._tokens_ready()
        asked = self._coming[-1][0] if self._coming else walk.page
        while asked < answer.page_count and len(self._coming) < self._ahead:
            if asked + 1 == answer.page_count and self._coming:
                break  # the last page waits until all before it are answered
            asked += 1
            self._coming.append(
                (asked, self._in_thread(partial(self._fetched, endpoint, walk.low_ms, asked)))
            )

    def _ask(self, endpoint: Endpoint[Any], low_ms: int | None, page: int) -> Page[Any]:
        return self._client.page(endpoint, page=page, page_size=self._page_size, modified_since_ms=low_ms)

    def _fetched(self, endpoint: Endpoint[Any], low_ms: int | None, page: int) -> Fetched:
        answer = self._ask(endpoint, low_ms, page)
        return answer, self._prepare(answer)

    def _drop(self) -> None:
        for _, coming in self._coming:
            coming.cancel()
        self._coming.clear()
        self._lately.clear()


def without_database(ask: Callable[[], Answer]) -> Answer:
    """What `ask` gives, in a thread: a token refresh there may have opened the thread's own database connection."""
    try:
        return ask()
    finally:
        connections.close_all()
