"""Representations of the stand-in: XML, PDF, errors, dates, settings, notes, files, reports. Facts: xero-facts 3, 4."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import date

import pytest

from tests.contract.books_builders import (
    Client,
    client,
    contact,
    guid,
    invoice,
    line,
    seed,
    seeded_invoice,
    tax_rate,
)

KEY = guid("invoice", 1)


@pytest.fixture
def books() -> Client:
    return client(invoices=[seeded_invoice(1)])


@pytest.mark.parametrize("headers", [{"accept": "*/*"}, {"accept": ""}, {"accept": "application/xml"}])
def test_xml_is_the_default(books: Client, headers: dict[str, str]) -> None:
    response = books.call("GET", f"Invoices/{KEY}", headers=headers)
    root = ET.fromstring(response.body)
    assert response.content_type.startswith("text/xml")
    assert root.tag == "Response"
    assert root.findtext("ProviderName") == "Test App"
    assert root.findtext("Invoices/Invoice/LineItems/LineItem/Description") == "Work"
    assert root.findtext("Invoices/Invoice/Date") == "2026-11-01T00:00:00"
    assert root.find("Invoices/Invoice/DateString") is None
    assert root.findtext("Invoices/Invoice/Contact/Phones/Phone/PhoneType")


def test_xml_stays_well_formed_whatever_was_written() -> None:
    books = client()
    made = books.saved("PUT", "Contacts", {"Name": "A & B", "FirstName": "bell\x07 & tab\t"})
    answer = books.call("GET", f"Contacts/{made['ContactID']}", headers={"accept": "application/xml"})
    shown = ET.fromstring(answer.body).find("Contacts/Contact")
    assert shown is not None
    assert (shown.findtext("Name"), shown.findtext("FirstName")) == ("A & B", "bell & tab\t")


def test_refusal_in_xml_is_an_api_exception(books: Client) -> None:
    response = books.call("PUT", "Contacts", {"Name": "Customer 1"}, headers={"accept": "*/*"})
    root = ET.fromstring(response.body)
    assert (root.tag, root.findtext("ErrorNumber")) == ("ApiException", "10")
    assert root.findtext("Elements/DataContractBase/ValidationErrors/ValidationError/Message")
    (element,) = root.findall("Elements/DataContractBase")
    assert element.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "Contact"


def test_envelope_has_its_members_in_order(books: Client) -> None:
    envelope = books.get("Invoices", page="1")
    assert list(envelope) == ["Id", "Status", "ProviderName", "DateTimeUTC", "pagination", "Invoices"]
    assert re.fullmatch(r"/Date\(\d+\)/", envelope["DateTimeUTC"])


def test_unknown_record_is_404_in_html(books: Client) -> None:
    response = books.call("GET", f"Invoices/{guid('invoice', 9)}")
    assert (response.status, response.content_type.split(";")[0]) == (404, "text/html")
    assert response.body == b"The resource you're looking for cannot be found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "Journals"),
        ("PATCH", "Contacts"),
        ("DELETE", "Invoices/x"),
        ("GET", "Quotes/x/History"),
        ("PUT", "Quotes/x/History"),
        ("GET", "BankTransactions/x/Attachments"),
        ("PUT", "BankTransactions/x/Attachments/a.txt"),
        ("GET", "Items/x/Attachments"),
    ],
)
def test_what_is_not_there_is_501(books: Client, method: str, path: str) -> None:
    assert books.call(method, path).status == 501


def test_path_is_understood_in_any_case(books: Client) -> None:
    assert books.one(f"invoices/{KEY.upper()}")["InvoiceID"] == KEY


def test_pdf_comes_by_accept_and_its_table_points_at_its_objects(books: Client) -> None:
    response = books.call("GET", f"Invoices/{KEY}", headers={"accept": "application/pdf"})
    body = response.body
    assert response.content_type == "application/pdf"
    assert body.startswith(b"%PDF-1.4")
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF", body)[1])
    assert body[start:].startswith(b"xref\n0 6\n")
    places = [int(found) for found in re.findall(rb"(\d{10}) 00000 n ", body[start:])]
    assert all(body[place:].startswith(b"%d 0 obj" % number) for number, place in enumerate(places, start=1))
    assert b"INV-0001" in body
    assert books.call("GET", f"Invoices/{KEY}/pdf").status == 404


def test_absent_values_have_no_key(books: Client) -> None:
    assert b"null" not in books.call("GET", "Invoices").body
    single = books.one(f"Invoices/{KEY}")
    assert not {"Payments", "CreditNotes", "AmountCredited", "Reference"} & set(single)
    assert single["SentToContact"] is False
    assert single["LineItems"][0]["ValidationErrors"] == []


def test_organisation_is_an_array_of_one_with_a_bare_creation_stamp(books: Client) -> None:
    shown = books.one("Organisation")
    assert (shown["OrganisationID"], shown["Name"]) == (books.organisation.tenant_id, "Paper & Co")
    assert "+" not in shown["CreatedDateUTC"]
    assert books.get("Organisation/Actions")["Actions"] == [
        {"Name": "CreateDraftInvoice", "Status": "ALLOWED"}
    ]


def test_settings_are_listed_whole_whatever_their_status(books: Client) -> None:
    assert "999" in {entry["Code"] for entry in books.get("Accounts")["Accounts"]}
    assert "DELETED" in {entry["Status"] for entry in books.get("TaxRates")["TaxRates"]}
    assert books.one("TaxRates/OUTPUT2")["EffectiveRate"] == 20
    assert {entry["Code"] for entry in books.get("Currencies")["Currencies"]} == {"GBP", "EUR"}
    assert books.one("TrackingCategories")["Options"][0]["IsActive"] is True
    assert books.one("BrandingThemes")["Name"] == "Standard"


def test_user_tax_rates_are_numbered_and_compound() -> None:
    books = client(tax_rates=[tax_rate("TAX001", "5")])
    parts = [{"Name": "A", "Rate": 10}, {"Name": "B", "Rate": 5, "IsCompound": True}]
    saved = books.saved("PUT", "TaxRates", {"Name": "Both", "TaxComponents": parts})
    assert (saved["TaxType"], float(saved["EffectiveRate"]), saved["DisplayTaxRate"]) == ("TAX002", 15.5, 15)


def test_settings_are_created_by_put_and_never_by_post() -> None:
    books = client()
    for resource in ("Accounts", "ContactGroups", "Currencies", "TrackingCategories"):
        assert books.call("POST", resource, {"Code": "NZD", "Name": "Other"}).status == 501


def test_user_tax_rate_gains_components_and_loses_none() -> None:
    books = client()
    part = {"Name": "A", "Rate": 5}
    key = books.saved("PUT", "TaxRates", {"Name": "Mine", "TaxComponents": [part]})["TaxType"]
    change = {"TaxType": key, "TaxComponents": [part, {"Name": "B", "Rate": 3}]}
    assert books.saved("POST", "TaxRates", change)["EffectiveRate"] == 8
    assert books.invoice(LineItems=[line(TaxType=key)])["TotalTax"] == 8
    for parts in ([part], [{"Name": "Other", "Rate": 8}]):
        assert books.refused("POST", "TaxRates", {"TaxType": key, "TaxComponents": parts})
    assert len(books.one(f"TaxRates/{key}")["TaxComponents"]) == 2


def test_tax_rate_in_use_is_not_deleted_and_a_system_rate_not_changed() -> None:
    books = client()
    parts = [{"Name": "A", "Rate": 5}]
    used, idle = (
        books.saved("PUT", "TaxRates", {"Name": name, "TaxComponents": parts})["TaxType"]
        for name in ("Used", "Idle")
    )
    books.invoice(LineItems=[line(TaxType=used)])
    assert books.refused("POST", "TaxRates", {"TaxType": used, "Status": "DELETED"})
    assert books.saved("POST", "TaxRates", {"TaxType": idle, "Status": "DELETED"})["Status"] == "DELETED"
    assert books.refused("POST", "TaxRates", {"TaxType": "OUTPUT2", "Name": "Mine now"})


def test_tax_rate_has_one_compound_component_at_most() -> None:
    parts = [{"Name": name, "Rate": 5, "IsCompound": True} for name in ("A", "B")]
    assert client().refused("PUT", "TaxRates", {"Name": "Two", "TaxComponents": parts})


def test_currency_is_subscribed_and_account_created() -> None:
    books = client()
    books.saved("PUT", "Currencies", {"Code": "nzd"})
    assert books.invoice(CurrencyCode="NZD")["CurrencyCode"] == "NZD"
    made = books.saved("PUT", "Accounts", {"Code": "210", "Name": "More sales", "Type": "REVENUE"})
    assert (made["Class"], made["TaxType"]) == ("REVENUE", "OUTPUT2")
    deleted = json.loads(books.call("DELETE", f"Accounts/{made['AccountID']}").body)["Accounts"][0]
    assert (deleted["Code"], deleted["Status"]) == ("210", "DELETED")
    assert made["AccountID"] not in {account["AccountID"] for account in books.get("Accounts")["Accounts"]}


def test_tracking_gains_options_that_lines_can_name() -> None:
    books = client(tracking_categories=[])
    region = books.saved("PUT", "TrackingCategories", {"Name": "Region"})
    path = f"TrackingCategories/{region['TrackingCategoryID']}"
    north = books.saved("PUT", f"{path}/Options", {"Name": "North"})
    assert (north["Status"], north["IsActive"]) == ("ACTIVE", True)
    made = books.invoice(LineItems=[line(Tracking=[{"Name": "Region", "Option": "North"}])])
    books.saved("POST", f"{path}/Options/{north['TrackingOptionID']}", {"Name": "Far North"})
    books.saved("POST", path, {"Name": "Area"})
    shown = books.one(f"Invoices/{made['InvoiceID']}")
    (tracking,) = shown["LineItems"][0]["Tracking"]
    assert (tracking["Name"], tracking["Option"]) == ("Area", "Far North")
    assert tracking["TrackingOptionID"] == north["TrackingOptionID"]
    assert shown["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    assert books.refused("PUT", f"{path}/Options", {"Name": "far north"})
    assert books.call("PUT", f"TrackingCategories/{KEY}/Options", {"Name": "X"}).status == 404
    assert books.call("POST", f"{path}/Options/{KEY}", {"Name": "X"}).status == 404


def test_two_tracking_categories_are_active_at_most_and_archived_ones_show_when_asked() -> None:
    books = client()
    first = books.one("TrackingCategories")
    path = f"TrackingCategories/{first['TrackingCategoryID']}"
    books.saved("PUT", "TrackingCategories", {"Name": "Channel"})
    assert books.refused("PUT", "TrackingCategories", {"Name": "Third"})
    assert books.saved("POST", path, {"Status": "ARCHIVED"})["Status"] == "ARCHIVED"
    assert books.one("TrackingCategories")["Name"] == "Channel"
    books.saved("PUT", "TrackingCategories", {"Name": "Third"})
    assert books.refused("POST", path, {"Status": "ACTIVE"})
    assert len(books.get("TrackingCategories", includeArchived="true")["TrackingCategories"]) == 3


def test_notes_are_kept_with_who_wrote_them(books: Client) -> None:
    body = {"HistoryRecords": [{"Details": "Called them"}]}
    assert books.saved("PUT", f"Invoices/{KEY}/History", body)["Details"] == "Called them"
    latest = books.get(f"Invoices/{KEY}/History")["HistoryRecords"][0]
    assert (latest["Changes"], latest["User"], latest["Details"]) == ("Note", "Test App", "Called them")
    assert books.refused("PUT", f"Invoices/{KEY}/History", {"HistoryRecords": [{"Details": "x" * 2501}]})


def test_files_are_kept_replaced_by_name_and_read_back(books: Client) -> None:
    path = f"Invoices/{KEY}/Attachments"
    for content in (b"one", b"second"):
        books.call("PUT", f"{path}/a%20b.txt", content, headers={"content-type": "text/plain"})
    (shown,) = books.get(path)["Attachments"]
    assert (shown["FileName"], shown["MimeType"], shown["ContentLength"]) == ("a b.txt", "text/plain", 6)
    assert books.call("GET", f"{path}/a%20b.txt").body == b"second"
    assert books.call("GET", f"{path}/{shown['AttachmentID']}").body == b"second"
    assert books.one(f"Invoices/{KEY}")["HasAttachments"] is True
    assert len(books.one(f"Invoices/{KEY}")["Attachments"]) == 1


@pytest.mark.parametrize(
    "path",
    [
        f"Invoices/{KEY}",
        f"Contacts/{guid('contact', 1)}",
        f"Accounts/{guid('account', 200)}",
    ],
)
def test_record_says_that_it_has_files_and_keeps_its_stamp(books: Client, path: str) -> None:
    before = books.one(path)
    assert books.call("PUT", f"{path}/Attachments/a.txt", b"one").status == 200
    after = books.one(path)
    assert (before["HasAttachments"], after["HasAttachments"]) == (False, True)
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_account_saved_as_it_is_keeps_its_stamp_and_its_files() -> None:
    books, key = client(), guid("account", 200)
    books.call("PUT", f"Accounts/{key}/Attachments/a.txt", b"one")
    before = books.one(f"Accounts/{key}")
    assert books.saved("POST", f"Accounts/{key}", {"Name": before["Name"]}) == before
    renamed = books.saved("POST", f"Accounts/{key}", {"Name": "Other"})
    assert renamed["UpdatedDateUTC"] != before["UpdatedDateUTC"]
    assert renamed["HasAttachments"] is True


@pytest.mark.parametrize("name", ["a%3Ab.txt", "a%3Cb.txt", "a%7Cb.txt"])
def test_file_names_with_forbidden_characters_are_refused(books: Client, name: str) -> None:
    assert books.refused("PUT", f"Invoices/{KEY}/Attachments/{name}", b"x")


def test_tenth_file_is_the_last(books: Client) -> None:
    for number in range(10):
        books.call("PUT", f"Contacts/{guid('contact', 1)}/Attachments/{number}.txt", b"x")
    assert books.refused("PUT", f"Contacts/{guid('contact', 1)}/Attachments/11.txt", b"x")
    assert books.one(f"Contacts/{guid('contact', 1)}")["HasAttachments"] is True


def test_groups_gather_contacts() -> None:
    books = client()
    group = books.saved("PUT", "ContactGroups", {"Name": "Best"})["ContactGroupID"]
    books.saved("PUT", f"ContactGroups/{group}/Contacts", {"Contacts": [{"ContactID": guid("contact", 1)}]})
    assert books.one(f"ContactGroups/{group}")["Contacts"] == [
        {"ContactID": guid("contact", 1), "Name": "Customer 1"}
    ]
    assert books.one("ContactGroups")["Contacts"] == []
    assert books.call("DELETE", f"ContactGroups/{group}/Contacts/{guid('contact', 1)}").status == 204
    assert books.one(f"ContactGroups/{group}")["Contacts"] == []
    response = books.call("POST", f"ContactGroups/{group}", {"Status": "DELETED"})
    assert json.loads(response.body)["ContactGroups"][0]["Status"] == "DELETED"
    assert books.get("ContactGroups")["ContactGroups"] == []
    assert books.call("GET", f"ContactGroups/{group}").status == 404


def test_aged_receivables_lists_what_is_due_of_one_contact() -> None:
    late = seeded_invoice(1, DueDate=date(2026, 11, 11))
    books = client(invoices=[late, seeded_invoice(2, Status="DRAFT"), seeded_invoice(3, Type="ACCPAY")])
    report = books.one("Reports/AgedReceivablesByContact", contactID=guid("contact", 1))
    header, opening, invoices, closing = report["Rows"]
    assert [cell["Value"] for cell in header["Cells"]][:3] == ["Date", "Number", "Due Date"]
    row, total = invoices["Rows"]
    assert [cell["Value"] for cell in row["Cells"]] == [
        "2026-11-01T00:00:00",
        "INV-0001",
        "2026-11-11T00:00:00",
        "10 days overdue",
        "120.00",
        "0.00",
        "0.00",
        "120.00",
    ]
    assert row["Cells"][0]["Attributes"] == [{"Id": "invoiceID", "Value": guid("invoice", 1)}]
    assert total["RowType"] == "SummaryRow"
    assert opening["Rows"][0]["Cells"][-1]["Value"] == "0.00"
    assert closing["Rows"][0]["Cells"][-1]["Value"] == "120.00"
    assert books.call("GET", "Reports/AgedReceivablesByContact").status == 400


def test_two_organisations_of_one_template_share_ids_and_nothing_else() -> None:
    books = client()
    sister = books.world.organisation_add(seed(tenant_id="22222222-2222-4222-8222-222222222222"))
    other = Client(books.world, sister)
    books.saved("POST", "Contacts", {"ContactID": guid("contact", 1), "Name": "Changed here"})
    assert other.one(f"Contacts/{guid('contact', 1)}")["Name"] == "Customer 1"


def test_reset_gives_a_new_tenant_and_the_seed_again() -> None:
    books = client()
    books.saved("PUT", "Contacts", {"Name": "Extra"})
    old = books.organisation.tenant_id
    fresh = Client(books.world, books.world.organisation_reset(old, seed()))
    assert old not in books.world.organisations
    assert fresh.organisation.tenant_id != old
    assert fresh.one("Organisation")["OrganisationID"] == fresh.organisation.tenant_id
    assert len(fresh.get("Contacts")["Contacts"]) == 2


def test_stamps_never_go_back_even_when_the_clock_does() -> None:
    books = client()
    first = books.saved("PUT", "Contacts", {"Name": "First"})["UpdatedDateUTC"]
    books.world.clock.advance(-3600)
    assert books.saved("PUT", "Contacts", {"Name": "Second"})["UpdatedDateUTC"] >= first


def test_line_breaks_of_addresses_differ_between_contacts_and_documents() -> None:
    books = client(contacts=[contact(1, Addresses=[{"AddressType": "POBOX", "AddressLine1": "a\nb"}])])
    saved = books.invoice(LineItems=[line()])
    lines = {
        address.get("AddressLine1")
        for shown in (saved["Contact"], books.one(f"Contacts/{guid('contact', 1)}"))
        for address in shown["Addresses"]
    }
    assert {"a\nb", "a\r\nb"} <= lines


def test_bank_details_are_hidden_when_the_permission_is_missing() -> None:
    books = client(contacts=[contact(1, BankAccountDetails="123", BatchPayments={"Code": "X"})])
    assert books.one("Contacts")["BankAccountDetails"] == "123"
    books.world.switches.bank_details_visible = False
    assert not {"BankAccountDetails", "BatchPayments"} & set(books.one("Contacts"))


def test_invoice_over_the_text_limits_is_refused() -> None:
    assert client().refused("PUT", "Invoices", invoice(Reference="x" * 256))
    assert client().refused("PUT", "Invoices", invoice(LineItems=[line("x" * 4001)]))
