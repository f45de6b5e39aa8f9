"""Line items of the stand-in: rounding, defaults, identity. Facts: xero-facts 4.5."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.sandbox.numbers import line_tax, rounded, totals
from tests.contract.books_builders import client, invoice, item, line

CENTS = st.decimals(min_value="-99999.99", max_value="99999.99", places=2)


@pytest.mark.parametrize(
    ("amount", "rate", "kind", "tax"),
    [
        ("650", "8.25", "Exclusive", "53.63"),
        ("250", "8.25", "Exclusive", "20.63"),
        ("100.32", "8.25", "Exclusive", "8.28"),
        ("120", "8.25", "Inclusive", "9.15"),
        ("200", "8.25", "Inclusive", "15.24"),
        ("42", "8.25", "Inclusive", "3.20"),
        ("-250", "8.25", "Exclusive", "-20.63"),
        ("100", "20", "NoTax", "0.00"),
    ],
)
def test_tax_of_recorded_lines(amount: str, rate: str, kind: str, tax: str) -> None:
    assert line_tax(Decimal(amount), Decimal(rate), kind) == Decimal(tax)


@given(st.lists(CENTS, min_size=1), st.decimals(min_value=0, max_value=50, places=2))
def test_totals_hold_together_in_every_mode(amounts: list[Decimal], rate: Decimal) -> None:
    for kind in ("Exclusive", "Inclusive", "NoTax"):
        pairs = [(amount, line_tax(amount, rate, kind)) for amount in amounts]
        sums = totals(pairs, kind)
        assert sums.sub_total + sums.total_tax == sums.total
        assert (sums.total if kind == "Inclusive" else sums.sub_total) == sum(amounts)


@given(CENTS, st.integers(0, 4))
def test_rounding_is_symmetric_about_zero(amount: Decimal, places: int) -> None:
    assert rounded(-amount, places) == -rounded(amount, places)


def test_inclusive_document_as_recorded() -> None:
    lines = [line(UnitAmount=amount, TaxType="TAX825") for amount in (120, 200, 42)]
    saved = client().invoice(LineAmountTypes="Inclusive", LineItems=lines)
    assert [entry["TaxAmount"] for entry in saved["LineItems"]] == [
        Decimal("9.15"),
        Decimal("15.24"),
        Decimal("3.20"),
    ]
    assert (saved["SubTotal"], saved["Total"]) == (Decimal("334.41"), 362)


def test_item_and_account_fill_in_what_a_line_leaves_out() -> None:
    saved = client().invoice(
        LineItems=[
            {"ItemCode": "item-1", "Quantity": 2},
            {"Description": "X", "AccountCode": "200", "UnitAmount": 5},
        ]
    )
    from_item, from_account = saved["LineItems"]
    assert (from_item["ItemCode"], from_item["Description"]) == ("ITEM-1", "A fine item 1")
    assert (from_item["UnitAmount"], from_item["AccountCode"], from_item["TaxType"]) == (10, "200", "OUTPUT2")
    assert from_item["Item"] == {"ItemID": item(1)["ItemID"], "Name": "Item 1", "Code": "ITEM-1"}
    assert (from_account["TaxType"], from_account["TaxAmount"], from_account["Quantity"]) == ("OUTPUT2", 1, 1)


def test_bill_takes_the_purchase_side_of_an_item() -> None:
    saved = client().invoice(
        Type="ACCPAY", LineItems=[{"ItemCode": "ITEM-1"}, line(AccountCode="300", TaxType="INPUT2")]
    )
    assert (saved["LineItems"][0].get("AccountCode"), saved["LineItems"][0]["TaxType"]) == ("300", "INPUT2")


def test_draft_line_without_account_has_no_tax_type() -> None:
    saved = client().invoice(Status="DRAFT", LineItems=[{"Description": "X", "UnitAmount": 5, "Quantity": 1}])
    (only,) = saved["LineItems"]
    assert not {"TaxType", "AccountCode", "AccountID"} & set(only)
    assert only["TaxAmount"] == 0


def test_line_of_description_alone_is_a_comment() -> None:
    saved = client().invoice(LineItems=[line(), {"Description": "Thank you"}])
    assert saved["Total"] == 120
    assert saved["LineItems"][1]["Description"] == "Thank you"


def test_missing_factor_follows_from_the_line_amount() -> None:
    saved = client().invoice(LineItems=[line(Quantity=4, UnitAmount=None, LineAmount=10)])
    assert saved["LineItems"][0]["UnitAmount"] == Decimal("2.5")


def test_line_amount_that_does_not_fit_is_refused() -> None:
    messages = client().refused("PUT", "Invoices", invoice(LineItems=[line(Quantity=2, LineAmount=150)]))
    assert messages == ["The line total 150 does not match the expected line total 200.00"]


def test_discount_lowers_the_line_and_marks_the_invoice() -> None:
    saved = client().invoice(LineItems=[line(DiscountRate=10)])
    assert (saved["SubTotal"], saved["TotalDiscount"], saved["IsDiscounted"]) == (90, 10, True)


@pytest.mark.parametrize(("unitdp", "price"), [("", "0.13"), ("4", "0.1255")])
def test_unit_amounts_keep_four_places_only_when_asked(unitdp: str, price: str) -> None:
    books = client()
    query = {"unitdp": unitdp} if unitdp else {}
    saved = books.saved(
        "PUT", "Invoices", invoice(LineItems=[line(UnitAmount=0.1255, Quantity=100)]), **query
    )
    assert books.one(f"Invoices/{saved['InvoiceID']}", **query)["LineItems"][0]["UnitAmount"] == Decimal(
        price
    )


def test_reading_without_unitdp_rounds_what_was_written_with_it() -> None:
    books = client()
    saved = books.saved(
        "PUT", "Invoices", invoice(LineItems=[line(UnitAmount=0.1255, Quantity=100)]), unitdp="4"
    )
    assert books.one("Invoices", page="1", IDs=saved["InvoiceID"])["LineItems"][0]["UnitAmount"] == Decimal(
        "0.13"
    )


def test_lines_are_updated_kept_or_lost_by_their_ids() -> None:
    books = client()
    saved = books.invoice(Status="DRAFT", LineItems=[line("one"), line("two")])
    one = saved["LineItems"][0]["LineItemID"]
    update = {"InvoiceID": saved["InvoiceID"], "LineItems": [{"LineItemID": one, "Quantity": 3}, line("new")]}
    changed = books.saved("POST", "Invoices", update)
    assert [entry["Description"] for entry in changed["LineItems"]] == ["one", "new"]
    assert changed["LineItems"][0]["LineItemID"] == one
    assert changed["Total"] == 480


def test_leaving_lines_out_keeps_them() -> None:
    books = client()
    saved = books.invoice()
    changed = books.saved("POST", f"Invoices/{saved['InvoiceID']}", {"Reference": "R"})
    assert changed["LineItems"][0]["LineItemID"] == saved["LineItems"][0]["LineItemID"]
    assert (changed["Reference"], changed["Total"]) == ("R", 120)


@pytest.mark.parametrize(("kind", "tax"), [("Inclusive", "16.67"), ("NoTax", "0.00")])
def test_new_line_amount_types_tax_the_lines_sent_with_them_anew(kind: str, tax: str) -> None:
    books = client()
    saved = books.invoice(Status="DRAFT")
    same = line(LineItemID=saved["LineItems"][0]["LineItemID"])
    changed = books.saved(
        "POST", f"Invoices/{saved['InvoiceID']}", {"LineAmountTypes": kind, "LineItems": [same]}
    )
    assert changed["TotalTax"] == changed["LineItems"][0]["TaxAmount"] == Decimal(tax)
    only_id = {"LineItemID": same["LineItemID"]}
    back = books.saved(
        "POST", f"Invoices/{saved['InvoiceID']}", {"LineAmountTypes": "Exclusive", "LineItems": [only_id]}
    )
    assert (back["TotalTax"], back["Total"]) == (20, 120)


def test_tracking_is_named_and_found_again() -> None:
    books = client()
    saved = books.invoice(LineItems=[line(Tracking=[{"Name": "Region", "Option": "North"}])])
    (tracking,) = books.one(f"Invoices/{saved['InvoiceID']}")["LineItems"][0]["Tracking"]
    assert (tracking["Name"], tracking["Option"]) == ("Region", "North")
    assert tracking["TrackingCategoryID"]
    assert tracking["TrackingOptionID"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"AccountCode": "777"}, "Account code '777' is not a valid code for this document."),
        (
            {"AccountCode": "610", "TaxType": "NONE"},
            "Account code '610' is not a valid code for this document.",
        ),
        (
            {"AccountCode": "999"},
            "Account code '999' has been archived, or has been deleted. "
            "Each line item must reference a valid account.",
        ),
        ({"TaxType": "INPUT2"}, "The TaxType code 'INPUT2' cannot be used with account code '200'."),
        (
            {"TaxType": "OUTPUT"},
            "The TaxType code OUTPUT does not exist or cannot be used for this type of transaction.",
        ),
        ({"ItemCode": "NOPE"}, "Item code 'NOPE' is not valid"),
    ],
)
def test_refused_lines(changes: dict[str, str], message: str) -> None:
    assert client().refused("PUT", "Invoices", invoice(LineItems=[line(**changes)])) == [message]
