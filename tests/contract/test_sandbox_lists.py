"""Pages, modified-since, order and filters of the stand-in. Facts: xero-facts 3.5 to 3.8."""

import json
from datetime import timedelta

import pytest

from tests.contract.books_builders import OLD, Client, account, client, contact, guid, item, seeded_invoice


def many(count: int) -> Client:
    contacts = [contact(n, UpdatedDateUTC=OLD + timedelta(days=n)) for n in range(1, count + 1)]
    return client(contacts=contacts)


def test_page_past_the_end_is_empty_and_echoes_the_request() -> None:
    envelope = many(3).get("Contacts", page="2")
    assert envelope["Contacts"] == []
    assert envelope["pagination"] == {"page": 2, "pageSize": 100, "pageCount": 1, "itemCount": 3}


@pytest.mark.parametrize(("asked", "given"), [("0", 1), ("5000", 1000), ("x", 100), ("2", 2)])
def test_page_size_is_clamped(asked: str, given: int) -> None:
    assert many(1).get("Contacts", page="1", pageSize=asked)["pagination"]["pageSize"] == given


def test_no_page_means_no_pagination_key_except_for_purchase_orders() -> None:
    books = many(1)
    assert "pagination" not in books.get("Contacts")
    assert "pagination" not in books.get("Invoices")
    assert "pagination" in books.get("PurchaseOrders")
    assert "pagination" not in books.get("Items", page="1")
    assert "pagination" not in books.get("Accounts", page="1")


def test_pages_cut_the_whole_into_pieces_in_stamp_order() -> None:
    books = many(5)
    pages = [books.get("Contacts", page=str(n), pageSize="2")["Contacts"] for n in (1, 2, 3)]
    names = [entry["Name"] for page in pages for entry in page]
    assert names == [f"Customer {n}" for n in range(1, 6)]


def test_equal_stamps_are_ordered_by_id() -> None:
    books = client(contacts=[contact(3), contact(1), contact(2)])
    assert [c["ContactID"] for c in books.get("Contacts")["Contacts"]] == [
        guid("contact", n) for n in (1, 2, 3)
    ]


def test_items_and_accounts_are_ordered_by_code_in_any_case() -> None:
    books = client(
        items=[item(1, Code="b"), item(2, Code="A"), item(3, Code="C")],
        accounts=[account("300", "DIRECTCOSTS"), account("200", "REVENUE")],
    )
    assert [i["Code"] for i in books.get("Items")["Items"]] == ["A", "b", "C"]
    assert [a["Code"] for a in books.get("Accounts")["Accounts"]] == ["200", "300"]


def since(books: Client, text: str) -> list[str]:
    response = books.call("GET", "Contacts", headers={"if-modified-since": text})
    assert response.status == 200
    return [entry["Name"] for entry in json.loads(response.body)["Contacts"]]


@pytest.mark.parametrize(
    "text", ["2008-09-17T07:30:13", "Wed, 17 Sep 2008 07:30:13 GMT", "2008-09-17T07:30:13.000Z"]
)
def test_modified_since_is_understood_in_three_forms(text: str) -> None:
    assert since(many(4), text) == ["Customer 3", "Customer 4"]


def test_modified_since_is_strict_unless_switched() -> None:
    books = many(4)
    text = (OLD + timedelta(days=3)).isoformat()
    assert since(books, text) == ["Customer 4"]
    books.world.switches.modified_since_inclusive = True
    assert since(books, text) == ["Customer 3", "Customer 4"]


def test_malformed_modified_since_is_ignored_unless_switched() -> None:
    books = many(2)
    assert len(since(books, "yesterday")) == 2
    books.world.switches.malformed_modified_since_rejected = True
    assert books.call("GET", "Contacts", headers={"if-modified-since": "yesterday"}).status == 400


def test_changed_record_moves_to_the_tail() -> None:
    books = many(3)
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "FirstName": "Ada"})
    assert [c["Name"] for c in books.get("Contacts", page="1")["Contacts"]] == [
        "Customer 2",
        "Customer 3",
        "Customer 1",
    ]


def test_order_parameter_sorts_both_ways() -> None:
    books = many(3)
    names = [c["Name"] for c in books.get("Contacts", order="Name DESC")["Contacts"]]
    assert names == ["Customer 3", "Customer 2", "Customer 1"]


def test_unpaged_invoices_have_no_lines_and_paged_ones_do() -> None:
    books = client(invoices=[seeded_invoice(1)])
    assert books.one("Invoices")["LineItems"] == []
    (paged,) = books.get("Invoices", page="1")["Invoices"]
    (line,) = paged["LineItems"]
    assert "AccountID" in line
    assert "ValidationErrors" not in line
    assert set(paged["Contact"]) >= {"ContactID", "Name"}
    assert "EmailAddress" not in paged["Contact"]


def test_list_parameters_of_invoices() -> None:
    books = client(
        invoices=[
            seeded_invoice(1, Reference="Blue"),
            seeded_invoice(2, Status="DRAFT"),
            seeded_invoice(3, Status="VOIDED", Contact={"ContactID": guid("contact", 2)}),
        ]
    )

    def numbers(**query: str) -> list[str]:
        envelope = books.get("Invoices", **query)
        assert "pagination" in envelope
        return [entry["InvoiceNumber"] for entry in envelope["Invoices"]]

    assert numbers(Statuses="DRAFT,VOIDED") == ["INV-0002", "INV-0003"]
    assert numbers(IDs=guid("invoice", 2)) == ["INV-0002"]
    assert numbers(InvoiceNumbers="inv-0001") == ["INV-0001"]
    assert numbers(ContactIDs=guid("contact", 2)) == ["INV-0003"]
    assert numbers(searchTerm="blu") == ["INV-0001"]
    assert numbers(createdByMyApp="true") == []
    books.invoice(InvoiceNumber="MINE")
    assert numbers(createdByMyApp="true") == ["MINE"]


def test_list_parameters_of_contacts() -> None:
    books = client(
        contacts=[
            contact(1, FirstName="Ada", CompanyNumber="C-77"),
            contact(2, ContactNumber="N-22", EmailAddress="b@example.org", AccountNumber="A-33"),
            contact(3, LastName="Ada", ContactStatus="ARCHIVED"),
        ]
    )

    def names(**query: str) -> list[str]:
        return [entry["Name"] for entry in books.get("Contacts", **query)["Contacts"]]

    assert names() == ["Customer 1", "Customer 2"]
    assert names(searchTerm="ada") == ["Customer 1"]
    assert names(searchTerm="ADA", includeArchived="true") == ["Customer 1", "Customer 3"]
    assert names(searchTerm="c-77") == ["Customer 1"]
    assert names(searchTerm="n-22") == names(searchTerm="B@example") == ["Customer 2"]
    assert names(searchTerm="a-33") == []
    assert names(IDs=f"{guid('contact', 2)},{guid('contact', 3)}") == ["Customer 2"]


def test_voided_documents_stay_listed_with_nothing_due() -> None:
    voided = client(invoices=[seeded_invoice(1, Status="VOIDED")]).one("Invoices")
    assert voided["AmountDue"] == 0
    assert voided["Total"] == 120
