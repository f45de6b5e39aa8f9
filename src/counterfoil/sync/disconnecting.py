"""Disconnecting an operating company from its Xero organisation (TK-4, TK-5)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from counterfoil.accounts.models import User
from counterfoil.changes.services import audit_record
from counterfoil.sync import tokens, wiring
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import AppKind, Connection, ConnectionState, TokenFamily
from counterfoil.sync.sealing import SealBroken, unseal
from counterfoil.sync.xero_apps import app_of
from counterfoil.xero import identity, records
from counterfoil.xero.errors import XeroError

_CHANGED = (
    "state",
    "state_reason",
    "state_cause",
    "state_since",
    "unfinished",
    "tokens",
    "pass_wanted_at",
    "next_pass_at",
)


def disconnect(connection: Connection, *, actor: User | None, at: dt.datetime) -> list[str]:
    """Stop, remove the connection at Xero, erase the tokens; no CRM data is touched (TK-4, TK-5).

    The order is connection, then (the last organisation of these tokens only) revoke, then forget
    (reliability A19). What Xero did not confirm is returned as sentences, and kept until a person has looked after it:
    the tokens are gone then, so it can only be done in Xero.
    """
    family = connection.tokens
    problems = _remove_at_xero(connection, family) if family is not None else []
    with transaction.atomic():
        connection.state = ConnectionState.DISCONNECTED
        connection.state_reason, connection.state_cause = "Disconnected in the CRM.", ""
        connection.state_since = at
        connection.unfinished = problems
        connection.tokens = None
        connection.pass_wanted_at = connection.next_pass_at = None
        connection.save(update_fields=_CHANGED)
        lease_break(connection.pk)
        tokens.family_let_go(family)
        audit_record(
            connection.operating_company,
            at=at,
            actor=actor,
            action="connection.disconnected",
            subject=f"connection:{connection.pk}",
            summary=f"Disconnected {connection.organisation_name}. No data was removed.",
            detail={"problems": problems},
        )
    return problems


def finished(connection: Connection, *, actor: User, at: dt.datetime) -> None:
    """Somebody has done in Xero what it did not confirm; harmless when nothing is left."""
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk).exclude(unfinished=[])
        if rows.update(unfinished=[]):
            audit_record(
                connection.operating_company,
                at=at,
                actor=actor,
                action="connection.finished",
                subject=f"connection:{connection.pk}",
                summary=f"Looked after what Xero did not confirm when {connection.organisation_name} was "
                "disconnected.",
                detail={"problems": connection.unfinished},
            )


def _remove_at_xero(connection: Connection, family: TokenFamily) -> list[str]:
    problems = []
    remote = records.Connection(id=connection.remote_id, tenant_id=connection.tenant_id)
    try:
        access = tokens.StoredTokens(family.pk).access_token()
        identity.connection_delete(wiring.transport(), wiring.hosts(), access, remote)
    except (XeroError, SealBroken) as error:
        problems.append(
            f"Xero did not confirm that the connection was removed ({_said(error)}). If the app is still "
            "listed under Connected apps in Xero, disconnect it there."
        )
    try:
        if _may_revoke(family, connection):
            family.refresh_from_db()
            identity.revoke(wiring.transport(), wiring.hosts(), app_of(family), unseal(family.refresh_sealed))
    except (XeroError, SealBroken) as error:
        problems.append(
            f"Xero did not confirm that the permission was ended ({_said(error)}). It ends by "
            "itself within 60 days, since its keys are erased here; disconnecting the app in Xero ends it at once."
        )
    return problems


def _may_revoke(family: TokenFamily, connection: Connection) -> bool:
    """Revoking ends every connection of this Xero user and app (xero-facts 1.7): only the last one may."""
    if family.app is not None and family.app.kind == AppKind.CUSTOM:
        return False
    if family.connections.exclude(pk=connection.pk).exists():
        return False
    # Tokens that do not say whose they are may be the same person's as others of this app.
    others = TokenFamily.objects.filter(client_id=family.client_id).exclude(pk=family.pk)
    return bool(family.xero_user_id) or not others.exists()


def _said(error: XeroError | SealBroken) -> str:
    return error.message if isinstance(error, XeroError) else str(error)
