"""The front door: every call but the web face comes through here, gets its headers and is written down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING

from counterfoil.sandbox import gateway, oauth, rates
from counterfoil.sandbox.call import Call, Refusal, Reply, json_reply
from counterfoil.sandbox.compress import SMALLEST
from counterfoil.sandbox.gateway import Passage
from counterfoil.sandbox.journal import Entry

if TYPE_CHECKING:
    from counterfoil.sandbox.edge import Edge

_log = logging.getLogger(__name__)

# As recorded at Xero's gateway (xero-facts 2.1).
_GATEWAY_HEADERS = {
    "cache-control": "max-age=0, no-cache, no-store",
    "pragma": "no-cache",
    "x-client-tls-ver": "tls1.3",
}


def open_to(edge: Edge, call: Call, *, base_url: str) -> Reply:
    """Answer one call, faults included, and write it into the journal."""
    began = time.perf_counter()
    passage = Passage(edge.ids.guid(), fault=edge.faults.pick(call))
    reply = edge.faults.front(passage.fault) or _processed(edge, call, passage, base_url)
    _dress(edge, call, passage, reply)
    edge.journal.write(_entry(edge, call, passage, reply, time.perf_counter() - began))
    return reply


def _processed(edge: Edge, call: Call, passage: Passage, base_url: str) -> Reply:
    call = edge.faults.changed(passage.fault, call)
    try:
        if call.path.lower().startswith(gateway.PREFIX + "/"):
            reply = gateway.serve(edge, call, passage)
        else:
            serve = partial(_identity, edge, call, passage, base_url)
            reply = edge.faults.around(passage.fault, serve, later=edge.later)
    except Refusal as refusal:
        reply = refusal.reply
    except Exception:  # noqa: BLE001 - whatever it was, it is logged with its trace
        # The stand-in's own mistake must be loud and still be in the log; the server goes on.
        _log.exception("The stand-in failed at %s %s", call.method, call.path)
        passage.notes.append("stand-in-failed: a mistake of the stand-in itself")
        reply = json_reply({"Message": "The stand-in failed; its own log says why."}, status=500)
    if reply.status == 400 and call.path.lower().startswith("/connect/token"):
        passage.notes.append("token-refused: the identity service did not accept the request")
    return edge.faults.after(passage.fault, reply)


def _identity(edge: Edge, call: Call, passage: Passage, base_url: str) -> Reply:
    path, identity = call.path.lower().rstrip("/"), edge.identity
    if path.startswith("/connections/") and call.method == "DELETE":
        return identity.disconnect(call, passage.correlation_id)
    routes: dict[tuple[str, str], Callable[[], Reply]] = {
        ("GET", "/connections"): lambda: identity.connections(call, passage.correlation_id),
        ("GET", "/identity/connect/authorize"): lambda: identity.authorise_page(call),
        ("POST", "/identity/connect/authorize"): lambda: identity.authorise_answer(call),
        ("POST", "/connect/token"): lambda: identity.token(call),
        ("POST", "/connect/revocation"): lambda: identity.revocation(call),
        ("GET", "/.well-known/openid-configuration"): lambda: oauth.discovery(base_url),
        ("GET", rates.PATH): lambda: Reply(200, rates.feed(edge.world.clock.now()), content_type="text/xml"),
    }
    if (known := routes.get((call.method, path))) is not None:
        return known()
    message = f"The stand-in does not know {call.method} {call.path}."
    return json_reply({"Message": message}, status=501)


def _dress(edge: Edge, call: Call, passage: Passage, reply: Reply) -> None:
    now = format_datetime(edge.world.clock.now(), usegmt=True)
    data_plane = call.path.lower().startswith((gateway.PREFIX, "/connections"))
    common = {"date": now, "server": "nginx", "xero-correlation-id": passage.correlation_id}
    if data_plane:
        common |= _GATEWAY_HEADERS | {"expires": now}
        if edge.latency_s and reply.delivery.kind == "whole":
            reply.delivery = replace(reply.delivery, delay_s=reply.delivery.delay_s + edge.latency_s)
    reply.headers = common | reply.headers
    wanted = "gzip" in call.headers.get("accept-encoding", "").lower()
    if wanted and edge.world.switches.gzip and len(reply.body) >= SMALLEST:
        reply.body = edge.compressor.gzip(reply.body)
        reply.headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}


def _entry(edge: Edge, call: Call, passage: Passage, reply: Reply, seconds: float) -> Entry:
    return Entry(
        at=edge.world.clock.now().isoformat(),
        method=call.method,
        path=call.path,
        query=call.query,
        status=reply.status,
        ms=round(seconds * 1000, 2),
        bytes_in=len(call.body),
        bytes_out=len(reply.body),
        app=passage.app.client_id if passage.app else "",
        tenant=passage.tenant_id,
        fault=passage.fault.name if passage.fault else "",
        gzip="gzip" in call.headers.get("accept-encoding", ""),
        notes=passage.notes,
    )
