"""The decision table: which reaction an answer of Xero's asks for. Pure; status and content type first, body second.

Sources: xero-facts §1.8 and §1.9 (authorisation), §2.1 (limits), §3.12 (error bodies). A body is read only to choose
between reactions; its text reaches an error only where Xero's words are for people (validation), and redacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from counterfoil.xero.errors import (
    BadAnswer,
    Forbidden,
    LimitKind,
    NotFound,
    RateLimited,
    Refusal,
    Refused,
    ScopeMissing,
    TemporarilyUnavailable,
    TokenExpired,
    XeroError,
    redacted,
)

# How long to wait when a 429 does not say: concurrent calls end within a second or two, a minute's window within one
# minute, and a day's window at an hour nobody knows, so it is tried again once an hour.
_DEFAULT_WAIT_S: dict[LimitKind, float] = {"concurrent": 2.0, "minute": 60.0, "app": 60.0, "day": 3600.0}
_LONGEST_WAIT_S = 86_400.0
# A maintenance answer asks to come back "in about five minutes" (xero-facts §3.12).
_MAINTENANCE_S = 300.0
_CORRELATION = re.compile(r"[0-9A-Za-z-]{8,64}")
_VALIDATION_ERROR_NUMBER = 10

# Reactions that make sense for the accounting API only; from the sign-in service the same status means something else.
ABOUT_THE_API = (TokenExpired, ScopeMissing, Forbidden, NotFound, Refused)


def classify(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    *,
    secrets: Sequence[str] = (),
    is_pdf: bool = False,
) -> XeroError | None:
    """The error this answer of the API means, or None when its body may be read as data (or is rightly empty).

    `headers` with lower-case names. `now` in seconds since 1970, for a Retry-After that is a date. `secrets` are hidden
    from any text of Xero's that enters the error. `is_pdf`: that is what was asked for, not JSON.
    """
    correlation_id = correlation_of(headers)
    if status in {204, 304}:
        return None
    if 200 <= status < 300:
        if is_pdf and body.startswith(b"%PDF-"):
            return None
        return _unreadable(status, headers, body, correlation_id)
    if status == 429:
        return _rate_limited(headers, now, correlation_id)
    if status >= 500 and status != 501:
        return _unavailable(status, headers, now, correlation_id)
    return _refused_call(status, headers, body, correlation_id, secrets)


def _refused_call(
    status: int, headers: Mapping[str, str], body: bytes, correlation_id: str | None, secrets: Sequence[str]
) -> XeroError:
    """The reaction to 3xx, 4xx (but 429) and 501. Xero's own 404 is a page; any other page is a proxy's."""
    if status == 404:
        return NotFound("Xero has no such record.", correlation_id=correlation_id, status=status)
    if status < 400 or status in {407, 408, 425} or _looks_like_a_page(headers, body):
        return TemporarilyUnavailable(
            "Something between us and Xero answered in its place.",
            correlation_id=correlation_id,
            status=status,
        )
    if status in {401, 403}:
        return _not_allowed(status, headers, body, correlation_id)
    if status == 400 and _is_json(headers):
        return _bad_request(body, correlation_id, secrets)
    return BadAnswer(
        "Xero answered in a way it does not document.", correlation_id=correlation_id, status=status
    )


def correlation_of(headers: Mapping[str, str]) -> str | None:
    """Xero's id of this exchange, if it is shaped like one."""
    value = headers.get("xero-correlation-id", "").strip()
    return value if _CORRELATION.fullmatch(value) else None


def limit_kind(headers: Mapping[str, str], retry_after_s: float | None) -> LimitKind:
    """Which limit a 429 means. The name comes in many spellings (xero-facts §2.1), or not at all."""
    name = re.sub(r"[^a-z]", "", headers.get("x-rate-limit-problem", "").lower())
    if name.startswith("app"):
        return "app"
    if name.startswith("da"):
        return "day"
    if name.startswith("conc"):
        return "concurrent"
    if name.startswith("min"):
        return "minute"
    return _limit_kind_without_a_name(headers, retry_after_s)


def _limit_kind_without_a_name(headers: Mapping[str, str], retry_after_s: float | None) -> LimitKind:
    if headers.get("x-daylimit-remaining", "").strip() == "0":
        return "day"
    if headers.get("x-minlimit-remaining", "").strip() == "0":
        return "minute"
    if headers.get("x-appminlimit-remaining", "").strip() == "0":
        return "app"
    if retry_after_s is None:
        return "concurrent"
    return "day" if retry_after_s > 120 else "minute"


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds the server asks to wait, 0 to one day; None if it does not ask or cannot be understood."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return min(float(text), _LONGEST_WAIT_S)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def _rate_limited(headers: Mapping[str, str], now: float, correlation_id: str | None) -> RateLimited:
    asked = retry_after(headers, now)
    kind = limit_kind(headers, asked)
    return RateLimited(
        f"Xero's limit of calls is used up ({kind}).",
        kind=kind,
        retry_after_s=_DEFAULT_WAIT_S[kind] if asked is None else asked,
        correlation_id=correlation_id,
        status=429,
    )


def _unreadable(
    status: int, headers: Mapping[str, str], body: bytes, correlation_id: str | None
) -> TemporarilyUnavailable | None:
    """A success whose body cannot be Xero's JSON: a proxy's page, XML because Accept was lost, or nothing at all."""
    if not body.strip():
        what = "Xero answered with an empty body."
    elif not _is_json(headers) or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"{", b"["}:
        what = "Something other than Xero's JSON came back, perhaps from a proxy."
    else:
        return None
    return TemporarilyUnavailable(what, correlation_id=correlation_id, status=status)


def _not_allowed(
    status: int, headers: Mapping[str, str], body: bytes, correlation_id: str | None
) -> TokenExpired | ScopeMissing | Forbidden:
    challenge = headers.get("www-authenticate", "").lower()
    detail = str(_json_object(body).get("detail", "")).lower().replace(" ", "")
    # "insufficent" is Xero's own spelling.
    if "insuffic" in challenge or "insuffic" in detail or detail.startswith("authorizationunsuccessful"):
        return ScopeMissing(
            "The consent given in Xero does not cover this; connect again and agree to the permissions asked for.",
            correlation_id=correlation_id,
            status=status,
        )
    if status == 403:
        return Forbidden(
            "Xero does not let this connection into the organisation, or its user may not do this there.",
            correlation_id=correlation_id,
            status=status,
        )
    expired = not detail.startswith("authenticationunsuccessful")
    return TokenExpired(
        "Xero did not accept the access token.", expired=expired, correlation_id=correlation_id, status=status
    )


def _bad_request(body: bytes, correlation_id: str | None, secrets: Sequence[str]) -> Refused | BadAnswer:
    answer = _json_object(body)
    elements = answer.get("elements")
    refusals = tuple(
        Refusal(path=path, message=redacted(message, secrets, limit=2000))
        for path, message in _refusals(elements if isinstance(elements, list) else [], "Elements")
    )
    number = answer.get("errornumber")
    if refusals or number == _VALIDATION_ERROR_NUMBER:
        words = "; ".join(dict.fromkeys(refusal.message for refusal in refusals)) or str(
            answer.get("message", "")
        )
        return Refused(
            f"Xero refused this: {redacted(words, secrets)}",
            refusals=refusals,
            correlation_id=correlation_id,
            status=400,
        )
    return BadAnswer(
        f"Xero could not understand the request ({_error_name(answer)}).",
        correlation_id=correlation_id,
        status=400,
    )


def _error_name(answer: Mapping[str, Any]) -> str:
    name = answer.get("type")
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z]{1,60}", name) else "no reason given"


def _refusals(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every validation message under `value`, depth first: they may hang on any part of the echo (xero-facts §3.12)."""
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _refusals(element, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "ValidationErrors" and isinstance(inner, list):
                yield from ((path, message) for message in map(_message, inner) if message)
            else:
                yield from _refusals(inner, f"{path}.{key}")


def _message(error: object) -> str:
    if not isinstance(error, dict):
        return ""
    text = error.get("Message") or error.get("Description")
    return text if isinstance(text, str) else ""


def _unavailable(
    status: int, headers: Mapping[str, str], now: float, correlation_id: str | None
) -> TemporarilyUnavailable:
    asked = retry_after(headers, now)
    return TemporarilyUnavailable(
        "Xero is not available at the moment.",
        correlation_id=correlation_id,
        status=status,
        retry_after_s=_MAINTENANCE_S if asked is None and status == 503 else asked,
    )


def _is_json(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


def _looks_like_a_page(headers: Mapping[str, str], body: bytes) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "text/html" or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower() in {
        b"<html",
        b"<!doc",
        b"<?xml",
    }


def _json_object(body: bytes) -> dict[str, Any]:
    """The body as an object with lower-case keys (Xero writes both `Detail` and `detail`); empty if it is none."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}
