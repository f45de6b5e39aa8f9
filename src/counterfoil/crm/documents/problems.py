"""What is wrong with a template, for the person who wrote it."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing to correct.

    `part` is the place in the document ("the text", "a header", ...), `paragraph` counts from 1 there
    and is None when the trouble is in the file rather than in a line; `text` is that line as Word shows it.
    """

    sentence: str
    part: str = ""
    paragraph: int | None = None
    text: str = ""

    def __str__(self) -> str:
        if self.paragraph is None:
            return self.sentence
        shown = f" (“{self.text}”)" if self.text else ""
        return f"Line {self.paragraph} of {self.part}{shown}: {self.sentence}"
