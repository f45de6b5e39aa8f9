"""Secrets at rest: sealed with the first of the installation's keys, opened with any of them (TK-7)."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """A stored secret cannot be opened with any of the installation's keys."""


def seal(secret: str) -> bytes:
    """Ciphertext for a database column; `secret` may be empty."""
    return _keys(settings.CONFIGURATION.token_keys).encrypt(secret.encode())


def unseal(sealed: bytes | memoryview) -> str:
    """The secret. Raises SealBroken when the key it was sealed with is not configured (any more)."""
    try:
        return _keys(settings.CONFIGURATION.token_keys).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise SealBroken(
            "The stored Xero tokens cannot be opened with the configured COUNTERFOIL_TOKEN_KEYS. "
            "Nothing is lost in the CRM. Restore the key, or connect to Xero again."
        ) from None


@lru_cache(maxsize=4)
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
