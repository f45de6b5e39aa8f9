"""The data plane: one request in, one response out, without network, authorisation or limits.

`answer` picks the resource, holds the world's lock, turns refusals into Xero's error bodies and JSON into XML when
the client did not ask for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterfoil.sandbox.world import Organisation, World


@dataclass(frozen=True)
class Request:
    """A call below /api.xro/2.0/. `path` is e.g. "Invoices/GUID/History", header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    app_id: str = ""
    app_name: str = ""


@dataclass(frozen=True)
class Response:
    """What goes back."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(world: World, organisation: Organisation, request: Request) -> Response:
    """Serve one call. An unknown resource or method is 501, an unknown record 404 text/html."""
    from .router import serve

    with world.lock:
        return serve(world, organisation, request)


__all__ = ["Request", "Response", "answer"]
