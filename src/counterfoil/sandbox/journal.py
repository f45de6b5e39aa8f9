"""The request log: the last calls, and counters over all. It judges nothing; ``etiquette.py`` does."""

import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SECRET = re.compile(r"(?i)\b(code|token|secret|refresh_token|client_secret|code_verifier)=[^&]*")


@dataclass(slots=True)
class Entry:
    """One call. ``at`` is the world's time in ISO form, ``ms`` real time; bytes are those of the bodies.

    ``gzip``: the caller asked for a compressed answer.
    """

    at: str
    method: str
    path: str
    query: str
    status: int
    ms: float
    bytes_in: int
    bytes_out: int
    app: str = ""
    tenant: str = ""
    fault: str = ""
    gzip: bool = False
    notes: list[str] = field(default_factory=list)
    seq: int = 0


def shape_of(method: str, path: str) -> str:
    """The call with its ids taken out, so that calls of one kind count together."""
    return f"{method} {_GUID.sub('{id}', path)}"


class Journal:
    """A ring of ``size`` entries and the counters."""

    def __init__(self, *, size: int = 5000) -> None:
        self._lock = threading.Lock()
        self._ring: deque[Entry] = deque(maxlen=size)
        self._seq = 0
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._notes: Counter[str] = Counter()
        self._bytes = [0, 0]

    def write(self, entry: Entry) -> None:
        """Add one entry; secrets in its query are struck out."""
        entry.query = _SECRET.sub(r"\1=…", entry.query)
        with self._lock:
            self._seq += 1
            entry.seq = self._seq
            self._ring.append(entry)
            self._calls[shape_of(entry.method, entry.path)] += 1
            self._statuses[entry.status] += 1
            self._notes.update(note.partition(":")[0] for note in entry.notes)
            self._bytes[0] += entry.bytes_in
            self._bytes[1] += entry.bytes_out

    def entries(self, *, since: int = 0, limit: int = 200, noted: bool = False) -> list[dict[str, Any]]:
        """The newest ``limit`` entries after number ``since``, oldest first.

        ``noted`` gives only those with notes; a limit of 0 gives none.
        """
        with self._lock:
            wanted = [entry for entry in self._ring if entry.seq > since and (entry.notes or not noted)]
        return [asdict(entry) for entry in wanted[-limit:]] if limit else []

    def counters(self) -> dict[str, Any]:
        """Totals since the start or the last ``clear``."""
        with self._lock:
            return {
                "requests": self._seq,
                "calls": dict(self._calls.most_common()),
                "statuses": {str(status): count for status, count in sorted(self._statuses.items())},
                "notes": dict(self._notes.most_common()),
                "bytes_in": self._bytes[0],
                "bytes_out": self._bytes[1],
            }

    def clear(self) -> None:
        """Forget entries and counters; numbers go on."""
        with self._lock:
            self._ring.clear()
            for counter in (self._calls, self._statuses, self._notes):
                counter.clear()
            self._bytes = [0, 0]
