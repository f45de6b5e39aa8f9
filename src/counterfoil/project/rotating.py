"""`counterfoil rotate-keys`: a new key for the secrets in the database, in two steps that can each be repeated.

A running process knows only the keys it was started with, so a secret must not be sealed with a new key before every
process has it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from counterfoil.sync.resealing import Resealed, secrets_reseal

DONE, NOT_YET = 0, 1


def rotate_keys() -> int:
    """Add a key, or seal everything with the newest one and drop the others. 0: all secrets have the newest key."""
    kept = Path(settings.CONFIGURATION.home) / "token-keys"
    if os.environ.get("COUNTERFOIL_TOKEN_KEYS") or os.environ.get("COUNTERFOIL_TOKEN_KEYS_FILE"):
        return _told(secrets_reseal(), "Only the first key of COUNTERFOIL_TOKEN_KEYS is needed from now on.")
    if len(settings.CONFIGURATION.token_keys) == 1:
        newest = Fernet.generate_key().decode()
        _replace(kept, ",".join((newest, *settings.CONFIGURATION.token_keys)))
        print(
            f"A new key was added to {kept}. Every secret still opens. Restart Counterfoil everywhere, so that all "
            "processes know the new key, then run `counterfoil rotate-keys` again."
        )
        return NOT_YET
    outcome = secrets_reseal()
    if not outcome.broken:
        _replace(kept, settings.CONFIGURATION.token_keys[0])
    return _told(outcome, f"The older keys were taken out of {kept}.")


def _told(outcome: Resealed, after: str) -> int:
    print(f"{outcome.done} secrets were sealed with the newest key; {outcome.current} had it already.")
    if outcome.broken:
        print(
            f"{outcome.broken} could not be opened with any key and were left as they are; no key was dropped. Restore "
            "the key they need, or connect to Xero again and repeat this.",
            file=sys.stderr,
        )
        return NOT_YET
    print(after)
    return DONE


def _replace(path: Path, text: str) -> None:
    """Write a secret file in one step: a crash leaves the old one or the new one, never half of either."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
