"""What an answer to a creating request says about the record: made, not made, or unknown (reliability §5.4, table).

The rule behind the table: only a record with an id, no error at any depth and our own marks on it was made; only an
answer that Xero gives before it begins was surely not. Everything else is unknown and must be looked up.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from counterfoil.core.intents import Found
from counterfoil.core.retry import MINUTE_MS

Outcome = Literal[
    "made",
    "unreadable",  # a success that proves nothing
    "refused",  # Xero checked it and said no
    "clash",  # the number, name or code is taken: by us or by another
    "key_conflict",  # "used with a different request": a bug of ours
    "expired",  # 401: a fresh access token is wanted
    "forbidden",  # scope or organisation
    "unsupported",  # 404, 405, 412, 413, 415
    "limited",  # 429: limits come before everything else, so nothing happened
    "lost",  # time-out, reset, 408, 502, 503, 504
    "failed",  # 500: unknown, and frozen under the key
    "not_sent",  # it surely never left
]

_ZERO_ID = "00000000-0000-0000-0000-000000000000"
_KEY_CONFLICT = "used with a different request"
_UNSUPPORTED = {404, 405, 412, 413, 415}
# xero-facts §4.2, §4.4 and §4.5 have the sentences; names of people stand inside them.
_CLASHES = re.compile(
    r"invoice # must be unique"
    r"|the contact (?:name|number) .* is already assigned to another contact"
    r"|another contact has this contact number"
    r"|price list item with code .* already exists",
    re.IGNORECASE | re.DOTALL,
)
# When a 429 names no time: concurrent calls end within seconds, so the shortest wait that is polite.
DEFAULT_LIMIT_MS = 2000
LONGEST_LIMIT_MS = 24 * 60 * MINUTE_MS


class Answer(Struct, frozen=True):
    """`record` with "made"; `words` are Xero's own, word for word; `wait_ms` with "limited"."""

    outcome: Outcome
    record: Found | None = None
    words: tuple[str, ...] = ()
    wait_ms: int = 0


class Reply(Struct, frozen=True):
    """What came over the wire. `status` None: nothing came. `left` False: the request surely did not leave.

    `errors`: the messages of all ValidationErrors, of any depth, or the Message of a 400. `echo_is_right`: mark (or
    number, name, code) and contact in `record` are the ones that were sent. `expired`: a 401 that a fresh access token
    may mend (xero-facts §1.9).
    """

    status: int | None = None
    left: bool = True
    record: Found | None = None
    errors: tuple[str, ...] = ()
    echo_is_right: bool = False
    expired: bool = False
    wait_ms: int | None = None


def judge(reply: Reply) -> Answer:
    """The one outcome that a reply means."""
    if not reply.left:
        return Answer("not_sent")
    status = reply.status
    if status is None or status in {408, 502, 503, 504}:
        return Answer("lost")
    if status == 429:
        wait = DEFAULT_LIMIT_MS if reply.wait_ms is None else reply.wait_ms
        return Answer("limited", wait_ms=min(max(wait, 0), LONGEST_LIMIT_MS))
    if status == 401 and reply.expired:
        return Answer("expired")
    if status in {401, 403}:
        return Answer("forbidden", words=reply.errors)
    if status in _UNSUPPORTED:
        return Answer("unsupported", words=reply.errors or (f"HTTP {status}",))
    if 200 <= status < 300 or status == 400:
        return _judge_content(reply)
    return Answer("failed")


def _judge_content(reply: Reply) -> Answer:
    """A 200 proves nothing with summarizeErrors=false, and a 400 is Xero's word only if it carries messages."""
    if any(_KEY_CONFLICT in message.lower() for message in reply.errors):
        return Answer("key_conflict", words=reply.errors)
    if any(_CLASHES.search(message) for message in reply.errors):
        return Answer("clash", words=reply.errors)
    if reply.errors:
        return Answer("refused", words=reply.errors)
    record = reply.record
    if reply.status == 400 or record is None or record.id in {"", _ZERO_ID} or not reply.echo_is_right:
        return Answer("unreadable")
    return Answer("made", record=record)
