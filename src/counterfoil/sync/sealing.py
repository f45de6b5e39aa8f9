"""Secrets at rest: sealed with the first of the installation's keys, opened with the one they name (TK-7).

What is stored is `key id . Fernet token`, so that it can be told which key a secret still needs.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(Exception):
    """A stored secret cannot be opened with any of the installation's keys."""


def seal(secret: str) -> bytes:
    """Ciphertext for a database column; `secret` may be empty."""
    first = settings.CONFIGURATION.token_keys[0]
    return key_id(first).encode() + b"." + Fernet(first).encrypt(secret.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The secret. Raises SealBroken when the key it was sealed with is not configured (any more)."""
    named, _, token = bytes(sealed).partition(b".")
    fernet = _by_id(settings.CONFIGURATION.token_keys).get(named.decode("ascii", "replace"))
    try:
        if fernet is not None:
            return fernet.decrypt(token).decode()
    except InvalidToken:
        pass
    raise SealBroken(
        "The stored Xero tokens cannot be opened with the configured COUNTERFOIL_TOKEN_KEYS. "
        "Nothing is lost in the CRM. Restore the key, or connect to Xero again."
    ) from None


def is_current(sealed: bytes | memoryview) -> bool:
    """Whether it was sealed with the key that new secrets are sealed with."""
    return bytes(sealed).startswith(key_id(settings.CONFIGURATION.token_keys[0]).encode() + b".")


@lru_cache(maxsize=16)
def key_id(key: str) -> str:
    """A key's name: it tells nothing about the key."""
    return sha256(key.encode()).hexdigest()[:8]


@lru_cache(maxsize=4)
def _by_id(keys: tuple[str, ...]) -> dict[str, Fernet]:
    return {key_id(key): Fernet(key) for key in keys}
