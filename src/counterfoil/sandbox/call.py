"""One HTTP exchange as plain values: what came in, what goes out.

Everything at the edge of the stand-in speaks these two types, so that identity, gateway, control plane and
faults can be tested without a socket. This module knows no route and no rule.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import parse_qsl

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived. ``headers`` has lower-case names; ``query`` is the raw query string."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        """The query parameters; of a repeated one the last counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """The fields of an ``application/x-www-form-urlencoded`` body; undecodable bytes are replaced."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bytes leave, when not simply at once.

    ``kind`` is "whole", "cut" (half the body, then close), "reset" (connection reset before any byte),
    "reset_midway", "drip" or "never". ``delay_s`` is waited first, in real seconds; ``bytes_per_s`` is the
    speed of a drip.
    """

    kind: str = "whole"
    delay_s: float = 0.0
    bytes_per_s: float = 1.0


WHOLE = Delivery()


@dataclass(slots=True)
class Reply:
    """An answer. ``sent`` is called once the last byte is handed over or given up (it frees a slot)."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = WHOLE
    sent: Callable[[], None] | None = None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def json_reply(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A JSON answer."""
    body = json.dumps(value, separators=(",", ":"), default=_plain, ensure_ascii=False).encode()
    return Reply(status, body, JSON, dict(headers or {}))


def problem(status: int, title: str, detail: str, correlation_id: str, **headers: str) -> Reply:
    """The gateway's problem JSON, with capitalised keys (xero-facts 1.9). ``_`` in a header means ``-``."""
    value = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": correlation_id}
    reply = json_reply(value | {"Extensions": {}}, status=status)
    reply.headers = {name.replace("_", "-"): text for name, text in headers.items()}
    return reply


class Refusal(Exception):
    """An answer decided deep inside; the front door sends it as it is."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def refuse(reply: Reply) -> NoReturn:
    """Stop here and answer ``reply``."""
    raise Refusal(reply)
