"""Contacts of the stand-in: matching, uniqueness, archiving, what is worked out. Facts: xero-facts 4.2."""

import json

import pytest

from tests.contract.books_builders import OLD, Client, client, contact, guid, invoice, seeded_invoice


def stamp_of(books: Client, number: int) -> str:
    return books.one(f"Contacts/{guid('contact', number)}")["UpdatedDateUTC"]


def test_put_refuses_a_name_that_is_taken() -> None:
    messages = client().refused("PUT", "Contacts", {"Name": "customer 1"})
    assert messages == [
        "The contact name customer 1 is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    ]


def test_post_with_a_known_name_overwrites_that_contact() -> None:
    books = client()
    saved = books.saved("POST", "Contacts", {"Name": "Customer 1", "EmailAddress": "new@example.org"})
    assert saved["ContactID"] == guid("contact", 1)
    assert books.one(f"Contacts/{guid('contact', 1)}")["EmailAddress"] == "new@example.org"


def test_archiving_frees_the_name_and_keeps_the_number() -> None:
    books = client(contacts=[contact(1, ContactNumber="N1")])
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "ContactStatus": "ARCHIVED"})
    messages = books.refused("PUT", "Contacts", {"Name": "Customer 1", "ContactNumber": "N1"})
    assert messages == [
        "The contact number N1 is already assigned to another contact. "
        "The contact number must be unique across all contacts."
    ]
    assert books.saved("PUT", "Contacts", {"Name": "Customer 1"})["ContactStatus"] == "ACTIVE"


def test_archived_contact_is_read_by_id_but_not_changed_nor_listed() -> None:
    books = client(contacts=[contact(1, ContactStatus="ARCHIVED")])
    key = guid("contact", 1)
    assert books.get("Contacts")["Contacts"] == []
    assert len(books.get("Contacts", includeArchived="true")["Contacts"]) == 1
    assert books.one(f"Contacts/{key}")["ContactStatus"] == "ARCHIVED"
    assert books.refused("POST", "Contacts", {"ContactID": key, "ContactStatus": "ACTIVE"})
    assert books.refused("PUT", "Invoices", invoice()) == [
        "The contact with the specified contact details has been archived. "
        "The contact must be un-archived before creating new invoices or credit notes."
    ]


def test_saving_what_is_already_there_leaves_the_stamp_alone() -> None:
    books = client()
    before = stamp_of(books, 1)
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "Name": "Customer 1"})
    assert stamp_of(books, 1) == before
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "FirstName": "Ada"})
    assert stamp_of(books, 1) != before


def test_flags_and_balances_follow_documents_without_touching_the_stamp() -> None:
    books = client()
    before = stamp_of(books, 1)
    assert "Balances" not in books.one(f"Contacts/{guid('contact', 1)}")
    books.invoice(Status="DRAFT")
    drafted = books.one(f"Contacts/{guid('contact', 1)}")
    assert drafted["IsCustomer"] is True
    assert "Balances" not in drafted
    books.invoice(DueDate="2026-11-20")
    owing = books.one(f"Contacts/{guid('contact', 1)}")
    assert float(owing["Balances"]["AccountsReceivable"]["Outstanding"]) == 120
    assert float(owing["Balances"]["AccountsReceivable"]["Overdue"]) == 120
    assert stamp_of(books, 1) == before


def test_all_phones_and_addresses_are_there_in_changing_order() -> None:
    books = client()
    seen = {
        tuple(p["PhoneType"] for p in books.one(f"Contacts/{guid('contact', 1)}")["Phones"])
        for _ in range(20)
    }
    assert len(seen) > 1
    assert {frozenset(order) for order in seen} == {frozenset({"DDI", "DEFAULT", "FAX", "MOBILE"})}


def test_untouched_phone_slots_carry_nothing_and_touched_ones_blanks() -> None:
    books = client()
    assert all(set(p) == {"PhoneType"} for p in books.one(f"Contacts/{guid('contact', 1)}")["Phones"])
    phones = [{"PhoneType": "MOBILE", "PhoneNumber": "123"}]
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "Phones": phones})
    by_type = {p["PhoneType"]: p for p in books.one(f"Contacts/{guid('contact', 1)}")["Phones"]}
    assert by_type["MOBILE"]["PhoneNumber"] == "123"
    assert by_type["FAX"]["PhoneNumber"] == ""


def test_contact_persons_are_replaced_as_a_whole() -> None:
    books = client(contacts=[contact(1, ContactPersons=[{"FirstName": "Old", "LastName": "Hand"}])])
    books.saved(
        "POST", "Contacts", {"ContactID": guid("contact", 1), "ContactPersons": [{"FirstName": "New"}]}
    )
    (person,) = books.one(f"Contacts/{guid('contact', 1)}")["ContactPersons"]
    assert person["FirstName"] == "New"


def test_more_than_an_id_inside_an_invoice_edits_the_contact_and_drops_its_persons() -> None:
    books = client(contacts=[contact(1, ContactPersons=[{"FirstName": "Old", "LastName": "Hand"}])])
    books.invoice(Contact={"ContactID": guid("contact", 1)})
    assert books.one(f"Contacts/{guid('contact', 1)}")["ContactPersons"]
    books.invoice(Contact={"ContactID": guid("contact", 1), "EmailAddress": "a@example.org"})
    edited = books.one(f"Contacts/{guid('contact', 1)}")
    assert edited["EmailAddress"] == "a@example.org"
    assert edited["ContactPersons"] == []


@pytest.mark.parametrize("more", [{"ContactNumber": "N2"}, {"Name": "Renamed"}])
def test_other_number_or_name_beside_the_id_edits_the_contact_too(more: dict[str, str]) -> None:
    books = client(contacts=[contact(1, ContactNumber="N1")])
    books.invoice(Contact={"ContactID": guid("contact", 1), **more})
    edited = books.one(f"Contacts/{guid('contact', 1)}")
    assert {key: edited[key] for key in more} == more


def test_payment_terms_are_kept_and_read_by_the_words_of_xero() -> None:
    books = client()
    terms = {"Sales": {"Day": "15", "Type": "OFFOLLOWINGMONTH"}}
    saved = books.saved("PUT", "Contacts", {"Name": "Late", "PaymentTerms": terms})
    assert saved["PaymentTerms"] == {"Sales": {"Day": 15, "Type": "OFFOLLOWINGMONTH"}}
    for wrong in ({"Day": 1, "Type": "WHENEVER"}, {"Day": "soon", "Type": "OFCURRENTMONTH"}, {"Day": 1}):
        body = {"Name": "Wrong", "PaymentTerms": {"Bills": wrong}}
        answer = books.call("PUT", "Contacts", body)
        assert (answer.status, json.loads(answer.body)["ErrorNumber"]) == (400, 17)
    assert books.get("Contacts", where='Name=="Wrong"')["Contacts"] == []


def test_unpaged_list_shows_neither_persons_nor_groups() -> None:
    person = {"FirstName": "Old", "LastName": "Hand"}
    group = {
        "ContactGroupID": guid("note", 1),
        "Name": "Best",
        "Contacts": [{"ContactID": guid("contact", 1)}],
    }
    books = client(contacts=[contact(1, ContactPersons=[person])], contact_groups=[group])
    assert books.one("Contacts")["ContactPersons"] == []
    assert books.one("Contacts")["ContactGroups"] == []
    paged = books.call("GET", "Contacts", query={"page": "1"})
    (shown,) = json.loads(paged.body)["Contacts"]
    assert shown["ContactPersons"]
    assert shown["ContactGroups"][0]["Name"] == "Best"


def test_renaming_shows_on_documents_without_touching_their_stamps() -> None:
    books = client(invoices=[seeded_invoice(1)])
    before = books.one("Invoices")["UpdatedDateUTC"]
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "Name": "Renamed"})
    listed = books.one("Invoices")
    assert listed["Contact"]["Name"] == "Renamed"
    assert listed["UpdatedDateUTC"] == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Name": "A < B"}, "The contact name cannot contain the characters < or >."),
        ({"Name": "X", "EmailAddress": "müller@example.org"}, "Email address must be valid."),
        ({"Name": "X", "DefaultCurrency": "JPY"}, "Organisation is not subscribed to currency JPY"),
        ({"FirstName": "No name"}, "The contact name must be specified."),
    ],
)
def test_invalid_contacts_are_refused(given: dict[str, str], message: str) -> None:
    assert client().refused("PUT", "Contacts", given) == [message]


def test_contact_is_read_by_number_and_the_summary_is_lighter() -> None:
    books = client(contacts=[contact(1, ContactNumber="N 1")])
    assert books.one("Contacts/N%201")["ContactID"] == guid("contact", 1)
    envelope = books.get("Contacts", summaryOnly="true")
    assert envelope["pagination"]["itemCount"] == 1
    assert not {"Addresses", "IsCustomer", "ContactPersons"} & set(envelope["Contacts"][0])


def test_seeded_stamp_is_shown_to_the_millisecond() -> None:
    assert stamp_of(client(), 1) == f"/Date({int(OLD.timestamp() * 1000)}+0000)/"


def test_parts_that_xero_does_not_have_are_not_kept() -> None:
    books = client()
    given = {"BankAccountNumber": "12-34-56", "InvoiceID": "x"}
    saved = books.saved("PUT", "Contacts", {"Name": "Zoe", "BatchPayments": given})
    assert saved["BatchPayments"] == {"BankAccountNumber": "12-34-56"}
