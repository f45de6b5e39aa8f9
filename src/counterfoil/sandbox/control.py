"""The control plane under ``/control``: JSON, for loopback only, never part of what Xero has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil.sandbox.call import Call, Reply, json_reply

if TYPE_CHECKING:
    from counterfoil.sandbox.edge import Edge


def serve(edge: Edge, call: Call, *, near: bool) -> Reply:
    """Answer one control call."""
    if not near:
        return json_reply({"error": "The control plane answers loopback addresses only."}, status=403)
    return json_reply({"error": "unknown"}, status=404)
