"""When something that failed is tried again: waits that grow, and how long one Idempotency-Key may be used.

Pure: times are milliseconds that come in as arguments.
"""

from __future__ import annotations

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS

# The longest that one call may take, connecting included.
CALL_MS = 65 * SECOND_MS

# Xero keeps a key for six minutes from its first call (xero-facts §3.11). Five leave room for clocks and queues:
# after the sixth the same key would be a new request, and a second invoice.
KEY_USABLE_MS = 5 * MINUTE_MS

RESEND_AFTER_MS = (2 * SECOND_MS, 8 * SECOND_MS, 30 * SECOND_MS)


def key_usable(key_since_ms: int, at_ms: int) -> bool:
    """Whether a call that begins at `at_ms` surely ends while Xero still knows the key first used at `key_since_ms`."""
    return key_since_ms <= at_ms and at_ms + CALL_MS < key_since_ms + KEY_USABLE_MS


def resend_after_ms(sends: int) -> int | None:
    """How long to wait before the same key goes again, after so many sends of it. None: no more of it."""
    return RESEND_AFTER_MS[sends - 1] if 1 <= sends <= len(RESEND_AFTER_MS) else None


def backoff_ms(times: int, *, first_ms: int, longest_ms: int) -> int:
    """`first_ms` after the first time, twice as long after each further one, never above `longest_ms`."""
    return int(min(first_ms * 2 ** min(max(times - 1, 0), 30), longest_ms))
