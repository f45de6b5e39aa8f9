"""`where` and `order` of the stand-in: a small language. Facts: xero-facts 3.8."""

import json
from datetime import date

import pytest

from tests.contract.books_builders import Client, client, contact, guid, seeded_invoice


@pytest.fixture
def books() -> Client:
    return client(
        contacts=[
            contact(1, Name='Tom "The" Hat'),
            contact(2, Name="Smith & Sons", EmailAddress="s@example.org"),
        ],
        invoices=[
            seeded_invoice(1, Reference="Spring"),
            seeded_invoice(2, Date=date(2026, 3, 1), Status="DRAFT"),
            seeded_invoice(3, Contact={"ContactID": guid("contact", 2)}, Type="ACCPAY", Reference="autumn"),
        ],
    )


@pytest.mark.parametrize(
    ("clause", "numbers"),
    [
        ('Type=="ACCREC"', [1, 2]),
        ('Type="ACCPAY"', [3]),
        ('Status=="AUTHORISED" AND Type=="ACCREC"', [1]),
        ('Status=="AUTHORISED"&&AmountDue>=120', [1, 3]),
        ('InvoiceNumber=="inv-0002" OR InvoiceNumber=="INV-0003"', [2, 3]),
        ("Date>=DateTime(2026,11,1)", [1, 3]),
        ("Date<DateTime(2026, 11, 01)", [2]),
        (f'Contact.ContactID==Guid("{guid("contact", 2)}")', [3]),
        ('Contact.Name=="Smith & Sons"', [3]),
        ('Contact.Name=="Tom ""The"" Hat"', [1, 2]),
        ('Reference!=null&&Reference.Contains("AUT")', [3]),
        ("Reference==null", [2]),
        ('InvoiceNumber.ToLower().StartsWith("inv-0001")', [1]),
        (f'InvoiceID==Guid("{guid("invoice", 1)}") || InvoiceId==Guid("{guid("invoice", 2)}")', [1, 2]),
        ('!(Type=="ACCPAY") and (AmountDue > 0 or Status != "VOIDED")', [1, 2]),
        ('CurrencyCode=="GBP" AND Total==120', [1, 2, 3]),
    ],
)
def test_clause_selects(books: Client, clause: str, numbers: list[int]) -> None:
    found = books.get("Invoices", where=clause)["Invoices"]
    assert [entry["InvoiceNumber"] for entry in found] == [f"INV-{n:04d}" for n in numbers]


@pytest.mark.parametrize(
    "clause",
    [
        'Type=="ACCREC',
        'Type=="A\\"B"',
        "Nonsense==1",
        'AmountDue=="many"',
        'Reference.Contains("x")',
        'Type=="ACCREC" AND',
        "Type",
        "Date>DateTime(2026,13,1)",
        'Contact.ContactID==Guid("x")',
        'Type.Explode("x")',
        "Type==ACCREC",
        "(" * 5_000 + 'Type=="ACCREC"' + ")" * 5_000,
        "!" * 5_000 + '(Type=="ACCREC")',
    ],
    ids=range(13),
)
def test_clause_that_cannot_be_read_is_answered_with_number_16(books: Client, clause: str) -> None:
    response = books.call("GET", "Invoices", query={"where": clause})
    body = json.loads(response.body)
    assert response.status == 400
    assert (body["ErrorNumber"], body["Type"]) == (16, "QueryParseException")
    assert body["Message"]


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ('Name=="cafe ZOE"', ["Café Zoé"]),
        ('Name=="Café Zoé" AND EmailAddress=="zoe@example.org"', ["Café Zoé"]),
        ('AccountNumber=="ö-1"', ["Plain"]),
        ('Name!="Cafe Zoe"', ["Plain"]),
        ("EmailAddress==null", ["Plain"]),
        ('Name.Contains("cafe")', []),
        ("IsCustomer==true", ["Café Zoé"]),
    ],
)
def test_contacts_are_found_in_any_case_and_with_any_accents(clause: str, names: list[str]) -> None:
    books = client(
        contacts=[
            contact(1, Name="Café Zoé", EmailAddress="zoe@example.org"),
            contact(2, Name="Plain", AccountNumber="O-1"),
        ],
        invoices=[seeded_invoice(1)],
    )
    assert [entry["Name"] for entry in books.get("Contacts", where=clause)["Contacts"]] == names


def test_fields_that_are_not_optimised_are_refused_where_there_is_too_much() -> None:
    books = client(contacts=[contact(number) for number in range(1, 10_002)])
    assert len(books.get("Contacts", where='Name=="Customer 10001"')["Contacts"]) == 1
    refused = books.call("GET", "Contacts", query={"where": 'TaxNumber=="X"'})
    assert (refused.status, json.loads(refused.body)["ErrorNumber"]) == (400, 16)


def test_order_on_an_unknown_field_is_refused(books: Client) -> None:
    assert books.call("GET", "Invoices", query={"order": "Colour"}).status == 400


def test_settings_are_filtered_too(books: Client) -> None:
    assert {rate["TaxType"] for rate in books.get("TaxRates", where='Status=="DELETED"')["TaxRates"]} == {
        "OUTPUT"
    }
    assert [a["Code"] for a in books.get("Accounts", where='Type=="BANK"')["Accounts"]] == ["090"]
