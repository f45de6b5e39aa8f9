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
    """33 characters: a version and 128 bits of the value's canonical bytes."""
    return f"{VERSION:x}{blake2b(_encode(value), digest_size=DIGITS // 2).hexdigest()}"


def is_current(print_: str) -> bool:
    """Whether a fingerprint was made by the mapping of today."""
    return print_[:-DIGITS] == f"{VERSION:x}"
