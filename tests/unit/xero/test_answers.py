"""The decision table: every answer leads to one reaction, and none that is not Xero's JSON is taken for data."""

import itertools
import json

import pytest

from counterfoil.xero.answers import classify
from counterfoil.xero.errors import (
    BadAnswer,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    ScopeMissing,
    TemporarilyUnavailable,
    TokenExpired,
)

NOW = 1_777_031_976.0
JSON = "application/json; charset=utf-8"
CORRELATION = "0d3a62f6-5d1c-4a0c-9a2b-6d4c1a6f7a11"


def problem(detail: str, *, lower: bool = False) -> bytes:
    keys = {"Title": "Unauthorized", "Status": 401, "Detail": detail, "Instance": CORRELATION}
    return json.dumps({key.lower() if lower else key: value for key, value in keys.items()}).encode()


def react(status, body=b"", *, kind=JSON, **headers):
    given = {"content-type": kind, "xero-correlation-id": CORRELATION}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(status, given, body, NOW)


BODIES_THAT_ARE_NOT_XEROS_JSON = {
    "nothing": (b"", JSON),
    "blank": (b" \r\n ", JSON),
    "page": (b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>", "text/html"),
    "page called json": (b"<html></html>", JSON),
    "xml": (b'<?xml version="1.0"?><Response><Status>OK</Status></Response>', "text/xml"),
    "xml after a mark": (b"\xef\xbb\xbf<?xml version='1.0'?><Response/>", "application/xml"),
    "xml called json": (b"<Response/>", JSON),
    "text": (b"The Organisation is offline", "text/plain"),
    "text called json": (b"Service unavailable", JSON),
    "data called a page": (b'{"Invoices":[]}', "text/html"),
    "data called nothing": (b'{"Invoices":[]}', ""),
    "bytes": (b"\x1f\x8b\x08\x00\x00", "application/octet-stream"),
}
STATUSES = (200, 201, 202, 206, 301, 400, 401, 403, 404, 408, 412, 429, 500, 502, 503)


@pytest.mark.parametrize(
    ("what", "status"),
    list(itertools.product(BODIES_THAT_ARE_NOT_XEROS_JSON, STATUSES)),
    ids=str,
)
def test_nothing_but_xeros_json_is_taken_for_data(what, status):
    body, kind = BODIES_THAT_ARE_NOT_XEROS_JSON[what]

    error = react(status, body, kind=kind)

    assert error is not None
    assert (error.status, error.correlation_id) == (status, CORRELATION)
    assert isinstance(error, RateLimited) == (status == 429)
    assert isinstance(error, NotFound) == (status == 404)
    if status < 400 or status >= 500:
        assert isinstance(error, TemporarilyUnavailable)
    if "html" in kind and status not in {404, 429}:
        assert isinstance(error, TemporarilyUnavailable), "a proxy's page says nothing about us"


@pytest.mark.parametrize(
    ("status", "body"), [(200, b'{"Invoices":[]}'), (200, b"\xef\xbb\xbf []"), (204, b""), (304, b"")]
)
def test_data_and_rightly_empty_answers_are_no_errors(status, body):
    assert react(status, body) is None


@pytest.mark.parametrize(
    ("status", "body", "headers", "reaction"),
    [
        (
            401,
            problem("TokenExpired: token expired at 04/29/2020 09:22:02"),
            {"www_authenticate": "Bearer error=invalid_token"},
            TokenExpired,
        ),
        (401, b"", {"www_authenticate": "Bearer error=invalid_token"}, TokenExpired),
        (401, problem("AuthenticationUnsuccessful", lower=True), {}, TokenExpired),
        (401, problem("AuthorizationUnsuccessful"), {"www_authenticate": "insufficent_scope"}, ScopeMissing),
        (401, problem("AuthorizationUnsuccessful", lower=True), {}, ScopeMissing),
        (401, b"", {"www_authenticate": "Bearer error=insufficient_scope"}, ScopeMissing),
        (403, problem("insufficient-scope"), {}, ScopeMissing),
        (403, problem("AuthenticationUnsuccessful"), {}, Forbidden),
        (403, b"", {}, Forbidden),
    ],
)
def test_authorisation_is_judged_by_its_detail_not_by_its_number(status, body, headers, reaction):
    assert type(react(status, body, **headers)) is reaction


def test_an_expired_token_is_told_from_an_unknown_one():
    assert react(401, problem("TokenExpired: then")).expired is True
    assert react(401, problem("AuthenticationUnsuccessful")).expired is False


TWELVE_SPELLINGS = {
    "minute": "minute",
    "Minute": "minute",
    "MINUTE": "minute",
    "day": "day",
    "Day": "day",
    "Daily": "day",
    "concurrent": "concurrent",
    "Concurrent": "concurrent",
    "appminute": "app",
    "app-minute": "app",
    "AppMinute": "app",
    "App Minute": "app",
}


@pytest.mark.parametrize(("spelling", "kind"), list(TWELVE_SPELLINGS.items()))
@pytest.mark.parametrize(
    "body", [b"", b"<html>Too many</html>", b'{"Title":"Too many"}'], ids=["empty", "page", "json"]
)
@pytest.mark.failure("R5", "R6")
def test_a_limit_is_known_by_its_kind_however_it_is_spelt_and_whatever_the_body(spelling, kind, body):
    error = react(429, body, x_rate_limit_problem=spelling, retry_after="22")

    assert (error.kind, error.retry_after_s) == (kind, 22.0)


@pytest.mark.parametrize(
    ("headers", "kind", "wait_s"),
    [
        ({}, "concurrent", 2.0),
        ({"x_minlimit_remaining": "0"}, "minute", 60.0),
        ({"x_daylimit_remaining": "0", "x_minlimit_remaining": "0"}, "day", 3600.0),
        ({"x_appminlimit_remaining": "0"}, "app", 60.0),
        ({"retry_after": "45"}, "minute", 45.0),
        ({"retry_after": "40000"}, "day", 40000.0),
        ({"retry_after": "999999999", "x_rate_limit_problem": "day"}, "day", 86_400.0),
        ({"retry_after": "-5", "x_rate_limit_problem": "minute"}, "minute", 60.0),
        ({"retry_after": "soon", "x_rate_limit_problem": "minute"}, "minute", 60.0),
        ({"retry_after": "Fri, 24 Apr 2026 12:00:06 GMT", "x_rate_limit_problem": "minute"}, "minute", 30.0),
        ({"retry_after": "Fri, 24 Apr 2026 11:00:00 GMT", "x_rate_limit_problem": "minute"}, "minute", 0.0),
    ],
)
def test_a_limit_without_a_clear_name_or_time_is_guessed_carefully(headers, kind, wait_s):
    error = react(429, **headers)

    assert (error.kind, error.retry_after_s) == (kind, wait_s)


def test_maintenance_asks_for_five_minutes_unless_it_says_otherwise():
    assert react(503, b"The Xero API is currently offline", kind="text/plain").retry_after_s == 300.0
    assert react(503, retry_after="20").retry_after_s == 20.0
    assert react(502).retry_after_s is None


def test_a_refusal_carries_every_message_word_for_word_with_its_place():
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [
            {
                "Contact": {"ValidationErrors": [{"Message": "The contact is archived."}]},
                "LineItems": [
                    {},
                    {"ValidationErrors": [{"Description": "Account code '999' is not valid."}]},
                ],
                "ValidationErrors": [{"Message": "Invoice # must be unique."}, None, {"Message": None}],
            }
        ],
    }

    error = react(400, json.dumps(body).encode())

    assert isinstance(error, Refused)
    assert {(refusal.path, refusal.message) for refusal in error.refusals} == {
        ("Elements[0].Contact", "The contact is archived."),
        ("Elements[0].LineItems[1]", "Account code '999' is not valid."),
        ("Elements[0]", "Invoice # must be unique."),
    }
    assert "Invoice # must be unique." in str(error)


def test_a_validation_error_without_elements_still_is_a_refusal():
    error = react(400, b'{"errorNumber":10,"message":"A validation exception occurred","elements":null}')

    assert isinstance(error, Refused)
    assert "A validation exception occurred" in str(error)


@pytest.mark.parametrize("status", [400, 405, 412, 413, 415, 501])
def test_what_only_a_bug_can_cause_is_called_a_bad_answer(status):
    body = b'{"ErrorNumber":16,"Type":"QueryParseException","Message":"No property or field"}'

    assert type(react(status, body)) is BadAnswer


def test_a_correlation_id_that_is_none_is_not_repeated():
    error = classify(500, {"xero-correlation-id": "<script>"}, b"", NOW)

    assert error is not None
    assert error.correlation_id is None


def test_no_secret_gets_into_an_error_even_if_xero_echoes_it():
    canary = "canary-4f0b1c-token"
    jwt = "eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl"
    echo = {
        "ErrorNumber": 10,
        "Elements": [{"ValidationErrors": [{"Message": f"bad {canary} Bearer {jwt} {jwt}"}]}],
    }

    for status in (400, 401, 403, 404, 429, 500, 503):
        error = classify(status, {"content-type": JSON}, json.dumps(echo).encode(), NOW, secrets=(canary,))
        assert error is not None
        shown = f"{error} {error!r} {error.args} {vars(error)}"
        assert canary not in shown
        assert "eyJ" not in shown
