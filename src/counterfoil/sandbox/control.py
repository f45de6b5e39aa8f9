"""The control plane under ``/control``: JSON, for loopback only, never part of what Xero has.

``GET /control`` lists what there is. Bodies are JSON objects; a wrong one is 400 with ``error``. The
clock may be moved, organisations seeded and reset, faults armed, the request log read, people act in Xero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from counterfoil.sandbox import control_parts as parts
from counterfoil.sandbox.call import Call, Reply, json_reply
from counterfoil.sandbox.control_parts import Ask, NotThere
from counterfoil.sandbox.fault_kinds import KINDS

if TYPE_CHECKING:
    from counterfoil.sandbox.edge import Edge

Handler = Callable[[Ask], Any]


def _index(_ask: Ask) -> list[str]:
    return [f"{method} /control{path}  {says}" for method, path, _handler, says in ROUTES]


def _kinds(_ask: Ask) -> dict[str, Any]:
    return {name: {"code": kind.code, "stage": kind.stage, "says": kind.says} for name, kind in KINDS.items()}


def _fault_arm(ask: Ask) -> Any:
    return asdict(
        ask.edge.faults.arm(str(ask.need("name")), **{k: v for k, v in ask.body.items() if k != "name"})
    )


def _faults_clear(ask: Ask) -> Any:
    return {"cleared": ask.edge.faults.clear(int(ask.place) if ask.place else None)}


ROUTES: list[tuple[str, str, Handler, str]] = [
    ("GET", "", _index, "this list"),
    ("GET", "/clock", parts.clock_show, "the world's time"),
    ("POST", "/clock", parts.clock_change, "{set: ISO time} {advance: seconds} {freeze: true} {run: true}"),
    ("GET", "/organisations", parts.organisations, "organisations with counts of what a client should see"),
    ("POST", "/organisations", parts.organisations_load, "{seed, invoices, contacts, …}: load more"),
    (
        "GET",
        "/invoices",
        parts.invoices_list,
        "invoices in full, amounts as text; ?tenant=&link=: part of the Url",
    ),
    ("POST", "/reset", parts.reset, "start again; {seed, invoices, contacts, …} or the seed of the start"),
    ("POST", "/demo-reset", parts.demo_reset, "{tenant}: the 28-day reset of a demo company"),
    ("GET", "/actions", parts.actions_list, "what people can do in Xero"),
    ("POST", "/actions/{}", parts.action_run, "{tenant, …}: a person does something in Xero"),
    ("GET", "/faults", lambda ask: ask.edge.faults.shown(), "armed faults"),
    ("POST", "/faults", _fault_arm, "{name, method, path (regex), tenant, nth, count, params}: arm"),
    ("DELETE", "/faults", _faults_clear, "disarm all"),
    ("DELETE", "/faults/{}", _faults_clear, "disarm one"),
    ("GET", "/faults/kinds", _kinds, "the fault table"),
    ("GET", "/requests", parts.requests_list, "the request log; ?since=&limit=&noted=1"),
    ("GET", "/requests/counters", parts.requests_counters, "totals, calls in flight, manners"),
    ("DELETE", "/requests", parts.requests_clear, "forget the log and the counters"),
    ("GET", "/switches", parts.switches_show, "what nobody knows about Xero, as set here"),
    ("POST", "/switches", parts.switches_change, "{name: value}"),
    ("GET", "/limits", parts.limits_show, "call limits and their counters"),
    ("POST", "/limits", parts.limits_change, "{enabled, latency, reset, use_up: {app, tenant, minute, day}}"),
    ("GET", "/apps", parts.apps_list, "registered apps"),
    (
        "POST",
        "/apps",
        parts.app_register,
        "{client_id, secret, name, redirect_uris, kind, scope_style, tier, tenant_id}",
    ),
    ("GET", "/people", parts.people_list, "who may sign in, and where"),
    ("POST", "/people/remove", parts.person_remove, "{user, tenant}: take somebody out of an organisation"),
    ("POST", "/people/admit", parts.person_admit, "{user, tenant, role}: put them back"),
    ("GET", "/connections", parts.connections_list, "all connections"),
    ("DELETE", "/connections/{}", parts.connection_remove, "disconnect one"),
    ("POST", "/disconnect", parts.tenant_disconnect, "{tenant, client_id?}: as the connected apps page does"),
    ("POST", "/consents/revoke", parts.consent_revoke, "{user, client_id}: take back everything"),
    ("GET", "/webhooks", parts.webhooks_list, "subscriptions and their deliveries"),
    (
        "POST",
        "/webhooks",
        parts.webhook_subscribe,
        "{client_id, url, key, categories?}, then the intent to receive",
    ),
    ("POST", "/webhooks/intent", parts.webhook_intent, "{client_id}: intent to receive again; re-enables"),
    ("POST", "/webhooks/deliver", parts.webhooks_deliver, "deliver what is due, now"),
    ("DELETE", "/webhooks/{}", parts.webhook_remove, "take a webhook away"),
]


def serve(edge: Edge, call: Call, *, near: bool) -> Reply:
    """Answer one control call. ``near`` says that the caller's address is loopback."""
    if not near or _foreign_page(call):
        return json_reply({"error": "The control plane answers this machine only."}, status=403)
    path = call.path.removeprefix("/control").rstrip("/")
    found, allowed = None, set()
    for method, pattern, handler, _says in ROUTES:
        if match := re.fullmatch(pattern.replace("{}", "([^/]+)"), path):
            allowed.add(method)
            # A fixed path comes before one with a place holder of the same method.
            if method == call.method and (found is None or not match.groups()):
                found = handler, match.group(1) if match.groups() else ""
    if found is None:
        status = 405 if allowed else 404
        return json_reply(
            {"error": f"There is no {call.method} {call.path}; see GET /control."}, status=status
        )
    return _run(edge, call, *found)


def _run(edge: Edge, call: Call, handler: Handler, place: str) -> Reply:
    try:
        body = json.loads(call.body) if call.body else {}
        if not isinstance(body, dict):
            raise TypeError("The body must be a JSON object.")
        edge.tick()
        value = handler(Ask(edge, call, place, body))
        edge.tick()
    except NotThere as missing:
        return json_reply({"error": str(missing)}, status=404)
    except (ValueError, TypeError, KeyError) as wrong:
        return json_reply({"error": f"{wrong}"}, status=400)
    return json_reply(value)


def _foreign_page(call: Call) -> bool:
    """A web page of somebody else must not steer the stand-in through the user's browser."""
    origin = call.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).hostname not in ("localhost", "127.0.0.1", "::1")
