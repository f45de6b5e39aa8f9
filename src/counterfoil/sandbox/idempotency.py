"""The store behind ``Idempotency-Key`` (xero-facts 3.11; reliability 5.1).

A key is kept six minutes from its first call, with the first answer, errors included. The same key with
another request is refused; a repeat that arrives while the first still runs waits for its answer.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from counterfoil.sandbox.call import Call, Reply, json_reply

LIFE = timedelta(minutes=6)
KEY_MAX = 128
METHODS = frozenset({"POST", "PUT", "PATCH"})


def fingerprint(call: Call) -> bytes:
    """What makes two requests the same: method, address, body."""
    head = f"{call.method} {call.path}?{call.query}\n".encode()
    return hashlib.blake2b(head + call.body, digest_size=16).digest()


@dataclass(slots=True)
class _Kept:
    fingerprint: bytes
    began_at: datetime
    answered: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None


class IdempotencyStore:
    """First answers by scope and key. ``mismatches`` counts keys used for another request."""

    def __init__(self, *, now: Callable[[], datetime], patience_s: float = 60.0) -> None:
        self._now = now
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], _Kept] = {}
        self.mismatches = 0
        self.replays = 0

    def run(self, scope: str, key: str, call: Call, serve: Callable[[], Reply]) -> Reply:
        """The first answer under this key: served now, remembered, or waited for."""
        if len(key) > KEY_MAX:
            return _refused(f"Idempotency Key: must not be longer than {KEY_MAX} characters.")
        mark = fingerprint(call)
        with self._lock:
            self._expire()
            first = (scope, key) not in self._kept
            kept = self._kept.setdefault((scope, key), _Kept(mark, self._now()))
        if first:
            return self._first(kept, serve)
        if kept.fingerprint != mark:
            self.mismatches += 1
            return _refused(f"Idempotency Key: {key} is used with a different request.")
        self.replays += 1
        kept.answered.wait(self._patience_s)
        return _copy(kept.reply) if kept.reply else Reply(500)

    def _first(self, mine: _Kept, serve: Callable[[], Reply]) -> Reply:
        try:
            mine.reply = serve()
        finally:
            mine.answered.set()
        return _copy(mine.reply)

    def _expire(self) -> None:
        oldest = self._now() - LIFE
        self._kept = {place: kept for place, kept in self._kept.items() if kept.began_at >= oldest}


def _copy(reply: Reply) -> Reply:
    return replace(reply, headers=dict(reply.headers))


def _refused(message: str) -> Reply:
    value = {"ErrorNumber": 10, "Type": "ValidationException", "Message": message}
    return json_reply(value, status=400)
