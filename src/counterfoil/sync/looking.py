"""Did it arrive? One look at Xero serves all open pushes of a company (reliability 5.4, step 4).

A look counts only if every answer was good and everything was read to its end; otherwise it says nothing.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from counterfoil.core import pushing
from counterfoil.core.intents import Found, Push, Verdict
from counterfoil.core.marker import marker_in
from counterfoil.core.pushing_invoices import NUMBERS_A_CALL, Shown, invoice_verdict, one_look
from counterfoil.core.retry import MINUTE_MS, SECOND_MS
from counterfoil.sync import bodies
from counterfoil.sync.models import PushIntent
from counterfoil.sync.outbox import push_of
from counterfoil.xero import searching
from counterfoil.xero.client import Page, XeroClient
from counterfoil.xero.dates import stamp_ms
from counterfoil.xero.records import Invoice

# How old a look may be that serves a push of which nothing was sent yet; the procedure's own limit is two minutes.
SHARED_MS = MINUTE_MS + 40 * SECOND_MS
# And one of which something was: it wants to know soon.
SHARED_IN_DOUBT_MS = 20 * SECOND_MS
# Two calls' worth of numbers: more would cost calls for pushes whose turn comes after the look has aged.
NUMBERS_A_LOOK = 2 * NUMBERS_A_CALL
PAGE_SIZE = 1000
# Whether Xero counts the moment itself as modified since is not known (reliability §6, 4).
STEP_BACK_MS = SECOND_MS

# The procedure itself allows for this much (core.pushing.LOOK_MARGIN_MS has more).
CLOCKS_DIFFER_MS = 2 * MINUTE_MS

Count = Callable[[Page[Any]], None]


class Looks:
    """The looks of one company's run; thread-safe. `clock_ms` gives our own time."""

    def __init__(
        self, company_id: int, client: XeroClient, clock_ms: Callable[[], int], count: Count
    ) -> None:
        self._company_id, self._client = company_id, client
        self._clock_ms, self._count = clock_ms, count
        self._lock = threading.Lock()
        self._last: Shown | None = None
        self._ahead_ms = 0

    def invoice(self, push: Push) -> tuple[Verdict | None, int]:
        """What Xero shows of an invoice's push, and when the look began. Raises what reading raises."""
        with self._lock:
            if self._last is None or not self._serves(self._last, push):
                self._last = self._read(push)
            shown = self._last
        return invoice_verdict(push, shown), shown.started_ms

    def _serves(self, shown: Shown, push: Push) -> bool:
        age = self._clock_ms() - shown.started_ms
        in_doubt = push.doubt and push.state != "sent"
        if age > (SHARED_IN_DOUBT_MS if in_doubt else SHARED_MS):
            return False
        latest = max(push.last_sent_ms or 0, push.clashed_ms or 0)
        return shown.started_ms >= latest and invoice_verdict(push, shown) is not None

    def _read(self, push: Push) -> Shown:
        started_ms = self._clock_ms()
        since_ms, numbers = one_look([push, *self._others(push, started_ms)])
        asked = [number for number in dict.fromkeys(numbers) if searching.askable(number)][:NUMBERS_A_LOOK]
        made, complete = self._made_by_us(since_ms)
        holders: list[Invoice] = []
        for start in range(0, len(asked), NUMBERS_A_CALL):
            more, whole = self._pages(searching.invoices_numbered(asked[start : start + NUMBERS_A_CALL]))
            holders += more
            complete = complete and whole
        unlinked = [record.invoice_id for record in made if not marker_in(record.url)]
        return Shown.of(
            self._found(made, by_us=True),
            self._found(holders, by_us=False),
            since_ms=since_ms,
            numbers=asked,
            started_ms=started_ms,
            complete=complete,
            recorded=self._recorded(unlinked),
        )

    def _recorded(self, xero_ids: Sequence[str]) -> list[str]:
        """Which of them orders of the company have."""
        if not xero_ids:
            return []
        rows = PushIntent.objects.of(self._company_id).filter(kind="invoice", xero_id__in=xero_ids)
        return list(rows.values_list("xero_id", flat=True))

    def _others(self, push: Push, now_ms: int) -> list[Push]:
        """The company's further pushes that may soon ask the same."""
        rows = PushIntent.objects.of(self._company_id).filter(
            kind="invoice", due_ms__lte=now_ms + SHARED_MS, skipped_at=None
        )
        found = [push_of(row) for row in rows.order_by("due_ms", "pk")[:NUMBERS_A_LOOK]]
        mine = (push.order, push.revision)
        # Pushes that reach back much further than this one would make every look long.
        far = pushing.look_from_ms(push) - pushing.DAY_MS
        return [p for p in found if (p.order, p.revision) != mine and pushing.look_from_ms(p) >= far]

    def _made_by_us(self, since_ms: int) -> tuple[list[Invoice], bool]:
        """Read by stamps to the end: a page number would skip what moves while it is read.

        `since_ms` is our own time and Xero's stamps are Xero's, so a clock of ours that is ahead reaches further back.
        """
        records: list[Invoice] = []
        low_ms = since_ms - self._ahead_ms
        while True:
            page = self._client.page(
                searching.MADE_BY_US,
                page_size=PAGE_SIZE,
                modified_since_ms=max(low_ms, 0),
                priority="user",
            )
            self._count(page)
            if self._is_further_ahead(page):
                records, low_ms = [], since_ms - self._ahead_ms
                continue
            records += page.records
            if page.broken:
                return records, False
            if page.is_last:
                return records, True
            next_ms = max((stamp_ms(one.updated_date_utc) or 0) for one in page.records) - STEP_BACK_MS
            if next_ms <= low_ms:
                return records, False
            low_ms = next_ms

    def _is_further_ahead(self, page: Page[Invoice]) -> bool:
        """Whether our clock turns out to be further ahead of Xero's than was known; small errors are allowed for."""
        if page.server_time_ms is None:
            return False
        ahead_ms = self._clock_ms() - page.server_time_ms
        if ahead_ms <= self._ahead_ms + CLOCKS_DIFFER_MS:
            return False
        self._ahead_ms = ahead_ms
        return True

    def _pages(self, endpoint: Any) -> tuple[list[Any], bool]:
        """A short list by pages; numbers do not move while it is read."""
        records: list[Any] = []
        number = 1
        while True:
            page = self._client.page(endpoint, page=number, page_size=PAGE_SIZE, priority="user")
            self._count(page)
            records += page.records
            if page.broken:
                return records, False
            if page.is_last:
                return records, True
            number += 1

    def _found(self, records: Iterable[Invoice], *, by_us: bool) -> list[Found]:
        """Records as pushes see them. Whether somebody touched one matters only where a mark is there twice."""
        latest = {record.invoice_id: record for record in records}
        marks = Counter(marker_in(record.url) for record in latest.values())
        twice = [mark for mark, times in marks.items() if mark and times > 1]
        sent = self._bodies(twice)
        return [
            bodies.found_invoice(record, by_us=by_us, body=sent.get(marker_in(record.url)))
            for record in latest.values()
        ]

    def _bodies(self, markers: Sequence[str]) -> dict[str, bytes]:
        if not markers:
            return {}
        rows = PushIntent.objects.of(self._company_id).filter(marker__in=markers).exclude(body=None)
        return {mark: bytes(body) for mark, body in rows.values_list("marker", "body")}

    def contacts(self, endpoint: Any) -> tuple[list[Any], bool]:
        """A search among contacts, read to its end."""
        return self._pages(endpoint)

    def items(self) -> tuple[list[Any], bool]:
        """The whole list of items, fresh (reliability 5.5)."""
        page = self._client.page(searching.ITEMS, priority="user")
        self._count(page)
        return page.records, not page.broken

    def alone(self, endpoint: Any, xero_id: str) -> Any | None:
        """One record at its own address; None if Xero has none. Raises as reading does."""
        page = self._client.page(endpoint, ids=[xero_id], priority="user")
        self._count(page)
        return page.records[0] if page.records else None

    def notes(self, invoice_id: str) -> list[str]:
        """The notes in an invoice's history."""
        page = self._client.page(searching.invoice_history(invoice_id), priority="background")
        self._count(page)
        return [record.details for record in page.records]
