"""Everything the Xero client can raise, one class per reaction.

    XeroError
    ├── TemporarilyUnavailable   try again later, nothing is wrong with us
    ├── RateLimited              wait for the limit named in `kind`
    ├── TokenExpired             refresh the access token once and repeat
    ├── ReconnectNeeded          a person must connect the organisation again
    │   └── RefreshRejected      the refresh token is dead: never send it again
    ├── ScopeMissing             a person must consent to more; refreshing does not help
    ├── Forbidden                look at /connections: organisation gone, or the user lost a permission
    ├── NotFound                 the record is not there (any more)
    ├── Refused                  Xero checked the data and said no; show its words
    ├── Misconfigured            the app's own registration or settings are wrong
    └── BadAnswer                the answer breaks the protocol: a bug, ours or theirs

What these are not: a place for bodies or headers. A token or secret never enters an error; whoever builds one from an
answer passes the text through :func:`redacted` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

LimitKind = Literal["minute", "day", "concurrent", "app"]

_SECRET_SHAPES = re.compile(
    r"(?:bearer|basic)\s+[\w\-.~+/=]{8,}"
    r"|eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?"
    r"|(?:refresh_token|access_token|id_token|client_secret|code_verifier|code)[\"']?\s*[=:]\s*[\"']?[^\s&\"']+",
    re.IGNORECASE,
)


def redacted(text: str, secrets: Iterable[str] = (), *, limit: int = 500) -> str:
    """`text` without the given secrets and without anything shaped like a token, cut to `limit` characters."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[hidden]")
    return _SECRET_SHAPES.sub("[hidden]", text)[:limit]


class XeroError(Exception):
    """The root. `correlation_id` is Xero's id of the exchange, to quote to their support; None if none came."""

    def __init__(self, message: str, *, correlation_id: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.correlation_id = correlation_id
        self.status = status

    def __str__(self) -> str:
        parts = [self.message]
        if self.status is not None:
            parts.append(f"HTTP {self.status}")
        if self.correlation_id:
            parts.append(f"correlation id {self.correlation_id}")
        return parts[0] if len(parts) == 1 else f"{parts[0]} ({', '.join(parts[1:])})"


class TemporarilyUnavailable(XeroError):
    """Network failure, 5xx, a proxy's page, a cut body, another content type than asked for.

    `retry_after_s`: what the server asked for, None if it named nothing. `sent` is False only when the request
    certainly did not leave (no connection): then even a write may be repeated without a look first.
    """

    def __init__(
        self,
        message: str,
        *,
        correlation_id: str | None = None,
        status: int | None = None,
        retry_after_s: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id, status=status)
        self.retry_after_s = retry_after_s
        self.sent = sent


class RateLimited(XeroError):
    """A limit is used up. `retry_after_s` is always set: from the header, else a careful guess (xero-facts §2.1)."""

    def __init__(
        self,
        message: str,
        *,
        kind: LimitKind,
        retry_after_s: float,
        correlation_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id, status=status)
        self.kind = kind
        self.retry_after_s = retry_after_s


class TokenExpired(XeroError):
    """The access token was not accepted. `expired` is False when Xero did not know it at all."""

    def __init__(
        self,
        message: str,
        *,
        correlation_id: str | None = None,
        status: int | None = None,
        expired: bool = True,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id, status=status)
        self.expired = expired


class ReconnectNeeded(XeroError):
    """Only a person at Xero's consent page can mend this connection."""


class RefreshRejected(ReconnectNeeded):
    """`invalid_grant`: used, expired or revoked (xero-facts §1.8). Permanent."""


class ScopeMissing(XeroError):
    """The consent does not cover this call. Xero answers 401 or 403 for it (xero-facts §1.9)."""


class Forbidden(XeroError):
    """403: the organisation is not connected to this token, or the user may not do this in it."""


class NotFound(XeroError):
    """404: no such record."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One message of Xero's, word for word, and where in the sent document it stands (`Invoices[0].LineItems[2]`)."""

    path: str
    message: str


class Refused(XeroError):
    """400 validation: repeating the same bytes gives the same answer."""

    def __init__(
        self,
        message: str,
        *,
        refusals: Sequence[Refusal] = (),
        correlation_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id, status=status)
        self.refusals = tuple(refusals)


class Misconfigured(XeroError):
    """Client id, secret, redirect address or requested scopes are wrong. `code` is the OAuth error code."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        correlation_id: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id, status=status)
        self.code = code


class BadAnswer(XeroError):
    """Well-formed, but not what the protocol promises; repeating is no use until somebody has looked."""
