"""Streams in which nothing has changed: told by one look at an answer's bytes, and left alone.

Most passes find nothing. What such a look leaves behind is its time, kept with the pass's last write. The stream's own
row is not touched: losing the look in a crash costs one more, and a stream that somebody asked to read afresh meanwhile
stays so (SY-9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from counterfoil.core import fingerprint
from counterfoil.sync.models import Connection, StreamState
from counterfoil.xero.client import Page


def tag_of(state: StreamState) -> str:
    """The tag of a stream's last answer, if all it held was stored as records are mapped today and is in step; else ""."""
    kept = state.walk or {}
    is_in_step = state.last_success_at is not None and not state.problem
    return str(kept.get("tag", "")) if is_in_step and kept.get("version") == fingerprint.VERSION else ""


def tag_kept(answer: Page[Any], *, set_aside: int) -> dict[str, Any] | None:
    """What a stream's `walk` holds between two reads: the tag of an answer that was stored to the last record.

    What was set aside must be looked at again (SY-10).
    """
    if not answer.tag or set_aside:
        return None
    return {"tag": answer.tag, "version": fingerprint.VERSION}


def is_quiet(answer: Page[Any], state: StreamState) -> bool:
    """Whether a stream that was in step still is."""
    return answer.not_modified and state.last_success_at is not None and not state.problem


def looked(connection: Connection, streams: Iterable[str], at: dt.datetime) -> dict[str, str]:
    """For `Connection.limits`: when each stream was last found unchanged."""
    return {**connection.limits.get("looked", {}), **dict.fromkeys(streams, at.isoformat())}


def success_at(connection: Connection, state: StreamState) -> dt.datetime | None:
    """When a stream was last known to be in step: read, or found unchanged. None when it is to be read afresh."""
    if state.last_success_at is None or not (at := connection.limits.get("looked", {}).get(state.stream)):
        return state.last_success_at
    return max(state.last_success_at, dt.datetime.fromisoformat(at))
