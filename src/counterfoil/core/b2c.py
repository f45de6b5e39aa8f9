"""Whether a contact is a consumer or a business (IS-2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import re2

PATTERN_LIMIT = 200
_MEMORY = 8 << 20  # what one compiled pattern may take, bytes

_OTHER = re.compile(r"[\W_]+")  # what is neither letter nor digit, in any script

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
        reason, position = _fault(pattern, error)
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


def _fault(pattern: str, error: Exception) -> tuple[str, int]:
    """What is wrong and at which character, from 1.

    RE2 says what, with the piece at fault; for brackets that do not pair that piece is everything.
    """
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    reason, _, piece = text.partition(": ")
    if reason in {"missing )", "unexpected )"}:
        return reason, _lone_bracket(pattern) + 1
    return reason or "it is not valid", max(pattern.find(piece), 0) + 1


def _lone_bracket(pattern: str) -> int:
    """Where the round bracket is that has no partner."""
    opened: list[int] = []
    in_class = escaped = False
    for place, character in enumerate(pattern):
        if escaped or character == "\\":
            escaped = not escaped
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            opened.append(place)
        elif character == ")":
            if not opened:
                return place
            opened.pop()
    return opened[-1] if opened else 0


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
    return _OTHER.sub("", text).casefold()
