"""The table of faults: what can go wrong, at which stage, and what the caller sees (reliability 3.1).

Stages: ``front`` nothing is processed; ``call`` the call is changed or held up on its way in; ``inside`` the
application itself fails, so an idempotency key remembers it; ``after`` the call is processed and the answer
is replaced on its way; ``delivery`` only the way of the bytes changes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from counterfoil.sandbox.call import HTML, JSON, PROBLEM, TEXT, Reply, json_reply

Stage = Literal["front", "call", "inside", "after", "delivery"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the fault table; ``code`` is that of reliability 3.1."""

    code: str
    stage: Stage
    says: str
    reply: Callable[[dict[str, Any]], Reply] | None = None


def _limited(problem: str | None, retry_after_s: int | None) -> Callable[[dict[str, Any]], Reply]:
    def reply(params: dict[str, Any]) -> Reply:
        headers = {"x-minlimit-remaining": "0"} if problem == "minute" else {}
        if problem:
            headers["x-rate-limit-problem"] = str(params.get("problem", problem))
        if retry_after_s is not None:
            headers["retry-after"] = str(params.get("retry_after", retry_after_s))
        return Reply(429, headers=headers)

    return reply


def _html(status: int, title: str) -> Callable[[dict[str, Any]], Reply]:
    body = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return lambda params: Reply(int(params.get("status", status)), body.encode(), HTML)


def _text(status: int, words: str) -> Callable[[dict[str, Any]], Reply]:
    return lambda params: Reply(status, str(params.get("body", words)).encode(), TEXT)


def _oauth(error: str) -> Callable[[dict[str, Any]], Reply]:
    return lambda params: json_reply({"error": error}, status=int(params.get("status", 400)))


def _failed(_params: dict[str, Any]) -> Reply:
    message = {"Title": "An error occurred", "Detail": "An error occurred in Xero. Check the API Status page"}
    return json_reply(message | {"Status": 500, "Type": None}, status=500)


def _problem_lower(params: dict[str, Any]) -> Reply:
    status = int(params.get("status", 400))
    value = {"type": None, "title": params.get("title", "Bad Request"), "status": status}
    value["detail"] = params.get("detail", "The request could not be read")
    return Reply(status, json.dumps(value).encode(), PROBLEM)


def _unauthorised(
    detail: str, header: str | None = None, status: int = 401
) -> Callable[[dict[str, Any]], Reply]:
    title = "Unauthorized" if status == 401 else "Forbidden"

    def reply(_params: dict[str, Any]) -> Reply:
        value: dict[str, Any] = {
            "Type": None,
            "Title": title,
            "Status": status,
            "Detail": detail,
            "Extensions": {},
        }
        return json_reply(value, status=status, headers={"www-authenticate": header} if header else None)

    return reply


def _custom(params: dict[str, Any]) -> Reply:
    body = params.get("body", "")
    packed = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {str(name).lower(): str(value) for name, value in dict(params.get("headers", {})).items()}
    return Reply(int(params.get("status", 200)), packed, params.get("content_type", JSON), headers)


KINDS: dict[str, Kind] = {
    "never_arrives": Kind("N1", "front", "The call is swallowed; no answer ever comes."),
    "answer_lost": Kind("N2", "after", "The call is processed, then the connection is reset."),
    "answer_never": Kind("N2", "after", "The call is processed, then no answer ever comes."),
    "slow_before": Kind("N3", "call", "Processing starts only after `seconds`."),
    "slow_answer": Kind("I7", "delivery", "The answer leaves only after `seconds`."),
    "reset_before": Kind("N4", "front", "The connection is reset before anything is processed."),
    "reset_midway": Kind("N5", "delivery", "Half the body arrives, then the connection is reset."),
    "cut_body": Kind("N6", "delivery", "Half the body arrives, then the connection is closed."),
    "drip": Kind("N7", "delivery", "The body arrives at `bytes_per_s` (1)."),
    "html_200": Kind("N10", "front", "A proxy answers 200 with a web page.", _html(200, "Welcome")),
    "html_502": Kind("N11", "front", "A proxy answers 502 with a web page.", _html(502, "502 Bad Gateway")),
    "html_504": Kind(
        "N11", "front", "A proxy answers 504 with a web page.", _html(504, "504 Gateway Time-out")
    ),
    "html_502_after_commit": Kind(
        "N11", "after", "As html_502, but the call was processed.", _html(502, "502 Bad Gateway")
    ),
    "html_504_after_commit": Kind(
        "N11", "after", "As html_504, but the call was processed.", _html(504, "504 Gateway Time-out")
    ),
    "duplicate_delivery": Kind(
        "N12", "inside", "A middle box delivers the call twice; the second answer counts."
    ),
    "429_minute": Kind("G1", "front", "Minute limit; `retry_after` 22.", _limited("minute", 22)),
    "429_day": Kind("G2", "front", "Day limit; `retry_after` 40000.", _limited("day", 40000)),
    "429_concurrent": Kind("G3", "front", "Too many at once; no Retry-After.", _limited("concurrent", None)),
    "429_app": Kind("G4", "front", "The app's minute; `retry_after` 30.", _limited("appminute", 30)),
    "429_bare": Kind("G5", "front", "429 without any helpful header.", _limited(None, None)),
    "500_before_commit": Kind("G6", "inside", "500, nothing was processed; a key remembers it.", _failed),
    "500_after_commit": Kind("G7", "inside", "500 although it was processed; a key remembers it.", _failed),
    "503_offline": Kind("G8", "front", "503 as text.", _text(503, "The Organisation is offline")),
    "503_maintenance": Kind(
        "G8", "front", "503 as text.", _text(503, "The Xero API is currently offline for maintenance")
    ),
    "404_text": Kind(
        "G9",
        "front",
        "404 as HTML-typed text.",
        lambda _: Reply(404, b"The resource you're looking for cannot be found", HTML),
    ),
    "xml_answer": Kind("G10", "call", "The Accept header is lost, so the answer is XML."),
    "problem_lower_case": Kind(
        "G11", "front", "Problem JSON with lower-case keys; `status` 400.", _problem_lower
    ),
    "idempotency_down": Kind("G12", "front", "The key store is down: 500.", _failed),
    "commit_late": Kind(
        "G13", "inside", "500 now; processed `seconds` (600) of the world's clock later.", _failed
    ),
    "refresh_rejected": Kind("I2", "front", "invalid_grant.", _oauth("invalid_grant")),
    "client_rejected": Kind("I3", "front", "invalid_client.", _oauth("invalid_client")),
    "token_html": Kind(
        "I4", "front", "The identity service answers with a web page.", _html(500, "Service unavailable")
    ),
    "token_500": Kind("I4", "front", "The identity service fails.", lambda _: Reply(500)),
    "401_expired": Kind(
        "A",
        "front",
        "401 TokenExpired.",
        _unauthorised("TokenExpired: token expired at 04/29/2020 09:22:02", "Bearer error=invalid_token"),
    ),
    "401_unknown": Kind(
        "A", "front", "401 AuthenticationUnsuccessful.", _unauthorised("AuthenticationUnsuccessful")
    ),
    "401_scope": Kind(
        "A15",
        "front",
        "401 with the misspelt header.",
        _unauthorised("AuthorizationUnsuccessful", "insufficent_scope"),
    ),
    "403_tenant": Kind(
        "A",
        "front",
        "403, as for an organisation that is not connected.",
        _unauthorised("AuthenticationUnsuccessful", None, 403),
    ),
    "custom": Kind("-", "front", "Your `status`, `body`, `content_type`, `headers`.", _custom),
    "custom_after_commit": Kind("-", "after", "As custom, but the call was processed.", _custom),
}
