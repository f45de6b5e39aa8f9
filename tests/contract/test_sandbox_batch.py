"""Several elements in one call: summarised or not. Facts: xero-facts 3.9, 3.10, 3.12."""

import json

import pytest

from tests.contract.books_builders import NOBODY, Client, client, guid, invoice, line


def contacts_of(books: Client) -> set[str]:
    return {entry["Name"] for entry in books.get("Contacts")["Contacts"]}


BAD = {"Name": "A < B"}


def test_one_bad_element_refuses_the_whole_call_by_default() -> None:
    books = client()
    response = books.call("PUT", "Contacts", {"Contacts": [{"Name": "New"}, BAD]})
    body = json.loads(response.body)
    assert response.status == 400
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    (element,) = body["Elements"]
    assert (element["ContactID"], element["Name"], element["HasValidationErrors"]) == (NOBODY, "A < B", True)
    assert "New" not in contacts_of(books)


def test_valid_siblings_are_saved_when_switched() -> None:
    books = client()
    books.world.switches.valid_siblings_saved = True
    assert books.call("PUT", "Contacts", {"Contacts": [{"Name": "New"}, BAD]}).status == 400
    assert "New" in contacts_of(books)


def test_unsummarised_call_is_always_200_in_submission_order() -> None:
    books = client()
    sent = [{"Name": "First"}, BAD, {"Name": "First"}, {"Name": "Last"}]
    response = books.call("PUT", "Contacts", {"Contacts": sent}, query={"summarizeErrors": "false"})
    told = json.loads(response.body)["Contacts"]
    assert response.status == 200
    assert [entry["StatusAttributeString"] for entry in told] == ["OK", "ERROR", "ERROR", "OK"]
    assert [entry["ContactID"] == NOBODY for entry in told] == [False, True, True, False]
    assert {"First", "Last"} <= contacts_of(books)


def test_unsummarised_call_is_200_even_when_everything_failed() -> None:
    response = client().call("PUT", "Contacts", [BAD, BAD], query={"summarizeErrors": "false"})
    assert response.status == 200


def test_summarised_answers_carry_no_status_attribute() -> None:
    assert "StatusAttributeString" not in client().saved("PUT", "Contacts", {"Name": "New"})


def test_errors_hang_on_the_line_and_the_contact_they_are_about() -> None:
    body = invoice(Contact={"ContactID": guid("contact", 99)}, LineItems=[line(), line(AccountCode="777")])
    response = client().call("PUT", "Invoices", {"Invoices": [body]})
    (element,) = json.loads(response.body)["Elements"]
    assert element["InvoiceID"] == NOBODY
    assert "ValidationErrors" not in element["LineItems"][0]
    assert "777" in element["LineItems"][1]["ValidationErrors"][0]["Message"]
    assert element["Contact"]["ValidationErrors"]
    assert len(element["ValidationErrors"]) == 2


def test_warning_is_told_and_an_unknown_account_dropped_from_a_draft() -> None:
    body = invoice(Status="DRAFT", LineItems=[line(AccountCode="777", TaxType=None)])
    response = client().call("PUT", "Invoices", body, query={"summarizeErrors": "false"})
    (told,) = json.loads(response.body)["Invoices"]
    assert told["StatusAttributeString"] == "WARNING"
    assert "777" in told["Warnings"][0]["Message"]
    assert "AccountCode" not in told["LineItems"][0]


@pytest.mark.parametrize(
    "body",
    [{"Contacts": [{"Name": "New"}]}, {"contacts": [{"Name": "New"}]}, {"Name": "New"}, [{"Name": "New"}]],
)
def test_bodies_may_be_wrapped_bare_or_an_array(body: object) -> None:
    assert client().saved("PUT", "Contacts", body)["Name"] == "New"


XML = b"<Contacts><Contact><Name>New &amp; Co</Name><Phones><Phone><PhoneType>MOBILE</PhoneType>\
<PhoneNumber>1</PhoneNumber></Phone></Phones></Contact></Contacts>"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/xml", XML),
        ("text/xml", b"<Request>" + XML + b"</Request>"),
        ("application/x-www-form-urlencoded", b"xml=" + XML.replace(b"&", b"%26").replace(b" ", b"+")),
    ],
)
def test_bodies_may_be_xml(kind: str, body: bytes) -> None:
    response = client().call("PUT", "Contacts", body, headers={"content-type": kind})
    assert response.status == 200
    assert json.loads(response.body)["Contacts"][0]["Name"] == "New & Co"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"<Contacts><",
        b'"text"',
        b'{"Contacts":[1]}',
        b'{"Name":"N","Phones":{}}',
        b'{"Name":"N","Phones":["x"]}',
        b'{"Name":"\xff\xfe"}',
        b'{"Contacts":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"<A>" * 50_000 + b"</A>" * 50_000,
    ],
    ids=range(9),
)
def test_bodies_that_cannot_be_read_are_answered_with_number_17(body: bytes) -> None:
    response = client().call("PUT", "Contacts", body)
    assert response.status == 400
    assert json.loads(response.body)["ErrorNumber"] == 17


@pytest.mark.parametrize(
    "body", [{"LineItems": "x"}, {"LineItems": [3]}, {"Contact": "x"}, {"LineItems": [{"Quantity": "many"}]}]
)
def test_misshapen_invoices_are_answered_with_number_17(body: dict[str, object]) -> None:
    response = client().call("PUT", "Invoices", invoice(**body))
    assert response.status == 400
    assert json.loads(response.body)["ErrorNumber"] == 17
