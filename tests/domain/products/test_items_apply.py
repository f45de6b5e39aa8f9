from decimal import Decimal

import pytest
from django.db import transaction

from counterfoil.core.mapping.items import item_values
from counterfoil.crm.products.models import ProductItem, Stock
from counterfoil.crm.products.services import items_apply
from tests.builders import AT, guid, item, operating_company, tracked_item

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def company():
    return operating_company()


def apply(company, *items):
    with transaction.atomic():
        return items_apply(company, [item_values(record) for record in items], at=AT)


def product(company, name="item"):
    return ProductItem.objects.of(company).get(external_id=guid(name))


def codes(company):
    return dict(ProductItem.objects.of(company).filter(is_withdrawn=False).values_list("external_id", "code"))


@pytest.mark.rule("PR-1", "PR-2", "PR-3", "PR-5")
def test_an_item_becomes_a_product(company):
    applied = apply(company, item())
    assert (applied.created, applied.updated) == (1, 0)
    made = product(company)
    assert (made.code, made.description, made.extended_description) == ("item", "The item", "item, at length")
    assert (made.selling_price, made.cost_price) == (D("19.95"), D("12.50"))
    assert (made.sales_analysis, made.purchase_analysis) == ("200", "310")
    assert (made.vat_code, made.purchase_vat_code) == ("OUTPUT2", "INPUT2")
    assert (made.is_sellable, made.is_obsolete, made.obsolete_reason) == (True, False, "")


@pytest.mark.rule("PR-1", "SY-4")
def test_the_same_item_again_changes_nothing(company):
    apply(company, tracked_item())
    before = list(ProductItem.objects.values()), list(Stock.objects.values())
    applied = apply(company, tracked_item())
    assert (applied.created, applied.updated) == (0, 1)
    assert (list(ProductItem.objects.values()), list(Stock.objects.values())) == before


@pytest.mark.rule("PR-5")
def test_an_item_that_is_no_longer_sold_keeps_what_selling_needs(company):
    apply(company, item())
    apply(company, item(is_sold=False, description=None, sales_details=None))
    kept = product(company)
    assert (kept.is_sellable, kept.is_obsolete, kept.obsolete_reason) == (False, True, "Not sold in Xero")
    assert (kept.selling_price, kept.sales_analysis, kept.vat_code) == (D("19.95"), "200", "OUTPUT2")
    assert kept.extended_description == "item, at length"


@pytest.mark.rule("PR-5")
def test_an_item_that_is_sold_again_is_current_with_its_new_price(company):
    apply(company, item(is_sold=False, description=None, sales_details=None))
    assert product(company).selling_price is None
    apply(company, item())
    again = product(company)
    assert (again.is_obsolete, again.obsolete_reason, again.selling_price) == (False, "", D("19.95"))


def test_an_item_that_is_no_longer_bought_keeps_its_cost(company):
    apply(company, item())
    apply(company, item(is_purchased=False, purchase_details=None))
    assert (product(company).is_purchased, product(company).cost_price) == (False, D("12.50"))


@pytest.mark.rule("PR-2")
def test_a_price_taken_away_in_xero_goes(company):
    apply(company, item())
    apply(company, item(sales_details=None))
    assert product(company).selling_price is None


@pytest.mark.rule("PR-4", "PR-6")
def test_stock_stands_at_the_one_default_warehouse(company):
    apply(company, tracked_item("a", on_hand="5"), tracked_item("b", on_hand="0.2500"), item("c"))
    stock = {s.product.code: (s.free_stock, s.physical_stock, s.as_at) for s in Stock.objects.all()}
    assert stock == {"a": (D(5), D(5), AT), "b": (D("0.25"), D("0.25"), AT)}
    apply(company, tracked_item("a", on_hand="3"))
    assert Stock.objects.get(product__code="a").free_stock == D(3)
    assert Stock.objects.values("warehouse").distinct().count() == 1


@pytest.mark.rule("PR-6")
def test_an_item_that_is_no_longer_tracked_has_no_stock_rather_than_zero(company):
    apply(company, tracked_item())
    apply(company, item())
    assert not product(company).is_stocked
    assert not Stock.objects.exists()


@pytest.mark.rule("PR-7", "SY-12")
def test_what_belongs_to_the_crm_survives_every_pull(company):
    apply(company, item())
    own = {
        "barcode": "5012345678900",
        "unit_of_measure": "box",
        "product_group": "Books",
        "image": "products/a.png",
    }
    ProductItem.objects.update(**own)
    apply(company, item(name="Renamed", code="NEW"))
    assert ProductItem.objects.values(*own).get() == own


@pytest.mark.rule("PR-1")
def test_a_new_code_is_a_rename(company):
    apply(company, item("a"))
    before = product(company, "a").pk
    apply(company, item("a", code="A2"))
    assert (product(company, "a").pk, product(company, "a").code) == (before, "A2")


@pytest.mark.rule("PR-1")
def test_items_may_swap_and_rotate_codes_within_a_page(company):
    apply(company, item("a"), item("b"), item("c"))
    apply(company, item("a", code="b"), item("b", code="c"), item("c", code="a"))
    assert codes(company) == {guid("a"): "b", guid("b"): "c", guid("c"): "a"}


@pytest.mark.rule("PR-8")
def test_a_code_that_passed_to_another_item_leaves_the_old_product_obsolete(company):
    apply(company, item("old", code="BOOK"))
    applied = apply(company, item("new", code="BOOK"))
    assert applied.created == 1
    old = product(company, "old")
    assert (old.is_withdrawn, old.is_obsolete, old.code) == (True, True, "BOOK")
    assert old.obsolete_reason == "Its code belongs to another item in Xero now"
    assert codes(company) == {guid("new"): "BOOK"}


@pytest.mark.rule("PR-8")
def test_a_withdrawn_product_that_xero_sends_again_is_current(company):
    apply(company, item("old", code="BOOK"))
    apply(company, item("new", code="BOOK"))
    apply(company, item("old", code="BOOK-2"))
    assert codes(company) == {guid("old"): "BOOK-2", guid("new"): "BOOK"}
    assert not product(company, "old").is_obsolete


@pytest.mark.rule("PR-8")
def test_an_item_takes_over_the_code_of_one_that_was_renamed_in_the_same_page(company):
    apply(company, item("a", code="BOOK"))
    apply(company, item("b", code="BOOK"), item("a", code="BOOK-OLD"))
    assert codes(company) == {guid("a"): "BOOK-OLD", guid("b"): "BOOK"}


@pytest.mark.rule("PU-3")
def test_a_product_made_in_the_crm_meets_its_item(company):
    waiting = ProductItem.objects.create(
        operating_company=company, code="BOOK", barcode="501", created_at=AT, updated_at=AT
    )
    applied = apply(company, item("xero", code="BOOK"))
    assert (applied.created, applied.updated) == (0, 1)
    waiting.refresh_from_db()
    assert (waiting.external_id, waiting.barcode) == (guid("xero"), "501")


@pytest.mark.rule("SY-10")
def test_of_two_items_with_one_code_the_second_is_refused_and_the_rest_goes_in(company):
    applied = apply(company, item("a", code="X"), item("b", code="X"), item("c"))
    assert set(applied.refused) == {guid("b")}
    assert "two items with the code X" in applied.refused[guid("b")]
    assert codes(company) == {guid("a"): "X", guid("c"): "c"}


def test_of_one_item_twice_the_last_counts(company):
    apply(company, item("a", code="first"), item("a", code="second"))
    assert codes(company) == {guid("a"): "second"}


def test_no_items_are_no_work(company):
    assert apply(company).written == 0


def test_companies_keep_the_same_ids_apart(company):
    other = operating_company("Other")
    apply(company, tracked_item(on_hand="5"))
    apply(other, tracked_item(on_hand="7", code="OTHER"))
    assert product(company).code == "item"
    assert product(other).code == "OTHER"
    assert [row.free_stock for row in Stock.objects.of(company)] == [D(5)]
