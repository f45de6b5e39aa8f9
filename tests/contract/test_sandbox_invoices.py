"""Invoices of the stand-in: numbers, statuses, contacts, currencies, forms. Facts: xero-facts 4.5."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.books_builders import (
    Client,
    account,
    client,
    contact,
    guid,
    invoice,
    line,
    seed,
    seeded_invoice,
)


def test_invoices_and_credit_notes_draw_from_one_counter_and_drafts_take_numbers() -> None:
    books = client(invoices=[seeded_invoice(44)])
    note = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": guid("contact", 1)}, "LineItems": [line()]}
    assert books.invoice(Status="DRAFT")["InvoiceNumber"] == "INV-0045"
    assert books.saved("PUT", "CreditNotes", note)["CreditNoteNumber"] == "CN-0046"
    assert books.invoice()["InvoiceNumber"] == "INV-0047"


def test_refused_invoice_takes_no_number() -> None:
    books = client()
    books.refused("PUT", "Invoices", invoice(LineItems=[line(AccountCode="777")]))
    assert books.invoice()["InvoiceNumber"] == "INV-0001"


def test_number_is_unique_for_sales_and_free_for_bills() -> None:
    books = client()
    books.invoice(InvoiceNumber="A1")
    assert books.refused("PUT", "Invoices", invoice(InvoiceNumber="a1")) == ["Invoice # must be unique."]
    bill = invoice(Type="ACCPAY", InvoiceNumber="B1", LineItems=[line(AccountCode="300", TaxType="INPUT2")])
    first, second = books.saved("PUT", "Invoices", bill), books.saved("PUT", "Invoices", bill)
    assert first["InvoiceNumber"] == second["InvoiceNumber"] == "B1"


@pytest.mark.parametrize("number", ["N" * 256, "Rechnung-Ä1", "A\t1"])
def test_number_of_a_sales_invoice_is_short_and_printable_ascii(number: str) -> None:
    books = client()
    assert books.refused("PUT", "Invoices", invoice(InvoiceNumber=number))
    assert books.invoice(InvoiceNumber="N" * 255)["InvoiceNumber"] == "N" * 255


def test_number_of_a_bill_may_hold_any_text() -> None:
    bill = invoice(Type="ACCPAY", LineItems=[line(AccountCode="300", TaxType="INPUT2")])
    books = client()
    assert books.saved("PUT", "Invoices", bill | {"InvoiceNumber": "Ä1"})["InvoiceNumber"] == "Ä1"
    assert books.refused("PUT", "Invoices", bill | {"InvoiceNumber": "N" * 256})


def test_post_with_a_known_number_updates_unless_switched_off() -> None:
    books = client()
    first = books.invoice(InvoiceNumber="A1")
    again = books.saved("POST", "Invoices", invoice(InvoiceNumber="A1", Reference="R"))
    assert again["InvoiceID"] == first["InvoiceID"]
    books.world.switches.invoice_number_matches = False
    assert books.refused("POST", "Invoices", invoice(InvoiceNumber="A1")) == ["Invoice # must be unique."]


@pytest.mark.parametrize(
    ("was", "wanted", "accepted"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "DELETED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "DELETED", False),
        ("VOIDED", "AUTHORISED", False),
        ("DELETED", "DRAFT", False),
        ("VOIDED", "VOIDED", False),
    ],
)
def test_status_machine(was: str, wanted: str, accepted: bool) -> None:
    books = client(invoices=[seeded_invoice(1, Status=was)])
    body = {"InvoiceID": guid("invoice", 1), "Status": wanted}
    if accepted:
        assert books.saved("POST", "Invoices", body)["Status"] == wanted
    else:
        assert books.refused("POST", "Invoices", body) == ["Invoice not of valid status for modification"]


def test_nothing_is_created_paid_and_the_default_is_a_draft() -> None:
    books = client()
    assert books.refused("PUT", "Invoices", invoice(Status="PAID")) == [
        "Invoice not of valid status for modification"
    ]
    body = invoice()
    del body["Status"]
    assert books.saved("PUT", "Invoices", body)["Status"] == "DRAFT"


def test_draft_may_be_incomplete_and_approval_may_not() -> None:
    books = client()
    draft = books.invoice(Status="DRAFT", DueDate=None, LineItems=[{"Description": "X", "UnitAmount": 1}])
    assert "DueDate" not in draft
    assert "DueDateString" not in draft
    body = {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"}
    assert len(books.refused("POST", "Invoices", body)) == 2


def test_due_date_follows_the_contacts_terms_on_approval() -> None:
    terms = {"Sales": {"Day": 15, "Type": "OFFOLLOWINGMONTH"}}
    books = client(contacts=[contact(1, PaymentTerms=terms)])
    assert books.invoice(DueDate=None)["DueDateString"] == "2026-12-15T00:00:00"


def test_missing_date_is_today_where_the_organisation_is() -> None:
    organisation = seed().organisation | {"Timezone": "NEWZEALANDSTANDARDTIME"}
    assert client(organisation=organisation).invoice(Date=None)["DateString"] == "2026-11-22T00:00:00"


def test_dates_are_calendar_dates_at_midnight() -> None:
    saved = client().invoice(Date="2026-04-24")
    assert saved["Date"] == "/Date(1776988800000+0000)/"
    assert saved["DateString"] == "2026-04-24T00:00:00"


def part_paid() -> Client:
    payment = {
        "PaymentID": guid("payment", 1),
        "Invoice": {"InvoiceID": guid("invoice", 1)},
        "Date": date(2026, 11, 5),
        "Amount": Decimal(20),
        "Account": {"Code": "090"},
        "UpdatedDateUTC": seeded_invoice()["UpdatedDateUTC"],
    }
    return client(
        contacts=[contact(1, EmailAddress="a@example.org")],
        invoices=[seeded_invoice(1)],
        payments=[payment],
        accounts=[*seed().accounts, account("260", "REVENUE", TaxType="OUTPUT2")],
    )


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"DueDate": "2027-01-01"}, False),
        ({"SentToContact": True}, False),
        ({"AccountCode": "260"}, False),
        ({"DueDate": "2027-01-01", "Reference": "R"}, True),
        ({"AccountCode": "260", "Description": "Y"}, True),
    ],
)
def test_part_paid_invoice_changes_due_date_sent_mark_and_accounts_without_a_stamp(
    change: dict[str, Any], seen: bool
) -> None:
    books, key = part_paid(), guid("invoice", 1)
    heard: list[str] = []
    books.organisation.listeners.append(lambda category, *_: heard.append(category))
    before = books.one(f"Invoices/{key}")
    line_id = before["LineItems"][0]["LineItemID"]
    body = {"LineItems": [{"LineItemID": line_id, **change}]} if "AccountCode" in change else change
    books.saved("POST", f"Invoices/{key}", body)
    after = books.one(f"Invoices/{key}")
    assert after != before
    assert ((after["UpdatedDateUTC"] != before["UpdatedDateUTC"]), bool(heard)) == (seen, seen)


def test_due_date_and_sent_mark_of_an_unpaid_invoice_leave_a_stamp() -> None:
    books, key = client(invoices=[seeded_invoice(1)]), guid("invoice", 1)
    stamps = [books.one(f"Invoices/{key}")["UpdatedDateUTC"]]
    for change in ({"DueDate": "2027-01-01"}, {"SentToContact": True}):
        books.world.clock.advance(1)
        stamps.append(books.saved("POST", f"Invoices/{key}", change)["UpdatedDateUTC"])
    assert len(set(stamps)) == 3


def test_part_paid_invoice_is_emailed_without_a_stamp() -> None:
    books, key = part_paid(), guid("invoice", 1)
    before = books.one(f"Invoices/{key}")
    assert books.call("POST", f"Invoices/{key}/Email", b"").status == 204
    after = books.one(f"Invoices/{key}")
    assert (after["SentToContact"], after["UpdatedDateUTC"]) == (True, before["UpdatedDateUTC"])


def test_part_paid_invoice_takes_texts_and_no_amounts() -> None:
    books = part_paid()
    key = guid("invoice", 1)
    line_id = books.one(f"Invoices/{key}")["LineItems"][0]["LineItemID"]
    changed = books.saved("POST", "Invoices", {"InvoiceID": key, "Reference": "R", "DueDate": "2027-01-01"})
    assert (changed["Reference"], changed["AmountDue"]) == ("R", 100)
    books.saved(
        "POST", "Invoices", {"InvoiceID": key, "LineItems": [{"LineItemID": line_id, "Description": "Y"}]}
    )
    assert books.refused("POST", "Invoices", {"InvoiceID": key, "LineItems": [line(UnitAmount=5)]}) == [
        "This document cannot be edited as it has a payment or credit note allocated to it."
    ]
    assert books.refused("POST", "Invoices", {"InvoiceID": key, "Status": "VOIDED"}) == [
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
    ]


def test_contact_must_be_identified_and_a_new_name_makes_one() -> None:
    books = client()
    assert books.refused("PUT", "Invoices", invoice(Contact={})) == [
        "The Contact must contain at least 1 of the following elements to identify the contact: "
        "Name, ContactID, ContactNumber"
    ]
    made = books.invoice(Contact={"Name": "Brand New"})
    assert books.one(f"Contacts/{made['Contact']['ContactID']}")["IsCustomer"] is True


def test_refused_invoice_leaves_no_new_contact_behind() -> None:
    books = client()
    books.refused(
        "PUT", "Invoices", invoice(Contact={"Name": "Brand New"}, LineItems=[line(AccountCode="777")])
    )
    assert len(books.get("Contacts")["Contacts"]) == 2


def test_foreign_currency_needs_a_subscription_and_balances_are_in_base() -> None:
    books = client()
    assert books.refused("PUT", "Invoices", invoice(CurrencyCode="NZD")) == [
        "Organisation is not subscribed to currency NZD"
    ]
    saved = books.invoice(CurrencyCode="EUR", CurrencyRate=1.25)
    assert saved["CurrencyRate"] == Decimal("1.25")
    balances = books.one(f"Contacts/{guid('contact', 1)}")["Balances"]
    assert balances["AccountsReceivable"]["Outstanding"] == 96
    assert books.invoice(CurrencyCode="EUR")["CurrencyRate"] > 1
    assert books.invoice(CurrencyRate=5)["CurrencyRate"] == 1


def test_lock_date_refuses_documents_on_or_before_it() -> None:
    books = client(organisation=seed().organisation | {"PeriodLockDate": date(2026, 10, 31)})
    (message,) = books.refused("PUT", "Invoices", invoice(Date="2026-10-31"))
    assert message.startswith("The document date cannot be before the period lock date, currently set at")
    books.invoice(Date="2026-11-01")


def test_sent_to_contact_waits_for_approval() -> None:
    books = client()
    draft = books.invoice(Status="DRAFT", SentToContact=True)
    assert draft["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]
    assert books.invoice(SentToContact=True)["SentToContact"] is True


def test_nothing_to_pay_is_paid_at_once() -> None:
    saved = client().invoice(LineItems=[line(UnitAmount=0)])
    assert saved["Status"] == "PAID"


def test_write_answer_has_its_own_form() -> None:
    saved = client().invoice()
    assert not {"Payments", "CreditNotes", "AmountCredited", "HasAttachments", "StatusAttributeString"} & set(
        saved
    )
    assert saved["InvoicePaymentServices"] == []
    assert "Balances" not in saved["Contact"]
    assert saved["Contact"]["Phones"]
    assert saved["BrandingThemeID"] == guid("note", 77)


@pytest.mark.parametrize("url", ["not a url", "ftp://example.org/x", "https://go.xero.com/x"])
def test_link_back_must_be_absolute_and_not_xeros(url: str) -> None:
    assert client().refused("PUT", "Invoices", invoice(Url=url))


def test_online_invoice_exists_once_approved() -> None:
    books = client(invoices=[seeded_invoice(1), seeded_invoice(2, Status="DRAFT")])
    assert books.one(f"Invoices/{guid('invoice', 1)}/OnlineInvoice")["OnlineInvoiceUrl"]
    assert books.call("GET", f"Invoices/{guid('invoice', 2)}/OnlineInvoice").status == 404


def test_email_marks_the_invoice_as_sent() -> None:
    books = client(contacts=[contact(1, EmailAddress="a@example.org")], invoices=[seeded_invoice(1)])
    response = books.call("POST", f"Invoices/{guid('invoice', 1)}/Email", b"")
    assert (response.status, response.body) == (204, b"")
    assert books.one(f"Invoices/{guid('invoice', 1)}")["SentToContact"] is True


def test_event_is_told_once_for_a_creation_and_not_for_a_no_op() -> None:
    books = client()
    heard: list[tuple[str, str]] = []
    books.organisation.listeners.append(lambda category, _, kind, __: heard.append((category, kind)))
    saved = books.invoice(Contact={"Name": "Brand New"})
    books.saved("POST", "Invoices", {"InvoiceID": saved["InvoiceID"]})
    books.refused(
        "PUT", "Invoices", invoice(Contact={"Name": "Another"}, LineItems=[line(AccountCode="777")])
    )
    assert heard == [("CONTACT", "CREATE"), ("INVOICE", "CREATE")]
    books.saved("POST", "Invoices", {"InvoiceID": saved["InvoiceID"], "Status": "VOIDED"})
    assert heard[2:] == [("INVOICE", "UPDATE")]


def test_no_op_update_keeps_the_stamp_though_time_passes() -> None:
    books = client(invoices=[seeded_invoice(1)])
    before = books.one("Invoices")["UpdatedDateUTC"]
    books.world.clock.advance(60)
    answer = books.call("POST", "Invoices", {"InvoiceID": guid("invoice", 1), "Status": "AUTHORISED"})
    assert json.loads(answer.body)["Invoices"][0]["UpdatedDateUTC"] == before
