"""What can go wrong on the data plane, one class per answer.

SandboxError
├── ValidationError     400 ErrorNumber 10, or one ERROR element of a 200 with summarizeErrors=false
├── QueryError          400 ErrorNumber 16, a where or order clause that cannot be read
├── PostDataError       400 ErrorNumber 17, a body that cannot be read
├── NotFoundError       404 text/html
└── NotImplementedHere  501, a resource or method the stand-in does not have
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class SandboxError(Exception):
    """The root of everything the data plane refuses."""


class ValidationError(SandboxError):
    """The element breaks a rule of Xero's. `nested` holds messages of inner parts: "Contact" or ("LineItems", 2)."""

    def __init__(
        self,
        messages: Sequence[str] | str,
        nested: Mapping[str | tuple[str, int], Sequence[str]] | None = None,
    ) -> None:
        self.messages = [messages] if isinstance(messages, str) else list(messages)
        self.nested = dict(nested or {})
        super().__init__("; ".join(self.messages))


class QueryError(SandboxError):
    """A where or order clause that Xero's parser would refuse."""


class PostDataError(SandboxError):
    """A request body that is no JSON or XML of the expected shape."""


class NotFoundError(SandboxError):
    """No such record."""


class NotImplementedHere(SandboxError):
    """A resource or method the stand-in does not offer."""


class Problems:
    """Collects messages while an element is checked, so that all of them are reported at once."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.nested: dict[str | tuple[str, int], list[str]] = {}

    def add(self, message: str) -> None:
        """A message on the element itself."""
        if message not in self.messages:
            self.messages.append(message)

    def inner(self, place: str | tuple[str, int], message: str) -> None:
        """A message on an inner part; Xero repeats it on the element too."""
        self.nested.setdefault(place, []).append(message)
        self.add(message)

    def check(self) -> None:
        """Raise ValidationError when anything was collected."""
        if self.messages:
            raise ValidationError(self.messages, self.nested)


Record = dict[str, Any]
