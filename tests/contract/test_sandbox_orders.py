"""Purchase orders of the stand-in. Facts: xero-facts 4.7."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.sandbox import actions
from tests.contract.books_builders import OLD, client, contact, guid, line


def order(**changes: Any) -> dict[str, Any]:
    body = {
        "Contact": {"ContactID": guid("contact", 1)},
        "Date": "2026-11-20",
        "DeliveryAddress": "Unit 7\nKendal",
        "LineItems": [line(AccountCode="300", TaxType="INPUT2")],
    }
    return body | changes


def seeded(number: int, **changes: Any) -> dict[str, Any]:
    record = {
        "PurchaseOrderID": guid("order", number),
        "PurchaseOrderNumber": f"PO-{number:04d}",
        "Contact": {"ContactID": guid("contact", 1)},
        "Date": date(2026, 11, number),
        "Status": "AUTHORISED",
        "LineItems": [{"Description": "X", "UnitAmount": Decimal("1.2345"), "Quantity": Decimal(100)}],
        "UpdatedDateUTC": OLD,
    }
    return record | changes


def test_orders_number_themselves_apart_from_invoices() -> None:
    books = client(purchase_orders=[seeded(12)])
    assert books.saved("PUT", "PurchaseOrders", order())["PurchaseOrderNumber"] == "PO-0013"
    assert books.refused("PUT", "PurchaseOrders", order(PurchaseOrderNumber="po-0012")) == [
        "Order # must be unique."
    ]


def test_contact_must_be_known() -> None:
    books = client()
    assert books.refused("PUT", "PurchaseOrders", order(Contact={})) == [
        "A Contact must be specified for this type of transaction"
    ]
    assert books.refused("PUT", "PurchaseOrders", order(Contact={"ContactNumber": "Unknown"})) == [
        "The contact with the specified contact details could not be found."
    ]


def test_contact_is_named_by_id_or_number_and_not_by_name() -> None:
    books = client(contacts=[contact(1, ContactNumber="N1")])
    assert books.refused("PUT", "PurchaseOrders", order(Contact={"Name": "Customer 1"})) == [
        "A Contact must be specified for this type of transaction"
    ]
    by_number = books.saved("PUT", "PurchaseOrders", order(Contact={"ContactNumber": "N1"}))
    assert by_number["Contact"]["ContactID"] == guid("contact", 1)


def test_list_is_paged_shows_lines_without_ids_and_the_contact_without_slots() -> None:
    books = client(purchase_orders=[seeded(1)])
    listed = books.get("PurchaseOrders")["PurchaseOrders"][0]
    assert listed["Type"] == "PURCHASEORDER"
    assert listed["Contact"]["ContactStatus"] == "ACTIVE"
    assert listed["Contact"]["Phones"] == []
    assert not {"AccountID", "ItemID"} & set(listed["LineItems"][0])
    detail = books.one(f"PurchaseOrders/{guid('order', 1)}")
    assert detail["SentToContact"] is False
    assert detail["Contact"]["Phones"]


def test_unit_amounts_have_four_places_without_asking() -> None:
    books = client(purchase_orders=[seeded(1)])
    saved = books.saved(
        "PUT",
        "PurchaseOrders",
        order(LineItems=[line(UnitAmount=0.1234, AccountCode="300", TaxType="INPUT2")]),
    )
    assert saved["LineItems"][0]["UnitAmount"] == Decimal("0.1234")
    assert books.get("PurchaseOrders")["PurchaseOrders"][0]["LineItems"][0]["UnitAmount"] == Decimal("1.2345")


def test_list_filters_are_status_and_dates() -> None:
    books = client(purchase_orders=[seeded(1), seeded(2, Status="DRAFT"), seeded(3, Status="DELETED")])

    def numbers(**query: str) -> list[str]:
        return [
            entry["PurchaseOrderNumber"] for entry in books.get("PurchaseOrders", **query)["PurchaseOrders"]
        ]

    assert numbers() == ["PO-0001", "PO-0002", "PO-0003"]
    assert numbers(Status="DRAFT") == ["PO-0002"]
    assert numbers(DateFrom="2026-11-02") == ["PO-0002", "PO-0003"]
    assert numbers(DateTo="2026-11-01") == ["PO-0001"]
    books.world.switches.purchase_orders_list_deleted = False
    assert numbers() == ["PO-0001", "PO-0002"]


@pytest.mark.parametrize(
    ("was", "wanted", "accepted"),
    [
        ("DRAFT", "AUTHORISED", True),
        ("AUTHORISED", "BILLED", True),
        ("AUTHORISED", "DELETED", True),
        ("BILLED", "AUTHORISED", True),
        ("AUTHORISED", "DRAFT", False),
        ("DELETED", "DRAFT", False),
        ("BILLED", "DELETED", False),
    ],
)
def test_status_machine(was: str, wanted: str, accepted: bool) -> None:
    complete = {"AccountCode": "300", "TaxType": "INPUT2", "Description": "X", "UnitAmount": Decimal(1)}
    books = client(purchase_orders=[seeded(1, Status=was, LineItems=[complete])])
    body = {"PurchaseOrderID": guid("order", 1), "Status": wanted}
    if accepted:
        assert books.saved("POST", "PurchaseOrders", body)["Status"] == wanted
    else:
        assert books.refused("POST", "PurchaseOrders", body) == ["Order not of valid status for modification"]


def test_billing_copies_the_order_to_a_draft_bill() -> None:
    books = client()
    body = order(
        Status="AUTHORISED",
        LineItems=[line(AccountCode="300", TaxType="INPUT2", Quantity=3, DiscountRate=10)],
    )
    saved = books.saved("PUT", "PurchaseOrders", body)
    bill = books.one(f"Invoices/{actions.purchase_order_bill(books.organisation, saved['PurchaseOrderID'])}")
    assert (bill["Type"], bill["Status"], bill["Total"]) == ("ACCPAY", "DRAFT", saved["Total"])
    assert bill["InvoiceNumber"] == saved["PurchaseOrderNumber"]
    assert books.one(f"PurchaseOrders/{saved['PurchaseOrderID']}")["Status"] == "BILLED"
