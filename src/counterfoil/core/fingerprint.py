"""A fingerprint of mapped values: equal fingerprints mean that nothing needs writing."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

# Grows when a mapping changes what it makes of the same record, so that every record is applied anew.
VERSION = 1
DIGITS = 32

_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


def fingerprint(value: Any) -> str:
    """33 characters: a version and 128 bits of the value's canonical bytes.

    Of a document half of the bits are of its lines alone, so that it shows whether they are the same (`same_lines`).
    """
    lines = getattr(value, "lines", None)
    if lines is None:
        return f"{VERSION:x}{_digest(value, DIGITS)}"
    head = msgspec.structs.replace(value, lines=())
    return f"{VERSION:x}{_digest(head, DIGITS // 2)}{_digest(lines, DIGITS // 2)}"


def same_lines(one: str, other: str) -> bool:
    """Whether two fingerprints of a document are of the same lines."""
    return is_current(one) and is_current(other) and one[-DIGITS // 2 :] == other[-DIGITS // 2 :]


def is_current(print_: str) -> bool:
    """Whether a fingerprint was made by the mapping of today."""
    return print_[:-DIGITS] == f"{VERSION:x}"


def _digest(value: Any, digits: int) -> str:
    return blake2b(_encode(value), digest_size=digits // 2).hexdigest()
