"""Connecting an operating company to a Xero organisation, and disconnecting it (CN, TK-4, TK-5).

The way there and back: `connect_begin` makes an attempt that is bound to the browser session and
good for ten minutes and one use; `connect_finish` checks everything it can check before it sends
the code to Xero. Nothing is stored unless the whole way succeeds (CN-9).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.sync import organisations, tokens, wiring
from counterfoil.sync.leases import lease_break
from counterfoil.sync.models import (
    ConnectAttempt,
    Connection,
    ConnectionRole,
    ConnectionState,
    TokenFamily,
)
from counterfoil.sync.sealing import seal, unseal
from counterfoil.sync.signals import nudge
from counterfoil.xero import auth, identity, records
from counterfoil.xero.client import TokenSource
from counterfoil.xero.errors import Misconfigured, RefreshRejected, XeroError

ATTEMPT_LIFE = dt.timedelta(minutes=10)

DENIED = (
    "Xero was not connected because access was not allowed on Xero's page. Nothing was stored. "
    "Press Connect to Xero to try again."
)
FOREIGN_STATE = (
    "This answer from Xero does not belong to a connection you started in this browser, or it was "
    "used already. Nothing was stored. Press Connect to Xero to start afresh."
)
EXPIRED = (
    "Connecting took longer than Xero allows, so the code it gave has expired. Nothing was stored. "
    "Press Connect to Xero and go through the pages without a long pause."
)
NO_CODE = "Xero sent no permission with its answer. Nothing was stored. Press Connect to Xero to try again."
NO_ORGANISATION = (
    "Xero connected no organisation. Nothing was stored. Press Connect to Xero and choose an "
    "organisation on Xero's page."
)
UNREACHABLE = (
    "Xero's sign-in service did not answer properly, so nothing was stored. It is usually back within "
    "minutes: press Connect to Xero again."
)
REFUSALS = {
    "access_denied": DENIED,
    "invalid_scope": (
        "Xero does not know one of the permissions that were asked for. Nothing was stored. Apps made "
        "before 2 March 2026 need COUNTERFOIL_XERO_SCOPES=broad, newer ones granular."
    ),
    "unauthorized_client": (
        "Xero does not let this app ask for these permissions. Nothing was stored. Check the client id "
        "in the settings, and COUNTERFOIL_XERO_SCOPES (granular for apps made since 2 March 2026)."
    ),
}


class ConnectRefused(Exception):
    """Connecting cannot start; the text is a sentence for the administrator."""


@dataclass
class ConnectOutcome:
    """How the way back from Xero ended: connected, a choice to make, or a problem in one sentence."""

    connection: Connection | None = None
    choices: list[dict[str, str]] = field(default_factory=list)
    attempt_state: str = ""
    problem: str = ""


def connect_begin(
    company: OperatingCompany,
    user: User,
    *,
    session_key: str,
    at: dt.datetime,
    role: str = ConnectionRole.PRIMARY,
) -> str:
    """The address of Xero's consent page to redirect to. Raises ConnectRefused (CN-7: before leaving)."""
    app = wiring.app()
    _check_app(app)
    if role == ConnectionRole.PRIMARY:
        _check_free(company)
    proof = auth.pkce()
    state = auth.new_state()
    ConnectAttempt.objects.filter(expires_at__lt=at - dt.timedelta(days=1)).delete()
    ConnectAttempt.objects.create(
        state=state,
        verifier_sealed=seal(proof.verifier),
        session_hash=_session_hash(session_key),
        user=user,
        operating_company=company,
        role=role,
        created_at=at,
        expires_at=at + ATTEMPT_LIFE,
    )
    return auth.authorise_url(
        wiring.hosts().authorize,
        client_id=app.client_id,
        redirect_uri=wiring.redirect_uri(),
        scopes=wiring.needed_scopes(),
        state=state,
        challenge=proof.challenge,
    )


def connect_finish(
    params: Mapping[str, str], *, user: User, session_key: str, at: dt.datetime
) -> ConnectOutcome:
    """Handle the redirect back from Xero (CN-2, CN-9). Never raises for what a person can cause."""
    attempt = _attempt_take(params.get("state", ""), user=user, session_key=session_key, at=at)
    if attempt is None:
        return ConnectOutcome(problem=FOREIGN_STATE)
    if attempt.expires_at < at:
        return ConnectOutcome(problem=EXPIRED)
    if refusal := params.get("error"):
        return ConnectOutcome(problem=REFUSALS.get(refusal, _unknown_refusal(refusal)))
    if not params.get("code"):
        return ConnectOutcome(problem=NO_CODE)
    try:
        pair = identity.token_exchange(
            wiring.transport(),
            wiring.hosts(),
            wiring.app(),
            code=params["code"],
            redirect_uri=wiring.redirect_uri(),
            verifier=unseal(attempt.verifier_sealed),
        )
        found = identity.connections(
            wiring.transport(), wiring.hosts(), pair.access, pair.authentication_event_id
        )
        return _settle(attempt, pair, _organisations(found), at=at)
    except RefreshRejected:
        return ConnectOutcome(problem=EXPIRED)
    except Misconfigured as error:
        return ConnectOutcome(problem=f"{error.message} Nothing was stored.")
    except XeroError:
        return ConnectOutcome(problem=UNREACHABLE)


def connect_choose(
    attempt_state: str, tenant_id: str, *, user: User, session_key: str, at: dt.datetime
) -> ConnectOutcome:
    """Finish a consent that covered several organisations with the one the person picked (CN-4)."""
    attempt = (
        ConnectAttempt.objects.filter(
            state=attempt_state,
            user=user,
            session_hash=_session_hash(session_key),
            expires_at__gte=at,
            tokens__isnull=False,
        )
        .select_related("tokens", "operating_company")
        .first()
    )
    choice = next((c for c in attempt.choices if c["tenant_id"] == tenant_id), None) if attempt else None
    if attempt is None or choice is None or attempt.tokens is None:
        return ConnectOutcome(problem=FOREIGN_STATE)
    source = tokens.StoredTokens(attempt.tokens.pk)
    try:
        facts = _facts(attempt, choice, source, attempt.tokens.scopes)
        return _connect(attempt, attempt.tokens, choice, facts, at=at)
    except ConnectRefused as refused:
        return ConnectOutcome(problem=str(refused))
    except XeroError:
        return ConnectOutcome(problem=UNREACHABLE)


def disconnect(connection: Connection, *, actor: User | None, at: dt.datetime) -> list[str]:
    """Stop, remove the connection at Xero, erase the tokens; no CRM data is touched (TK-4, TK-5).

    The order is connection, then (the last organisation of these tokens only) revoke, then forget
    (reliability A19). What Xero did not confirm is returned as sentences for a person.
    """
    family = connection.tokens
    problems: list[str] = []
    if family is not None:
        last = not family.connections.exclude(pk=connection.pk).exists()
        problems = _remove_at_xero(connection, unseal(family.refresh_sealed) if last else "")
    with transaction.atomic():
        connection.state = ConnectionState.DISCONNECTED
        connection.state_reason = "Disconnected in the CRM."
        connection.state_since = at
        connection.tokens = None
        connection.pass_wanted_at = connection.next_pass_at = None
        connection.save(
            update_fields=["state", "state_reason", "state_since", "tokens", "pass_wanted_at", "next_pass_at"]
        )
        lease_break(connection.pk)
        if family is not None and not family.connections.exists():
            family.delete()
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


def _check_app(app: auth.App) -> None:
    if not app.client_id:
        raise ConnectRefused(
            "No Xero client id is set, so Xero cannot be asked. Set COUNTERFOIL_XERO_CLIENT_ID and "
            "COUNTERFOIL_XERO_CLIENT_SECRET to those of your Xero app and start Counterfoil again."
        )
    if any(c.isspace() or not c.isprintable() for c in app.client_id):
        raise ConnectRefused(
            "The Xero client id holds a space or an invisible character. Copy it again from your app's "
            "page at developer.xero.com into COUNTERFOIL_XERO_CLIENT_ID."
        )


def _check_free(company: OperatingCompany) -> None:
    held = (
        Connection.objects.of(company)
        .filter(role=ConnectionRole.PRIMARY, state__in=[ConnectionState.CONNECTED, ConnectionState.WAITING])
        .first()
    )
    if held:
        raise ConnectRefused(
            f"{company.name} is connected to {held.organisation_name} already. Disconnect it first to "
            "connect another organisation."
        )


def _attempt_take(state: str, *, user: User, session_key: str, at: dt.datetime) -> ConnectAttempt | None:
    """The attempt of this state, once, for the session and user that began it."""
    if not state:
        return None
    mine = ConnectAttempt.objects.filter(
        state=state, user=user, session_hash=_session_hash(session_key), used_at=None
    )
    if mine.update(used_at=at) != 1:
        return None
    return ConnectAttempt.objects.select_related("operating_company", "user").get(state=state)


def _organisations(found: list[records.Connection]) -> list[dict[str, str]]:
    """Organisations only: practices cannot be connected (xero-facts 1.6)."""
    return [
        {"tenant_id": c.tenant_id, "remote_id": c.id, "name": c.tenant_name or c.tenant_id}
        for c in found
        if (c.tenant_type or "ORGANISATION").upper() == "ORGANISATION"
    ]


def _settle(
    attempt: ConnectAttempt, pair: auth.TokenPair, choices: list[dict[str, str]], *, at: dt.datetime
) -> ConnectOutcome:
    if not choices:
        return ConnectOutcome(problem=NO_ORGANISATION)
    if len(choices) == 1:
        return _connect_only(attempt, pair, choices[0], at=at)
    attempt.tokens = tokens.family_create(pair, client_id=wiring.app().client_id, at=at)
    attempt.choices = choices
    attempt.expires_at = at + ATTEMPT_LIFE
    attempt.save(update_fields=["tokens", "choices", "expires_at"])
    return ConnectOutcome(choices=choices, attempt_state=attempt.state)


def _connect_only(
    attempt: ConnectAttempt, pair: auth.TokenPair, choice: Mapping[str, str], *, at: dt.datetime
) -> ConnectOutcome:
    """Connect to the one organisation of this consent; the tokens are stored with it or not at all."""
    try:
        facts = _facts(attempt, choice, tokens.JustGranted(pair.access), " ".join(sorted(pair.scopes)))
        with transaction.atomic():
            family = tokens.family_create(pair, client_id=wiring.app().client_id, at=at)
            return _connect(attempt, family, choice, facts, at=at)
    except ConnectRefused as refused:
        return ConnectOutcome(problem=str(refused))


def _facts(
    attempt: ConnectAttempt, choice: Mapping[str, str], source: TokenSource, granted: str
) -> organisations.Facts:
    """Refuse what cannot be connected before Xero is asked about it."""
    _connection_for(attempt.operating_company, attempt.role, choice)
    return organisations.facts_read(choice["tenant_id"], source, granted)


def _connect(
    attempt: ConnectAttempt,
    family: TokenFamily,
    choice: Mapping[str, str],
    facts: organisations.Facts,
    *,
    at: dt.datetime,
) -> ConnectOutcome:
    company = attempt.operating_company
    with transaction.atomic():
        connection = _connection_for(company, attempt.role, choice)
        connection.state = ConnectionState.CONNECTED
        connection.state_reason = ""
        connection.state_since = connection.connected_at = at
        connection.tokens = family
        connection.remote_id = choice["remote_id"]
        connection.authorised_by = family.authorised_by
        connection.connected_by = attempt.user
        connection.scopes = family.scopes
        connection.pass_wanted_at = at
        organisations.facts_keep(connection, facts, at=at)
        connection.save()
        audit_record(
            company,
            at=at,
            actor=attempt.user,
            action="connection.connected",
            subject=f"connection:{connection.pk}",
            summary=f"Connected to {connection.organisation_name} in Xero.",
            detail={"tenant_id": connection.tenant_id, "authorised_by": connection.authorised_by},
        )
    transaction.on_commit(nudge.set)
    return ConnectOutcome(connection=connection)


def _connection_for(company: OperatingCompany, role: str, choice: Mapping[str, str]) -> Connection:
    """The row to connect: the company's earlier one to this organisation, or a new one (CN-4)."""
    tenant_id = choice["tenant_id"]
    holder = (
        Connection.objects.filter(tenant_id=tenant_id)
        .exclude(state=ConnectionState.DISCONNECTED)
        .exclude(operating_company=company)
        .select_related("operating_company")
        .first()
    )
    if holder:
        raise ConnectRefused(
            f"{choice['name']} is connected to {holder.operating_company.name} already, and a Xero "
            "organisation can serve only one operating company. Nothing was stored. Disconnect it there "
            "first, or choose another organisation."
        )
    own = Connection.objects.of(company).filter(role=role).order_by("-connected_at")
    other = own.exclude(tenant_id=tenant_id).first()
    if other:
        raise ConnectRefused(
            f"{company.name} holds the data of {other.organisation_name}, and {choice['name']} is another "
            "organisation. Nothing was stored. Use a separate operating company for it, so that the books "
            "never mix."
        )
    return own.filter(tenant_id=tenant_id).first() or Connection(
        operating_company=company, role=role, tenant_id=tenant_id, organisation_name=choice["name"]
    )


def _remove_at_xero(connection: Connection, refresh_token: str) -> list[str]:
    problems = []
    try:
        if connection.tokens_id is not None:
            access = tokens.StoredTokens(connection.tokens_id).access_token()
            remote = records.Connection(id=connection.remote_id, tenant_id=connection.tenant_id)
            identity.connection_delete(wiring.transport(), wiring.hosts(), access, remote)
    except XeroError as error:
        problems.append(
            f"Xero did not confirm that the connection was removed ({error.message}). If the app is still "
            "listed under Connected apps in Xero, disconnect it there."
        )
    try:
        if refresh_token:
            identity.revoke(wiring.transport(), wiring.hosts(), wiring.app(), refresh_token)
    except XeroError as error:
        problems.append(f"Xero did not confirm that the permission was ended ({error.message}).")
    return problems


def _unknown_refusal(error: str) -> str:
    return (
        f"Xero answered with an error ({error[:60]}). Nothing was stored. Press Connect to Xero to try again."
    )


def _session_hash(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()
