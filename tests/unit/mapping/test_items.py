from decimal import Decimal

import pytest

from counterfoil.core.fingerprint import fingerprint
from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.items import item_values
from counterfoil.xero.records import PriceDetails
from tests.builders import guid, item, tracked_item

D = Decimal


@pytest.mark.rule("PR-1")
def test_code_name_and_description_find_their_places():
    values = item_values(item("BOOK", name="Fish out of Water", description="Finding your brand"))
    assert (values.external_id, values.code) == (guid("BOOK"), "BOOK")
    assert (values.description, values.extended_description) == ("Fish out of Water", "Finding your brand")


@pytest.mark.rule("PR-2")
def test_prices_keep_four_decimals():
    details = PriceDetails(unit_price=D("0.12345"))
    values = item_values(item(sales_details=details, purchase_details=PriceDetails(unit_price=D("4.2"))))
    assert (values.selling_price, values.cost_price) == (D("0.1235"), D("4.2000"))


@pytest.mark.rule("PR-3")
def test_accounts_and_tax_of_an_untracked_item():
    values = item_values(item())
    assert (values.sales_analysis, values.purchase_analysis) == ("200", "310")
    assert (values.vat_code, values.purchase_vat_code) == ("OUTPUT2", "INPUT2")


@pytest.mark.rule("PR-3", "PR-4")
def test_a_tracked_item_is_stocked_and_its_purchases_are_cost_of_goods():
    values = item_values(tracked_item(on_hand="12.5"))
    assert values.is_stocked
    assert values.quantity_on_hand == D("12.5000")
    assert values.purchase_analysis == "320"
    both = PriceDetails(account_code="310", cogs_account_code="320")
    assert item_values(tracked_item(purchase_details=both)).purchase_analysis == "320"
    assert item_values(item(purchase_details=both)).purchase_analysis == "310"


@pytest.mark.rule("PR-6")
def test_an_untracked_item_has_no_quantity_rather_than_none_in_stock():
    assert item_values(item(quantity_on_hand="7")).quantity_on_hand is None


@pytest.mark.rule("PR-5")
@pytest.mark.parametrize(("is_sold", "is_sellable"), [(True, True), (None, True), (False, False)])
def test_only_an_item_marked_as_not_sold_is_unsellable(is_sold, is_sellable):
    assert item_values(item(is_sold=is_sold)).is_sellable is is_sellable


def test_absent_null_and_empty_details_are_the_same():
    empty = item(sales_details=PriceDetails(), purchase_details=PriceDetails(), description="")
    absent = item(sales_details=None, purchase_details=None, description=None)
    assert fingerprint(item_values(empty)) == fingerprint(item_values(absent))


def test_how_a_number_is_written_does_not_count():
    terse = item(sales_details=PriceDetails(unit_price=D(20)))
    wordy = item(sales_details=PriceDetails(unit_price=D("20.000")))
    assert fingerprint(item_values(terse)) == fingerprint(item_values(wordy))


@pytest.mark.rule("SY-10")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": None}, "Code"),
        ({"code": " \ufeff"}, "Code"),
        ({"code": "x" * 101}, "Code"),
        ({"sales_details": PriceDetails(unit_price=D("1e15"))}, "SalesDetails.UnitPrice"),
        ({"sales_details": PriceDetails(unit_price=D("NaN"))}, "SalesDetails.UnitPrice"),
        ({"purchase_details": PriceDetails(tax_type="x" * 61)}, "PurchaseDetails.TaxType"),
    ],
)
def test_what_no_column_holds_is_refused_by_name(given, field):
    with pytest.raises(CannotMap) as refused:
        item_values(item(**given))
    assert refused.value.field == field
