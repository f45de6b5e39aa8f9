"""A person works in the stand-in's web face, and the API tells the same story afterwards."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from counterfoil.sandbox import actions
from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.screens.markup import element
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.server import SandboxServer

Record = dict[str, Any]


@dataclass
class Shown:
    status: int
    text: str
    location: str


class Person:
    """A browser without scripts, on the first organisation."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.tenant = next(iter(server.world.organisations))

    def call(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Shown:
        parts = urlsplit(self.server.url)
        link = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            body = None if form is None else urlencode(form)
            link.request(
                method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
            )
            got = link.getresponse()
            return Shown(got.status, got.read().decode(), got.getheader("location", ""))
        finally:
            link.close()

    def see(self, path: str) -> Shown:
        return self.call("GET", f"/face/{self.tenant}/{path}")

    def send(self, path: str, **form: str) -> Shown:
        """Send a form; follow where it leads."""
        shown = self.call("POST", f"/face/{self.tenant}/{path}", form)
        return self.call("GET", shown.location) if shown.status == 303 else shown

    def told(self, path: str) -> Record:
        """What the API says of one record."""
        organisation = self.server.world.organisations[self.tenant]
        request = Request("GET", path, {}, {"accept": "application/json"})
        response = answer(self.server.world, organisation, request)
        resource = path.partition("/")[0]
        found: Record = json.loads(response.body)[resource][0] if response.status == 200 else {}
        return found

    def pick(self, path: str, fits: Callable[[Record], bool]) -> Record:
        organisation = self.server.world.organisations[self.tenant]
        request = Request("GET", path, {"page": "1", "pageSize": "1000"}, {"accept": "application/json"})
        records = json.loads(answer(self.server.world, organisation, request).body)[path]
        return next(record for record in records if fits(record))


@pytest.fixture
def person() -> Iterator[Person]:
    with SandboxServer(load("uk", invoices=400, today=date(2026, 11, 21)), limits=False) as server:
        yield Person(server)


def sale(*statuses: str, untouched: bool = True) -> Callable[[Record], bool]:
    def fits(record: Record) -> bool:
        clean = not record["AmountPaid"] and not record.get("AmountCredited")
        lines_priced = all(
            "UnitAmount" in line and "DiscountRate" not in line for line in record["LineItems"]
        )
        return (
            record["Type"] == "ACCREC"
            and record["Status"] in statuses
            and "DueDate" in record
            and lines_priced
            and record["CurrencyCode"] == "GBP"
            and (clean or not untouched)
        )

    return fits


def test_the_face_opens_on_the_first_organisation_and_says_what_it_is(person: Person) -> None:
    assert person.call("GET", "/face").location == f"/face/{person.tenant}/contacts"
    shown = person.see("contacts")
    assert "Stand-in Xero (not Xero)" in shown.text
    assert "Tarn &amp; Thistle Interiors Ltd" in shown.text


@pytest.mark.parametrize("section", ["contacts", "items", "invoices", "credit-notes", "purchase-orders"])
def test_every_section_lists_and_leads_to_details(person: Person, section: str) -> None:
    shown = person.see(section)
    assert shown.status == 200
    links = re.findall(rf'<td[^>]*><a href="(/face/[^"]+/{section}/[^"]+)"', shown.text)
    assert len(links) > 30
    for link in links[:12]:
        assert person.call("GET", link).status == 200


def test_a_search_finds_contacts_by_name_and_documents_by_contact(person: Person) -> None:
    assert "Foxglove Nurseries Ltd" in person.see("contacts?q=foxglove").text
    shown = person.see("invoices?q=foxglove")
    names = set(re.findall(r"</a></td><td>(?:Sale|Bill)</td><td>([^<]+)</td>", shown.text))
    assert names == {"Foxglove Nurseries Ltd"}


def test_lists_come_in_pages_and_by_status(person: Person) -> None:
    assert "479 in all, page 2 of 10" in person.see("invoices?page=2").text
    assert "page 10 of 10" in person.see("invoices?page=999").text
    drafts = person.see("invoices?status=DRAFT").text
    assert 'class="pill draft"' in drafts
    assert 'class="pill paid"' not in drafts


def test_a_draft_is_approved_and_paid(person: Person) -> None:
    invoice = person.pick("Invoices", sale("DRAFT", "SUBMITTED"))
    place = f"invoices/{invoice['InvoiceID']}"
    assert "The document was approved." in person.send(f"{place}/approve").text
    paid = person.send(f"{place}/pay", Amount=str(invoice["Total"]), Date="2026-11-21", Account="090")
    assert "was booked" in paid.text
    assert person.told(f"Invoices/{invoice['InvoiceID']}")["Status"] == "PAID"


def test_a_payment_is_taken_back(person: Person) -> None:
    invoice = person.pick("Invoices", sale("PAID", untouched=False))
    payment = person.told(f"Invoices/{invoice['InvoiceID']}")["Payments"][0]
    person.send(f"invoices/{invoice['InvoiceID']}/unpay", PaymentID=payment["PaymentID"])
    assert person.told(f"Invoices/{invoice['InvoiceID']}")["Status"] == "AUTHORISED"


@pytest.mark.parametrize("amount", ["1000000", "a lot", "NaN"])
def test_a_payment_that_cannot_be_is_refused_and_nothing_changes(person: Person, amount: str) -> None:
    invoice = person.pick("Invoices", sale("AUTHORISED"))
    place = f"invoices/{invoice['InvoiceID']}"
    shown = person.send(f"{place}/pay", Amount=amount, Date="2026-11-21", Account="090")
    assert shown.status == 400
    assert "Nothing was changed." in shown.text
    assert person.told(f"Invoices/{invoice['InvoiceID']}")["AmountPaid"] == 0


def test_an_invoice_is_voided_and_a_draft_deleted(person: Person) -> None:
    approved = person.pick("Invoices", sale("AUTHORISED"))["InvoiceID"]
    draft = person.pick("Invoices", sale("DRAFT"))["InvoiceID"]
    person.send(f"invoices/{approved}/void")
    person.send(f"invoices/{draft}/delete")
    assert person.told(f"Invoices/{approved}")["Status"] == "VOIDED"
    assert person.told(f"Invoices/{draft}")["Status"] == "DELETED"


def test_voiding_a_paid_invoice_is_refused_in_xeros_words(person: Person) -> None:
    invoice = person.pick("Invoices", sale("PAID", untouched=False))
    shown = person.send(f"invoices/{invoice['InvoiceID']}/void")
    assert shown.status == 400
    assert "payment" in shown.text
    assert person.told(f"Invoices/{invoice['InvoiceID']}")["Status"] == "PAID"


def test_reference_due_date_and_a_line_price_are_edited(person: Person) -> None:
    invoice = person.pick("Invoices", sale("DRAFT", "SUBMITTED"))
    given = {"Reference": "By phone", "DueDate": "2026-12-24"}
    person.send(f"invoices/{invoice['InvoiceID']}/edit", **given, **{"line-1": "1.00"})
    told = person.told(f"Invoices/{invoice['InvoiceID']}")
    assert told["Reference"] == "By phone"
    assert told["DueDateString"] == "2026-12-24T00:00:00"
    assert told["LineItems"][0]["UnitAmount"] == 1
    assert told["LineItems"][0]["LineAmount"] == told["LineItems"][0]["Quantity"]
    assert [line["LineItemID"] for line in told["LineItems"]] == [
        n["LineItemID"] for n in invoice["LineItems"]
    ]
    assert sum(Decimal(str(n["LineAmount"])) for n in told["LineItems"]) != invoice["SubTotal"]


def test_a_paid_invoice_takes_a_new_reference(person: Person) -> None:
    invoice = person.pick("Invoices", sale("PAID", untouched=False))
    person.send(f"invoices/{invoice['InvoiceID']}/edit", Reference="Found later", DueDate="")
    assert person.told(f"Invoices/{invoice['InvoiceID']}")["Reference"] == "Found later"


def test_a_contact_is_edited_archived_and_restored(person: Person) -> None:
    contact = person.pick("Contacts", lambda c: c["Name"] == "Foxglove Nurseries Ltd")["ContactID"]
    person.send(f"contacts/{contact}/edit", Name="Foxglove & Fern", EmailAddress="new@foxglove.example")
    assert person.told(f"Contacts/{contact}")["Name"] == "Foxglove & Fern"
    person.send(f"contacts/{contact}/archive")
    assert person.told(f"Contacts/{contact}")["ContactStatus"] == "ARCHIVED"
    person.send(f"contacts/{contact}/restore")
    assert person.told(f"Contacts/{contact}")["ContactStatus"] == "ACTIVE"


def test_a_contact_is_merged_into_another(person: Person) -> None:
    kept = person.pick("Contacts", lambda c: c["Name"] == "Foxglove Nurseries Ltd")
    gone = person.pick("Contacts", lambda c: c["Name"] == "Rook & Rowan")
    shown = person.send(f"contacts/{gone['ContactID']}/merge", into="foxglove nurseries ltd")
    assert "was merged into" in shown.text
    told = person.told(f"Contacts/{gone['ContactID']}")
    assert (told["ContactStatus"], told["MergedToContactID"]) == ("ARCHIVED", kept["ContactID"])


def test_merging_into_nobody_is_refused(person: Person) -> None:
    contact = person.pick("Contacts", lambda c: c["Name"] == "Rook & Rowan")["ContactID"]
    shown = person.send(f"contacts/{contact}/merge", into="Nobody & Sons")
    assert shown.status == 400
    assert person.told(f"Contacts/{contact}")["ContactStatus"] == "ACTIVE"


def test_an_item_is_repriced_and_deleted(person: Person) -> None:
    item = person.pick("Items", lambda i: i["Code"] == "BAG-PAPER")["ItemID"]
    person.send(f"items/{item}/edit", Name="Paper carrier", UnitPrice="0.0925")
    told = person.told(f"Items/{item}")
    assert told["Name"] == "Paper carrier"
    assert told["SalesDetails"]["AccountCode"] == "200"
    assert "0.0925" in person.see(f"items/{item}").text
    assert "The item was deleted." in person.send(f"items/{item}/delete").text
    assert person.see(f"items/{item}").status == 404


def test_a_purchase_order_is_billed(person: Person) -> None:
    order = person.pick("PurchaseOrders", lambda o: o["Status"] == "AUTHORISED")["PurchaseOrderID"]
    person.send(f"purchase-orders/{order}/bill")
    assert person.told(f"PurchaseOrders/{order}")["Status"] == "BILLED"


def test_a_credit_is_allocated_and_another_refunded(person: Person) -> None:
    claim = person.pick("CreditNotes", lambda c: c["Status"] == "AUTHORISED" and c["Type"] == "ACCPAYCREDIT")
    note = f"credit-notes/{claim['CreditNoteID']}"
    offered = re.search(r'<option value="([0-9a-f-]{36})">', person.see(note).text)
    assert offered, "the claim's own bill is open"
    person.send(f"{note}/allocate", InvoiceID=offered[1], Amount="1.00")
    assert person.told(f"CreditNotes/{claim['CreditNoteID']}")["Allocations"][0]["Amount"] == 1
    other = person.pick("CreditNotes", lambda c: c["Status"] == "AUTHORISED" and c["Type"] == "ACCRECCREDIT")
    place = f"credit-notes/{other['CreditNoteID']}/refund"
    person.send(place, Amount=str(other["RemainingCredit"]), Date="2026-11-21", Account="090")
    assert person.told(f"CreditNotes/{other['CreditNoteID']}")["Status"] == "PAID"


def test_a_draft_credit_note_is_deleted_and_a_claim_voided(person: Person) -> None:
    draft = person.pick("CreditNotes", lambda c: c["Status"] == "DRAFT")["CreditNoteID"]
    approved = person.pick("CreditNotes", lambda c: c["Status"] == "AUTHORISED" and not c["Allocations"])
    assert "was deleted" in person.send(f"credit-notes/{draft}/delete").text
    assert "was voided" in person.send(f"credit-notes/{approved['CreditNoteID']}/void").text
    assert person.told(f"CreditNotes/{draft}")["Status"] == "DELETED"
    assert person.told(f"CreditNotes/{approved['CreditNoteID']}")["Status"] == "VOIDED"


def test_credit_notes_and_orders_are_edited(person: Person) -> None:
    drafts = ("DRAFT", "SUBMITTED")
    note = person.pick("CreditNotes", lambda c: c["Status"] in drafts and c["Type"] == "ACCRECCREDIT")
    order = person.pick("PurchaseOrders", lambda o: o["Status"] in drafts)
    person.send(f"credit-notes/{note['CreditNoteID']}/edit", Reference="By phone", **{"line-1": "2.00"})
    given = {"Reference": "Later", "DeliveryDate": "2026-12-24", "line-1": "3.00"}
    person.send(f"purchase-orders/{order['PurchaseOrderID']}/edit", **given)
    told = person.told(f"CreditNotes/{note['CreditNoteID']}")
    assert (told["Reference"], told["LineItems"][0]["UnitAmount"]) == ("By phone", 2)
    told = person.told(f"PurchaseOrders/{order['PurchaseOrderID']}")
    assert (told["Reference"], told["DeliveryDateString"]) == ("Later", "2026-12-24T00:00:00")
    assert told["LineItems"][0]["UnitAmount"] == 3
    assert len(told["LineItems"]) == len(order["LineItems"])


def test_an_item_without_a_price_is_renamed(person: Person) -> None:
    item = actions.item_add(person.server.world.organisations[person.tenant], Code="FREE", Name="Gift")
    assert "The item was changed." in person.send(f"items/{item}/edit", Name="Present", UnitPrice="").text
    assert person.told(f"Items/{item}")["Name"] == "Present"


def test_pages_make_browsers_ask_for_nothing_else(person: Person) -> None:
    consent = "/identity/connect/authorize?client_id=nobody"
    for page in (person.see("contacts").text, person.call("GET", consent).text):
        assert '<link rel="icon" href="data:,">' in page


def test_the_other_organisation_shows_its_own_record_under_the_same_id(person: Person) -> None:
    shared = person.pick("Contacts", lambda c: c["Name"] == "Alder & Ash Homestore")["ContactID"]
    sister = list(person.server.world.organisations)[1]
    shown = person.call("GET", f"/face/{sister}/contacts/{shared}")
    assert shown.status == 200
    assert "Alder &amp; Ash" not in shown.text


def test_text_from_the_books_is_never_markup(person: Person) -> None:
    invoice = person.pick("Invoices", sale("DRAFT", "SUBMITTED"))["InvoiceID"]
    person.send(f"invoices/{invoice}/edit", Reference="<img src=x onerror=alert(1)>", DueDate="")
    shown = person.see(f"invoices/{invoice}")
    assert "<img" not in shown.text
    assert "&lt;img src=x" in shown.text
    assert (
        element("a", 'a "b" <c>', title='"><script>')
        == '<a title="&quot;&gt;&lt;script&gt;">a "b" &lt;c&gt;</a>'
    )


def test_a_form_from_another_site_does_nothing(person: Person) -> None:
    draft = person.pick("Invoices", sale("DRAFT"))["InvoiceID"]
    path = f"/face/{person.tenant}/invoices/{draft}/delete"
    assert person.call("POST", path, {}, sec_fetch_site="cross-site").status == 403
    assert person.told(f"Invoices/{draft}")["Status"] == "DRAFT"


@pytest.mark.parametrize("path", ["nowhere", "invoices/no-such-id", "contacts/%3Cscript%3E"])
def test_what_is_not_there_is_not_found(person: Person, path: str) -> None:
    shown = person.see(path)
    assert shown.status == 404
    assert "There is no such page or record here." in shown.text
