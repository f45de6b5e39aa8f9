"""The check of answers against Xero's description is itself checked: with real answers, and with planted mistakes."""

import json
from pathlib import Path
from typing import Any

import pytest

from counterfoil.sandbox.resources import Response, router
from tests.contract.books_builders import client
from tests.contract.openapi import assert_answer_fits, every_answer_held, needs_description

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
needs_recordings = pytest.mark.skipif(
    not RECORDED.exists(), reason="the recordings are not beside the repository"
)

pytestmark = needs_description

CONTACT = {
    "ContactID": "77aaf092-24f0-487f-96d0-d91da6410718",
    "Name": "Alder & Ash",
    "UpdatedDateUTC": "/Date(1661500387533+0000)/",
    "Balances": {"AccountsReceivable": {"Outstanding": 12.5, "Overdue": 0}},
}


def contacts_answer(**changes: Any) -> str:
    return json.dumps({"Id": CONTACT["ContactID"], "Status": "OK", "Contacts": [CONTACT | changes]})


@needs_recordings
@pytest.mark.parametrize(
    "name", ["accounts", "tax-rates", "tracking-categories", "bill-created", "items", "contacts"]
)
def test_every_recorded_answer_fits(name: str) -> None:
    paths = {"tax-rates": "TaxRates", "tracking-categories": "TrackingCategories", "bill-created": "Invoices"}
    recorded = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    for answer in recorded if isinstance(recorded, list) else [recorded]:
        assert_answer_fits("GET", paths.get(name, name.capitalize()), 200, json.dumps(answer))


def test_a_sound_answer_fits() -> None:
    assert_answer_fits("GET", "/api.xro/2.0/Contacts?page=1", 200, contacts_answer())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Nmae", "a misspelt property"),
        ("Name", 7),
        ("ContactID", "no-guid"),
        ("UpdatedDateUTC", "2026-11-21T10:00:00"),
        ("ContactStatus", "SLEEPING"),
        ("Balances", {"AccountsReceivable": {"Outstanding": "12.50"}}),
    ],
)
def test_a_planted_mistake_is_found(name: str, value: object) -> None:
    with pytest.raises(AssertionError, match="differs from Contacts"):
        assert_answer_fits("GET", "Contacts", 200, contacts_answer(**{name: value}))


def test_a_document_date_with_a_time_of_day_is_found() -> None:
    def answer(day: str) -> str:
        return json.dumps({"Invoices": [{"Type": "ACCREC", "Date": day}]})

    assert_answer_fits("GET", "Invoices", 200, answer("/Date(1776988800000+0000)/"))
    with pytest.raises(AssertionError, match="differs from Invoices"):
        assert_answer_fits("GET", "Invoices", 200, answer("/Date(1776988800473+0000)/"))


def test_a_path_xero_does_not_have_is_found() -> None:
    with pytest.raises(AssertionError, match="no path"):
        assert_answer_fits("GET", "Customers", 200, "{}")


def test_statuses_outside_the_description_pass() -> None:
    assert_answer_fits("GET", "Contacts", 429, "")


def test_an_answer_that_does_not_fit_is_told_of_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    books = client()
    monkeypatch.setattr(router, "serve", lambda *_: Response(200, contacts_answer(Nmae="x").encode()))
    with every_answer_held() as told:
        books.call("GET", "Contacts")
    assert "'Nmae' was unexpected" in told[0]


def test_what_was_sent_and_refused_need_not_fit_but_its_reasons_must() -> None:
    refused = {"StatusAttributeString": "ERROR", "Nmae": 7}
    assert_answer_fits("PUT", "Contacts", 200, json.dumps({"Contacts": [CONTACT, refused]}))
    assert_answer_fits("GET", "Contacts", 400, json.dumps({"ErrorNumber": 16, "Message": "Unread"}))
    with pytest.raises(AssertionError, match="differs from Error"):
        assert_answer_fits("PUT", "Contacts", 400, json.dumps({"Elements": [{"ValidationErrors": "no"}]}))
