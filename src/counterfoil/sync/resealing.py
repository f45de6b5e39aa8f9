"""Seal every stored secret anew with the first key, so that the older ones can go (TK-7)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from counterfoil.sync.alert_models import AlertSettings
from counterfoil.sync.models import ConnectAttempt, TokenFamily, XeroApp
from counterfoil.sync.sealing import SealBroken, is_current, seal, unseal
from counterfoil.sync.webhook_models import WebhookApp

# Every sealed column of the database; a test compares this with the models.
SEALED: tuple[tuple[type[models.Model], str], ...] = (
    (TokenFamily, "access_sealed"),
    (TokenFamily, "refresh_sealed"),
    (XeroApp, "secret_sealed"),
    (WebhookApp, "key_sealed"),
    (ConnectAttempt, "verifier_sealed"),
    (AlertSettings, "secret_sealed"),
)


@dataclass
class Resealed:
    """`broken`: secrets that no configured key opens; they are left as they are."""

    done: int = 0
    current: int = 0
    broken: int = 0


def secrets_reseal() -> Resealed:
    """Seal anew what was sealed with an older key. Safe beside running workers: whatever they write meanwhile stays."""
    outcome = Resealed()
    for model, column in SEALED:
        for pk, sealed in model._default_manager.exclude(**{column: None}).values_list("pk", column):
            _one(model, column, pk, bytes(sealed), outcome)
    return outcome


def _one(model: type[models.Model], column: str, pk: int, sealed: bytes, outcome: Resealed) -> None:
    if is_current(sealed):
        outcome.current += 1
        return
    try:
        fresh = seal(unseal(sealed))
    except SealBroken:
        outcome.broken += 1
        return
    # Only if nobody has written another secret since it was read.
    unchanged = model._default_manager.filter(**{"pk": pk, column: sealed})
    outcome.done += unchanged.update(**{column: fresh})
