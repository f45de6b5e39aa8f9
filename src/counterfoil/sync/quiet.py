"""Streams in which nothing has changed: told with one look, and remembered together at the end of a pass.

Most passes find nothing. What such a stream leaves behind is the time of its last success and its counters;
losing those in a crash costs nothing but one more look, so they wait for the pass's last transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.database import bulk
from counterfoil.sync.models import Connection, Link, SetAside, StreamState
from counterfoil.sync.storing import Prepared
from counterfoil.sync.streams import Stream

_COLUMNS = ("cursor_ms", "walk", "done_once", "last_success_at", "read", "problem")


class Quiet:
    """Of one pass. `allowed` is False for a first sync, which people watch, and a full compare, which looks deeper."""

    def __init__(self, connection: Connection, *, allowed: bool) -> None:
        self._connection_id = connection.pk
        # Whether a record that was set aside has healed is for the full way to see.
        self._allowed = allowed and not SetAside.objects.filter(connection=connection).exists()
        self._states: list[StreamState] = []

    @property
    def is_empty(self) -> bool:
        return not self._states

    def all_known(self, stream: Stream, page: Prepared) -> bool:
        """Whether every row of a page is stored exactly as it came."""
        if not self._allowed or page.refused or len(page.good) != len(page.rows):
            return False
        if not page.rows:
            return True
        columns = ("xero_id", "fingerprint", "updated_ms")
        scope = {"connection_id": self._connection_id, "stream": stream.key}
        stored = set(bulk.select(Link, columns, "xero_id", page.good, **scope))
        return stored == {(m.xero_id, m.print, m.updated_ms) for m in page.good.values()}

    def may_wait(self) -> bool:
        return self._allowed

    def add(self, state: StreamState) -> None:
        self._states.append(state)

    def save(self) -> None:
        """In the caller's transaction. A stream that somebody asked to read afresh meanwhile stays so (SY-9)."""
        ids = [state.pk for state in self._states]
        stored = bulk.select(StreamState, ("id", "last_success_at"), "id", ids)
        reset = {pk for pk, last_success_at in stored if last_success_at is None}
        rows = [(state.pk, *_cells(state)) for state in self._states if state.pk not in reset]
        bulk.update(StreamState, "id", _COLUMNS, rows)
        self._states.clear()


def _cells(state: StreamState) -> Sequence[object]:
    return [getattr(state, column) for column in _COLUMNS]
