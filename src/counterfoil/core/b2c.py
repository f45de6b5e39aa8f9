"""Whether a contact is a consumer or a business (IS-2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import re2

PATTERN_LIMIT = 200
_MEMORY = 8 << 20  # what one compiled pattern may take, bytes

Matches = Callable[[str], Any]


class BadPattern(ValueError):
    """A pattern that cannot be used; the text is a sentence for people.

    `position` is where it breaks, counted from 1; empty when the whole of it is at fault.
    """

    def __init__(self, sentence: str, position: int | None = None) -> None:
        super().__init__(sentence)
        self.position = position


@lru_cache(maxsize=64)
def pattern_compile(pattern: str) -> Matches:
    """A test for names: unanchored, any case, in linear time (RE2); raises BadPattern."""
    if len(pattern) > PATTERN_LIMIT:
        raise BadPattern(
            f"The pattern has {len(pattern)} characters; at most {PATTERN_LIMIT} are allowed.",
            PATTERN_LIMIT + 1,
        )
    try:
        search: Matches = _compiled(pattern).search
    except (re2.error, UnicodeError) as error:
        position = _position(pattern)
        reason = _reason(error)
        raise BadPattern(
            f"The pattern cannot be read at character {position}: {reason}. Nothing was changed; correct it there.",
            position,
        ) from error
    return search


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text) or "it is not valid"


def _position(pattern: str) -> int:
    """The character, from 1, at which `pattern` goes wrong: RE2 says what, not where.

    It is one past the longest start of the pattern that can still be read or completed.
    """
    for length in range(len(pattern), -1, -1):
        start = pattern[:length]
        for ending in ("", ")", "))", "]", "])", "x", "x)", "}", "\\"):
            if _reads(start + ending):
                return min(length + 1, max(len(pattern), 1))
    return 1


def _reads(pattern: str) -> bool:
    try:
        _compiled(pattern)
    except (re2.error, UnicodeError):
        return False
    return True


def b2c_matches(pattern: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that `pattern` hits; raises BadPattern."""
    search = pattern_compile(pattern)
    return [name for name in names if search(name)]


def is_consumer(name: str, first_name: str, last_name: str, contact_persons: int, pattern: str = "") -> bool:
    """A consumer: the pattern hits the name, or the contact's only person bears the contact's name.

    `contact_persons` counts people besides the primary one; two or more make it a business.
    """
    if pattern and pattern_compile(pattern)(name):
        return True
    if contact_persons >= 2 or not (first_name or last_name):
        return False
    bare = _bare(name)
    return bool(bare) and bare == _bare(first_name + last_name)


def _bare(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return "".join([c for c in text if c.isalnum()]).casefold()
