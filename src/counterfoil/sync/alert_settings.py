"""Change where alerts go, and try whether they arrive (TK-2)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.sync import posting, telling, wiring
from counterfoil.sync.alert_models import AlertDelivery, AlertSettings
from counterfoil.sync.sealing import seal

FIELDS = ("recipients", "webhook_url", "quiet_from", "quiet_until", "set_aside_most")


class AlertsRefused(Exception):
    """The settings cannot be like that; the text is a sentence for the administrator."""


def alert_settings_save(
    company: OperatingCompany, values: Mapping[str, Any], *, actor: User, at: dt.datetime
) -> str:
    """Save what was changed. Returns the secret of a webhook address that is new, to be shown once; else "".

    Raises AlertsRefused for an address that this installation does not post to.
    """
    url = str(values.get("webhook_url", ""))
    if url and (problem := posting.address_problem(url, inside=wiring.configuration().alerts_inside)):
        raise AlertsRefused(f"{problem} Nothing was changed.")
    with transaction.atomic():
        chosen = _locked(company)
        before = {name: getattr(chosen, name) for name in FIELDS if name in values}
        changed = {name: values[name] for name in before if before[name] != values[name]}
        if not changed:
            return ""
        for name, value in changed.items():
            setattr(chosen, name, value)
        secret = ""
        if "webhook_url" in changed:
            secret = _secret_new(chosen) if url else ""
            chosen.secret_sealed = chosen.secret_sealed if url else None
        chosen.save()
        audit_record(
            company,
            at=at,
            actor=actor,
            action="integration.alerts",
            summary="Changed alerts: " + ", ".join(sorted(changed)).replace("_", " ") + ".",
            detail={name: [_shown(before[name]), _shown(value)] for name, value in changed.items()},
        )
    return secret


def secret_renew(company: OperatingCompany, *, actor: User, at: dt.datetime) -> str:
    """A new secret for the webhook address, to be shown once; "" when there is no address."""
    with transaction.atomic():
        chosen = _locked(company)
        if not chosen.webhook_url:
            return ""
        secret = _secret_new(chosen)
        chosen.save()
        audit_record(
            company,
            at=at,
            actor=actor,
            action="integration.alerts",
            summary="Made a new secret for the webhook that alerts go to.",
        )
    return secret


def test_send(company: OperatingCompany, *, actor: User, at: dt.datetime) -> list[AlertDelivery]:
    """Send a test to every address at once; the messages as they ended."""
    with transaction.atomic():
        made = telling.test_made(company, at)
        audit_record(
            company,
            at=at,
            actor=actor,
            action="integration.alerts_tested",
            summary=f"Sent {len(made)} test alert{'' if len(made) == 1 else 's'}.",
        )
    for row in made:
        telling.deliver(row, at)
    return list(AlertDelivery.objects.of(company).filter(pk__in=[row.pk for row in made]).order_by("pk"))


def delivery_retry(company: OperatingCompany, pk: int, *, at: dt.datetime) -> bool:
    """Try a message again that has not arrived. False: there is none such."""
    mine = AlertDelivery.objects.of(company).filter(pk=pk, sent_at=None)
    return bool(mine.update(due_at=at, attempts=0))


def _locked(company: OperatingCompany) -> AlertSettings:
    AlertSettings.objects.get_or_create(operating_company=company)
    return AlertSettings.objects.select_for_update().get(operating_company=company)


def _secret_new(chosen: AlertSettings) -> str:
    secret = secrets.token_urlsafe(32)
    chosen.secret_sealed = seal(secret)
    return secret


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)
