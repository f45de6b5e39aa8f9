"""The way of one API call: token, organisation, permission, limits, idempotency, and then the books.

The order is Xero's as far as it is known: limits come before the idempotency store (xero-facts 3.11), a
missing permission is 401 and an organisation that is not connected 403 (1.9). Faults may step in at each
stage (``faults.py``). The answer's content comes from ``resources`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote

from counterfoil.sandbox import etiquette, idempotency, scopes
from counterfoil.sandbox.apps import CALLS_A_DAY, RegisteredApp
from counterfoil.sandbox.call import Call, Refusal, Reply, problem, refuse
from counterfoil.sandbox.faults import Armed
from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.tokens import Grant
from counterfoil.sandbox.world import Organisation

if TYPE_CHECKING:
    from counterfoil.sandbox.edge import Edge

PREFIX = "/api.xro/2.0"


@dataclass(slots=True)
class Passage:
    """What is known of a call so far; the request log reads it."""

    correlation_id: str
    app: RegisteredApp | None = None
    tenant_id: str = ""
    fault: Armed | None = None
    notes: list[str] = field(default_factory=list)


def serve(edge: Edge, call: Call, passage: Passage) -> Reply:
    """Answer one call below ``/api.xro/2.0``."""
    segments = [unquote(part) for part in call.path[len(PREFIX) :].split("/") if part]
    try:
        organisation = _admitted(edge, call, passage, segments)
    except Refusal as refusal:
        return refusal.reply
    app, tenant = passage.app, passage.tenant_id
    assert app is not None
    now = edge.world.clock.now()
    early_by_s = edge.limits.early_by_s(app.client_id, tenant, now=now)
    admission = edge.limits.enter(
        app.client_id,
        tenant,
        a_day=CALLS_A_DAY[app.tier],
        now=now,
        refused_count=edge.world.switches.refused_calls_count,
    )
    passage.notes += etiquette.notes(call, segments, in_flight=admission.in_flight, early_by_s=early_by_s)
    if admission.problem:
        return Reply(429, headers=admission.headers)
    try:
        reply = _keyed(edge, call, passage, organisation, segments)
    except BaseException:
        edge.limits.leave(app.client_id, tenant)
        raise
    reply.headers = {**reply.headers, **admission.headers}
    reply.sent = lambda: edge.limits.leave(app.client_id, tenant)
    return reply


def _admitted(edge: Edge, call: Call, passage: Passage, segments: list[str]) -> Organisation:
    """The organisation that the call may enter with its token and permission; refuses otherwise."""
    grant = edge.identity.grant(call, passage.correlation_id)
    app = passage.app = edge.apps[grant.client_id]
    tenant = call.headers.get("xero-tenant-id", "").strip().lower()
    if app.kind == "custom" and not tenant:
        tenant = (app.tenant_id or "").lower()
    passage.tenant_id = tenant
    organisation = edge.organisation(tenant)
    member = grant.user_id is None or edge.people.belongs(grant.user_id, tenant)
    if organisation is None or not member or not edge.authority.connected(grant, tenant):
        _not_connected(edge, passage, grant)
    needed = scopes.accepted(call.method, segments)
    if needed is not None and not needed & grant.scopes:
        _scope_missing(edge, passage)
    return organisation


def _not_connected(edge: Edge, passage: Passage, grant: Grant) -> NoReturn:
    """403 (xero-facts 1.9); after a revocation nobody knows whether 401 or 403 (8.19)."""
    assert passage.app is not None
    passage.notes.append("foreign-tenant: the token is not connected to this organisation")
    left = edge.limits.app_remaining(passage.app.client_id, now=edge.world.clock.now())
    revoked = grant.user_id is not None and not edge.authority.granted(grant.user_id, grant.client_id)
    status = edge.world.switches.revoked_status if revoked else 403
    title = "Unauthorized" if status == 401 else "Forbidden"
    detail, headers = "AuthenticationUnsuccessful", {"x_appminlimit_remaining": str(left)}
    refuse(problem(status, title, detail, passage.correlation_id, **headers))


def _scope_missing(edge: Edge, passage: Passage) -> NoReturn:
    """Xero's own misspelling in the header (xero-facts 1.9); some report 403, hence the switch."""
    status = edge.world.switches.missing_scope_status
    title = "Unauthorized" if status == 401 else "Forbidden"
    detail, header = "AuthorizationUnsuccessful", "insufficent_scope"
    refuse(problem(status, title, detail, passage.correlation_id, www_authenticate=header))


def _keyed(
    edge: Edge, call: Call, passage: Passage, organisation: Organisation, segments: list[str]
) -> Reply:
    def serve_once() -> Reply:
        return edge.faults.around(
            passage.fault, lambda: _answered(edge, call, passage, organisation, segments), later=edge.later
        )

    key = call.headers.get("idempotency-key")
    if not key or call.method not in idempotency.METHODS:
        return serve_once()
    assert passage.app is not None
    scope = passage.app.client_id
    if edge.switches.idempotency_per_tenant:
        scope += ":" + passage.tenant_id
    return edge.idempotency.run(scope, key, call, serve_once)


def _answered(
    edge: Edge, call: Call, passage: Passage, organisation: Organisation, segments: list[str]
) -> Reply:
    assert passage.app is not None
    request = Request(
        method=call.method,
        path="/".join(segments),
        query=call.parameters(),
        headers=call.headers,
        body=call.body,
        app_id=passage.app.client_id,
        app_name=passage.app.name,
    )
    response = answer(edge.world, organisation, request)
    return Reply(response.status, response.body, response.content_type, dict(response.headers))
