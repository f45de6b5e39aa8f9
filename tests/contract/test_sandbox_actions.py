"""What a person does in the stand-in's own books. Facts: xero-facts 4.2, 4.4, 4.5."""

from decimal import Decimal

import pytest

from counterfoil.sandbox import actions
from counterfoil.sandbox.errors import NotFoundError, ValidationError
from tests.contract.books_builders import client, contact, guid, seeded_invoice, tracked

ONE, TWO = guid("contact", 1), guid("contact", 2)
KEY = guid("invoice", 1)


def test_person_may_restore_an_archived_contact_unless_its_name_is_taken() -> None:
    books = client()
    actions.contact_archive(books.organisation, ONE)
    assert books.one(f"Contacts/{ONE}")["ContactStatus"] == "ARCHIVED"
    actions.contact_restore(books.organisation, ONE)
    assert books.one(f"Contacts/{ONE}")["ContactStatus"] == "ACTIVE"
    actions.contact_archive(books.organisation, ONE)
    actions.contact_add(books.organisation, Name="Customer 1")
    with pytest.raises(ValidationError, match="already assigned"):
        actions.contact_restore(books.organisation, ONE)


def test_merge_moves_documents_and_archives_the_source() -> None:
    books = client(invoices=[seeded_invoice(1)])
    actions.contact_merge(books.organisation, ONE, into=TWO)
    gone = books.one(f"Contacts/{ONE}")
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", TWO)
    assert books.one(f"Invoices/{KEY}")["Contact"]["ContactID"] == TWO
    kept = books.one(f"Contacts/{TWO}")
    assert kept["IsCustomer"] is True
    assert kept["Balances"]["AccountsReceivable"]["Outstanding"] == 120
    listed = books.get("Contacts", includeArchived="true")["Contacts"]
    assert not any("MergedToContactID" in entry for entry in listed)


def test_merge_into_itself_or_an_archived_contact_is_refused() -> None:
    books = client(contacts=[contact(1), contact(2, ContactStatus="ARCHIVED")])
    for into in (ONE, TWO):
        with pytest.raises(ValidationError):
            actions.contact_merge(books.organisation, ONE, into=into)


def test_contact_without_documents_is_deleted_and_one_with_is_not() -> None:
    books = client(invoices=[seeded_invoice(1)])
    actions.contact_delete(books.organisation, TWO)
    assert books.call("GET", f"Contacts/{TWO}").status == 404
    with pytest.raises(ValidationError):
        actions.contact_delete(books.organisation, ONE)


def test_invoice_is_approved_paid_reopened_and_voided() -> None:
    books = client(invoices=[seeded_invoice(1, Status="DRAFT")])
    house = books.organisation
    actions.invoice_approve(house, KEY)
    payment = actions.payment_add(house, KEY, Amount=Decimal(120), Account={"Code": "090"})
    assert books.one(f"Invoices/{KEY}")["Status"] == "PAID"
    with pytest.raises(ValidationError, match="VOIDED cannot be applied"):
        actions.invoice_void(house, KEY)
    actions.payment_delete(house, payment)
    actions.invoice_void(house, KEY)
    assert books.one(f"Invoices/{KEY}")["Status"] == "VOIDED"


def test_draft_is_deleted_but_stays_listed() -> None:
    books = client(invoices=[seeded_invoice(1, Status="DRAFT")])
    actions.invoice_delete(books.organisation, KEY)
    assert books.one("Invoices")["Status"] == "DELETED"


def test_stock_is_adjusted_without_touching_the_stamp() -> None:
    books = client(items=[tracked()])
    before = books.one("Items")
    actions.stock_adjust(books.organisation, guid("item", 9), quantity=Decimal(5))
    after = books.one("Items")
    assert (after["QuantityOnHand"], after["TotalCostPool"]) == (5, 20)
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_actions_tell_listeners_after_the_change_can_be_read() -> None:
    books = client()
    names: list[str] = []
    books.organisation.listeners.append(
        lambda _, key, __, ___: names.append(books.one(f"Contacts/{key}")["FirstName"])
    )
    actions.contact_edit(books.organisation, ONE, FirstName="Ada")
    assert names == ["Ada"]


def test_control_plane_calls_actions_by_name_with_an_id() -> None:
    books = client()
    actions.ACTIONS["contact_edit"](books.world, books.organisation, id=ONE, Name="By name")
    assert books.one(f"Contacts/{ONE}")["Name"] == "By name"
    actions.ACTIONS["organisation_edit"](books.world, books.organisation, PeriodLockDate="2026-11-30")
    assert books.one("Organisation")["PeriodLockDate"] == "/Date(1795996800000+0000)/"


def test_unknown_record_is_told_apart_from_a_refusal() -> None:
    books = client()
    with pytest.raises(NotFoundError):
        actions.item_delete(books.organisation, guid("item", 77))
    with pytest.raises(NotFoundError):
        actions.purchase_order_bill(books.organisation, guid("order", 77))
