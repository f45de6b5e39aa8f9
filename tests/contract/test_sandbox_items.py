"""Items and stock of the stand-in. Facts: xero-facts 3.5, 4.4."""

from decimal import Decimal

import pytest

from counterfoil.sandbox import actions
from tests.contract.books_builders import Client, client, guid, invoice, item, line, seeded_invoice, tracked

KEY = guid("item", 9)
BILL = {
    "Type": "ACCPAY",
    "LineItems": [line(ItemCode="ITEM-9", Quantity=10, UnitAmount=6, AccountCode="630", TaxType="NONE")],
}
SALE = {"LineItems": [line(ItemCode="ITEM-9", Quantity=4)]}


def stock(books: Client) -> tuple[Decimal, Decimal]:
    shown = books.one(f"Items/{KEY}")
    return shown["QuantityOnHand"], shown["TotalCostPool"]


def test_untracked_item_shows_no_stock_and_absent_details_are_empty() -> None:
    shown = client(items=[item(1, PurchaseDetails=None)]).one("Items")
    assert shown["PurchaseDetails"] == {}
    assert not {"QuantityOnHand", "TotalCostPool", "InventoryAssetAccountCode"} & set(shown)


def test_approved_documents_move_stock_at_average_cost_and_drafts_do_not() -> None:
    books = client(items=[tracked()])
    books.invoice(Status="DRAFT", **SALE)
    assert stock(books) == (10, 40)
    books.invoice(**BILL)
    assert stock(books) == (20, 100)
    sale = books.invoice(**SALE)
    assert stock(books) == (16, 80)
    books.saved("POST", "Invoices", {"InvoiceID": sale["InvoiceID"], "Status": "VOIDED"})
    assert stock(books) == (20, 100)


def test_sales_credit_brings_stock_back() -> None:
    books = client(items=[tracked()])
    note = invoice(Type="ACCRECCREDIT", **SALE)
    books.saved("PUT", "CreditNotes", note)
    assert stock(books) == (14, 56)


def test_stock_movement_leaves_the_stamp_alone() -> None:
    books = client(items=[tracked()])
    before = books.one(f"Items/{KEY}")["UpdatedDateUTC"]
    books.invoice(**BILL)
    assert books.one(f"Items/{KEY}")["UpdatedDateUTC"] == before
    response = books.call("GET", "Items", headers={"if-modified-since": "2020-01-01T00:00:00"})
    assert b'"Items":[]' in response.body


def test_selling_more_than_there_is_needs_backorders_allowed() -> None:
    books = client(items=[tracked()])
    too_many = invoice(LineItems=[line(ItemCode="ITEM-9", Quantity=11)])
    assert books.refused("PUT", "Invoices", too_many)
    assert stock(books) == (10, 40)
    books.saved("PUT", "Invoices", too_many, allowBackorders="true")
    assert stock(books)[0] == -1


def test_seed_without_quantities_is_counted_from_its_documents() -> None:
    goods = tracked(QuantityOnHand=None, TotalCostPool=None)
    bought = [{"Description": "X", "ItemCode": "ITEM-9", "Quantity": Decimal(5), "UnitAmount": Decimal(2)}]
    books = client(items=[goods], invoices=[seeded_invoice(1, Type="ACCPAY", LineItems=bought)])
    assert stock(books) == (5, 10)


def test_codes_are_unique_in_any_case() -> None:
    books = client()
    assert books.refused("PUT", "Items", {"Code": "item-1"}) == [
        "Price List Item with Code 'item-1' already exists"
    ]
    assert books.saved("POST", "Items", {"Code": "item-1", "Name": "Same"})["ItemID"] == guid("item", 1)
    assert books.refused("PUT", "Items", {"Code": "X" * 31}) == [
        "Price List Item Code must not be more than 30 characters long"
    ]


def test_write_answers_have_a_stamp_without_offset_and_reads_have_one() -> None:
    books = client()
    saved = books.saved("PUT", "Items", {"Code": "NEW"})
    assert saved["UpdatedDateUTC"].endswith(")/")
    assert "+" not in saved["UpdatedDateUTC"]
    assert books.one("Items/NEW")["UpdatedDateUTC"].endswith("+0000)/")


@pytest.mark.parametrize(("query", "price"), [({}, "1.24"), ({"unitdp": "4"}, "1.2355")])
def test_prices_round_to_two_places_unless_asked(query: dict[str, str], price: str) -> None:
    books = client()
    books.saved("PUT", "Items", {"Code": "NEW", "SalesDetails": {"UnitPrice": 1.2355}}, unitdp="4")
    assert books.one("Items/NEW", **query)["SalesDetails"]["UnitPrice"] == Decimal(price)


def test_partial_update_keeps_the_rest() -> None:
    books = client()
    saved = books.saved("POST", f"Items/{guid('item', 1)}", {"Description": "Other"})
    assert (saved["Description"], saved["Name"], saved["SalesDetails"]["UnitPrice"]) == (
        "Other",
        "Item 1",
        10,
    )


def test_item_not_sold_has_no_sales_side() -> None:
    saved = client().saved("POST", "Items", {"Code": "ITEM-1", "IsSold": False})
    assert saved["SalesDetails"] == {}
    assert "Description" not in saved


def test_deleted_item_is_gone_and_its_lines_keep_the_code() -> None:
    books = client()
    sold = books.invoice(LineItems=[{"ItemCode": "ITEM-1", "Quantity": 1}])
    assert books.call("DELETE", f"Items/{guid('item', 1)}").status == 204
    assert books.get("Items")["Items"] == []
    assert books.call("GET", f"Items/{guid('item', 1)}").status == 404
    assert books.one(f"Invoices/{sold['InvoiceID']}")["LineItems"][0]["ItemCode"] == "ITEM-1"


def test_tracked_item_in_use_is_not_deleted() -> None:
    books = client(items=[tracked()])
    books.invoice(**BILL)
    assert books.refused("DELETE", f"Items/{KEY}", b"")


def test_archived_item_looks_active_and_cannot_be_used() -> None:
    books = client()
    before = books.one("Items")
    actions.item_archive(books.organisation, guid("item", 1))
    after = books.one("Items")
    assert set(after) == set(before)
    assert books.refused("PUT", "Invoices", invoice(LineItems=[{"ItemCode": "ITEM-1"}])) == [
        "Item code 'ITEM-1' is not valid"
    ]


def test_new_code_and_name_show_on_lines_without_touching_the_invoice() -> None:
    books = client()
    sold = books.invoice(LineItems=[{"ItemCode": "ITEM-1", "Quantity": 1}])
    actions.item_edit(books.organisation, guid("item", 1), Code="FRESH", Name="Fresh name")
    shown = books.one(f"Invoices/{sold['InvoiceID']}")
    assert shown["LineItems"][0]["Item"] == {"ItemID": guid("item", 1), "Name": "Fresh name", "Code": "FRESH"}
    assert shown["LineItems"][0]["ItemCode"] == "FRESH"
    assert shown["UpdatedDateUTC"] == sold["UpdatedDateUTC"]
