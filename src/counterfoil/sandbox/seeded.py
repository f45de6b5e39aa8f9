"""Identifiers and tokens that look random and repeat exactly for the same seed."""

import random
import threading
import uuid
from typing import TypeVar

T = TypeVar("T")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


class Seeded:
    """One stream of ids. Safe to use from several threads; not for secrets that protect anything real."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(f"edge:{seed}")
        self._lock = threading.Lock()

    def guid(self) -> str:
        """A version 4 shaped GUID in lower case."""
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def token(self, length: int = 43) -> str:
        """URL-safe text."""
        with self._lock:
            return "".join(self._random.choices(_LETTERS, k=length))

    def entropy(self) -> str:
        """Twenty capital letters, as a webhook payload carries them."""
        with self._lock:
            return "".join(self._random.choices(_LETTERS[:26], k=20))

    def shuffled(self, values: list[T]) -> list[T]:
        """A copy in another order."""
        with self._lock:
            return self._random.sample(values, len(values))
