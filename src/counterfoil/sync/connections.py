"""Connecting an operating company to a Xero organisation (CN).

The way there and back: `connect_begin` makes an attempt that is bound to the browser session and
good for ten minutes and one use; `connect_finish` checks everything it can check before it sends
the code to Xero. A custom connection has no such way: `custom_connect` asks with the app's own
id and secret. Nothing is stored unless the whole way succeeds (CN-9).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from counterfoil.accounts.models import OperatingCompany, User
from counterfoil.changes.services import audit_record
from counterfoil.sync import epochs, organisations, outcomes, previews, tokens, wiring, xero_apps
from counterfoil.sync.epochs import AnotherOrganisation, ConnectRefused
from counterfoil.sync.models import (
    AppKind,
    ConnectAttempt,
    Connection,
    ConnectionRole,
    ConnectionState,
    TokenFamily,
    XeroApp,
)
from counterfoil.sync.places import one_place
from counterfoil.sync.progress import calls_count
from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.sync.signals import nudge
from counterfoil.xero import auth, identity, records
from counterfoil.xero.client import TokenSource
from counterfoil.xero.errors import (
    Forbidden,
    Misconfigured,
    RateLimited,
    RefreshRejected,
    ScopeMissing,
    XeroError,
)

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
NOT_LET_IN = (
    "Xero does not let the person who signed in look into this organisation, so nothing was stored. Ask an administrator "
    "of it for the Standard or Adviser role in Xero, or have somebody sign in who has it; then connect again."
)
NO_CONSENT = (
    "The consent given in Xero does not cover looking into the organisation, so nothing was stored. Connect again and "
    "give the consent that Xero's page asks for, all of it."
)
CALLS_SPENT = (
    "Xero allows no more calls to this organisation today, so it could not be looked at and nothing was stored. They "
    "are counted over 24 hours: connect again later."
)
CALLS_UNDER_WAY = (
    "Xero allows only so many calls to an organisation at once and in a minute, and others are using them, so it could not "
    "be looked at and nothing was stored. Wait a minute or two and press Connect to Xero again."
)
AT_ONCE = (
    "This organisation or another one was connected at the very same moment. Nothing was stored. Look at what is "
    "connected now, then connect again if it is still needed."
)
CUSTOM_HINT = (
    "Nothing was stored. A custom connection works once the organisation has authorised it: open the link in "
    "the e-mail that Xero sent for it, then connect again."
)
NOT_CUSTOM = (
    "This app reaches several organisations, and a custom connection has exactly one. Nothing was stored. "
    "Use the client id of a custom connection."
)
SHUT_AWAY = (
    "The stored client secret cannot be opened with the installation's present key. Nothing was sent to "
    "Xero. Enter the secret of the Xero app again, or restore COUNTERFOIL_TOKEN_KEYS."
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


@dataclass(frozen=True)
class Switch:
    """Another organisation than before (CN-6): its name has to be typed before it is connected."""

    tenant_id: str
    name: str
    former: str
    mistyped: bool = False


@dataclass
class ConnectOutcome:
    """How the way back from Xero ended: connected, a choice to make, a name to type, or a problem in one sentence."""

    connection: Connection | None = None
    choices: list[dict[str, str]] = field(default_factory=list)
    attempt_state: str = ""
    problem: str = ""
    switch: Switch | None = None


def connect_begin(
    company: OperatingCompany,
    user: User,
    *,
    session_key: str,
    at: dt.datetime,
    role: str = ConnectionRole.PRIMARY,
    renew: bool = False,
    look_first: bool = False,
) -> str:
    """The address of Xero's consent page to redirect to. Raises ConnectRefused (CN-7: before leaving).

    `renew`: what is connected is to be allowed again, as when permissions are missing (CN-3).
    """
    chosen = _app_ready(company)
    if not renew:
        epochs.role_free(company, role)
    proof = auth.pkce()
    state = auth.new_state()
    attempts_forget(at)
    ConnectAttempt.objects.create(
        state=state,
        verifier_sealed=seal(proof.verifier),
        session_hash=_session_hash(session_key),
        user=user,
        operating_company=company,
        role=role,
        app=chosen.row,
        look_first=look_first,
        created_at=at,
        expires_at=at + ATTEMPT_LIFE,
    )
    return auth.authorise_url(
        wiring.hosts().authorize,
        client_id=chosen.client_id,
        redirect_uri=wiring.redirect_uri(),
        scopes=xero_apps.scopes_asked(AppKind.WEB, chosen.scopes),
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
            _app_of(attempt),
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
    except XeroError as error:
        return ConnectOutcome(problem=_in_a_sentence(error))


def connect_choose(
    attempt_state: str,
    tenant_id: str,
    *,
    user: User,
    session_key: str,
    at: dt.datetime,
    typed_name: str = "",
) -> ConnectOutcome:
    """Finish with the organisation that the person picked (CN-4), or whose name they typed (CN-6)."""
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
        facts = _facts(attempt, choice, source, attempt.tokens.scopes, typed_name=typed_name)
        return _connect(attempt, attempt.tokens, choice, facts, typed_name=typed_name, at=at)
    except AnotherOrganisation as another:
        return _to_type(attempt, choice, another, mistyped=bool(typed_name))
    except ConnectRefused as refused:
        return _refused(attempt, str(refused))
    except IntegrityError:
        return _refused(attempt, AT_ONCE)
    except XeroError as error:
        return _refused(attempt, _in_a_sentence(error))


def custom_connect(
    company: OperatingCompany,
    user: User,
    *,
    client_id: str,
    client_secret: str,
    scopes: str,
    at: dt.datetime,
    session_key: str,
    role: str = ConnectionRole.PRIMARY,
    look_first: bool = False,
) -> ConnectOutcome:
    """Connect with a custom connection's id and secret (CN-8): no browser, one organisation, no refresh token.

    Raises AppRefused or ConnectRefused before Xero is asked. The organisation has to have authorised the app in Xero.
    """
    xero_apps.credentials_check(client_id, client_secret)
    if not client_secret:
        raise xero_apps.AppRefused(f"The client secret is empty. {xero_apps.WHERE}", "client_secret")
    epochs.role_free(company, role)
    app = xero_apps.custom_app(
        company, client_id=client_id, client_secret=client_secret, scopes=scopes, actor=user, at=at
    )
    attempt = _custom_attempt(company, user, app, role, session_key=session_key, look_first=look_first, at=at)
    return _custom_settle(attempt, app, auth.App(client_id, client_secret), at=at)


def custom_again(
    company: OperatingCompany, user: User, *, role: str, at: dt.datetime, session_key: str
) -> ConnectOutcome | None:
    """Connect again as it was connected before, with the id and secret that are stored (CN-8).

    None when it was no custom connection, or its secret was erased with it. Raises ConnectRefused.
    """
    latest = Connection.objects.of(company).filter(role=role).select_related("tokens__app")
    connection = latest.order_by("-connected_at").first()
    app = connection.tokens.app if connection is not None and connection.tokens is not None else None
    if app is None or app.kind != AppKind.CUSTOM:
        return None
    try:
        opened = xero_apps.app_of_row(app)
    except SealBroken as broken:
        raise ConnectRefused(SHUT_AWAY) from broken
    attempt = _custom_attempt(company, user, app, role, session_key=session_key, look_first=False, at=at)
    return _custom_settle(attempt, app, opened, at=at)


def _custom_attempt(
    company: OperatingCompany,
    user: User,
    app: XeroApp,
    role: str,
    *,
    session_key: str,
    look_first: bool,
    at: dt.datetime,
) -> ConnectAttempt:
    return ConnectAttempt(
        state=auth.new_state(),
        verifier_sealed=seal(""),
        session_hash=_session_hash(session_key),
        user=user,
        operating_company=company,
        role=role,
        app=app,
        look_first=look_first,
        created_at=at,
        used_at=at,
        expires_at=at + ATTEMPT_LIFE,
    )


def _custom_settle(
    attempt: ConnectAttempt, app: XeroApp, opened: auth.App, *, at: dt.datetime
) -> ConnectOutcome:
    wanted = xero_apps.scopes_asked(AppKind.CUSTOM, app.scopes)
    try:
        pair = identity.token_client_credentials(wiring.transport(), wiring.hosts(), opened, wanted)
        found = identity.connections(wiring.transport(), wiring.hosts(), pair.access)
    except Misconfigured as error:
        return ConnectOutcome(problem=f"{error.message} {CUSTOM_HINT}")
    except XeroError:
        return ConnectOutcome(problem=UNREACHABLE)
    choices = _organisations(found)
    if len(choices) > 1:
        return ConnectOutcome(problem=NOT_CUSTOM)
    try:
        return _settle(attempt, pair, choices, at=at)
    except XeroError as error:
        return ConnectOutcome(problem=_in_a_sentence(error))


def _app_ready(company: OperatingCompany) -> xero_apps.Chosen:
    """The app to go to Xero with. Raises ConnectRefused for what Xero would answer with a page of its own (CN-7)."""
    chosen = xero_apps.app_chosen(company)
    if chosen is None:
        raise ConnectRefused(
            "No Xero client id is entered, so Xero cannot be asked. Enter the client id and secret of your "
            "Xero app under Connect, or set COUNTERFOIL_XERO_CLIENT_ID."
        )
    try:
        xero_apps.credentials_check(chosen.client_id, chosen.opened().client_secret or "")
    except xero_apps.AppRefused as refused:
        raise ConnectRefused(str(refused)) from refused
    except SealBroken as broken:
        raise ConnectRefused(SHUT_AWAY) from broken
    if problem := wiring.redirect_problem():
        raise ConnectRefused(problem)
    return chosen


def _app_of(attempt: ConnectAttempt) -> auth.App:
    """The app that this consent was asked with."""
    return xero_apps.app_of_row(attempt.app) if attempt.app is not None else wiring.app()


def attempts_forget(at: dt.datetime) -> None:
    """Erase tokens that were waiting for a choice that nobody made in time, and attempts of days ago (CN-9)."""
    over = ConnectAttempt.objects.filter(expires_at__lt=at, tokens__isnull=False).select_related("tokens")
    for attempt in over:
        family, attempt.tokens = attempt.tokens, None
        attempt.save(update_fields=["tokens"])
        tokens.family_let_go(family)
    ConnectAttempt.objects.filter(expires_at__lt=at - dt.timedelta(days=1)).delete()


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
    _keep_waiting(attempt, pair, choices, at=at)
    return ConnectOutcome(choices=choices, attempt_state=attempt.state)


def _connect_only(
    attempt: ConnectAttempt, pair: auth.TokenPair, choice: dict[str, str], *, at: dt.datetime
) -> ConnectOutcome:
    """Connect to the one organisation of this consent; the tokens are stored with it or not at all."""
    try:
        facts = _facts(attempt, choice, tokens.JustGranted(pair.access), " ".join(sorted(pair.scopes)))
        with transaction.atomic():
            family = _family(attempt, pair, at=at)
            return _connect(attempt, family, choice, facts, at=at)
    except AnotherOrganisation as another:
        _keep_waiting(attempt, pair, [choice], at=at)
        return _to_type(attempt, choice, another)
    except ConnectRefused as refused:
        return ConnectOutcome(problem=str(refused))
    except IntegrityError:
        return ConnectOutcome(problem=AT_ONCE)


def _keep_waiting(
    attempt: ConnectAttempt, pair: auth.TokenPair, choices: list[dict[str, str]], *, at: dt.datetime
) -> None:
    """Keep the tokens for ten minutes while the person decides."""
    with transaction.atomic():
        attempt.tokens = _family(attempt, pair, at=at)
        attempt.choices = choices
        attempt.expires_at = at + ATTEMPT_LIFE
        attempt.save()


def _family(attempt: ConnectAttempt, pair: auth.TokenPair, *, at: dt.datetime) -> TokenFamily:
    app: XeroApp | None = attempt.app
    # Made again with the app that is stored, it has its row; what a refused attempt saved was rolled back.
    if app is not None and app.kind == AppKind.CUSTOM and not _is_kept(app):
        app.pk = None
        app.save(force_insert=True)
        attempt.app = app
    client_id = app.client_id if app is not None else wiring.app().client_id
    return tokens.family_keep(pair, client_id=client_id, app=app, at=at)


def _is_kept(app: XeroApp) -> bool:
    return TokenFamily.objects.filter(app_id=app.pk or 0, client_id=app.client_id).exists()


def _to_type(
    attempt: ConnectAttempt,
    choice: Mapping[str, str],
    another: AnotherOrganisation,
    *,
    mistyped: bool = False,
) -> ConnectOutcome:
    switch = Switch(choice["tenant_id"], another.name, another.former.organisation_name, mistyped)
    return ConnectOutcome(attempt_state=attempt.state, switch=switch)


def _refused(attempt: ConnectAttempt, problem: str) -> ConnectOutcome:
    """Nothing is stored: what waited for the choice goes too."""
    family = attempt.tokens
    attempt.delete()
    tokens.family_let_go(family)
    return ConnectOutcome(problem=problem)


def _facts(
    attempt: ConnectAttempt,
    choice: Mapping[str, str],
    source: TokenSource,
    granted: str,
    *,
    typed_name: str = "",
) -> organisations.Facts:
    """Refuse what cannot be connected before Xero is asked about it."""
    row = epochs.row_for(attempt.operating_company, attempt.role, choice, typed_name=typed_name)
    turns = one_place(choice["tenant_id"])
    facts = organisations.facts_read(choice["tenant_id"], source, granted, turns=turns)
    epochs.demo_allowed(facts.is_demo, choice["name"])
    epochs.books_fit(row, facts.organisation.base_currency or "", choice["name"])
    return facts


def _connect(
    attempt: ConnectAttempt,
    family: TokenFamily,
    choice: Mapping[str, str],
    facts: organisations.Facts,
    *,
    at: dt.datetime,
    typed_name: str = "",
) -> ConnectOutcome:
    company = attempt.operating_company
    with transaction.atomic():
        connection = epochs.row_for(company, attempt.role, choice, typed_name=typed_name)
        former = epochs.former_of(connection)
        look_first = attempt.look_first or previews.is_held(connection)
        connection.state = ConnectionState.CONNECTED
        connection.state_reason = connection.state_cause = ""
        connection.state_since = connection.connected_at = connection.member_at = at
        connection.unfinished = []
        connection.push_failures, connection.push_not_before = 0, None
        connection.sending_cause, connection.sending_since = "", None
        replaced, connection.tokens = connection.tokens, family
        connection.way = family.app.kind if family.app is not None else AppKind.WEB
        connection.remote_id = choice["remote_id"]
        connection.authorised_by = family.authorised_by
        connection.connected_by = attempt.user
        connection.scopes = family.scopes
        connection.pass_wanted_at = at
        organisations.facts_keep(connection, facts, at=at)
        left = epochs.former_leave(former, connection.organisation_name, at=at) if former else None
        connection.save()
        calls_count(connection, organisations.FACTS_CALLS, 0, on=at.date())
        tokens.family_let_go(replaced)
        if former is not None:
            tokens.family_let_go(left)
            epochs.epoch_begin(connection, former, actor=attempt.user, at=at)
        if look_first:
            previews.hold(connection, actor=attempt.user, at=at)
        _siblings_go_on(connection, family, at=at)
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


def _siblings_go_on(connection: Connection, family: TokenFamily, *, at: dt.datetime) -> None:
    """Other organisations of the same Xero user share the new tokens: one that had died with the old ones is tried."""
    siblings = family.connections.exclude(pk=connection.pk)
    siblings.update(scopes=family.scopes)
    for one in siblings.filter(state=ConnectionState.RECONNECT).select_related("operating_company"):
        reason = f"{family.authorised_by or 'The same person'} allowed access again; it is being tried."
        outcomes.state_change(one, ConnectionState.WAITING, reason, at=at)
        Connection.objects.filter(pk=one.pk).update(pass_wanted_at=at)


def _in_a_sentence(error: XeroError) -> str:
    """Why the organisation could not be looked at once somebody had signed in (CN-9)."""
    if isinstance(error, Forbidden):
        return NOT_LET_IN
    if isinstance(error, ScopeMissing):
        return NO_CONSENT
    if isinstance(error, RateLimited):
        return CALLS_SPENT if error.kind == "day" else CALLS_UNDER_WAY
    return UNREACHABLE


def _unknown_refusal(error: str) -> str:
    return (
        f"Xero answered with an error ({error[:60]}). Nothing was stored. Press Connect to Xero to try again."
    )


def _session_hash(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()
