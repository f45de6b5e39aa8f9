from decimal import Decimal

import pytest

from counterfoil.changes.models import ChangeRecord
from counterfoil.changes.selectors import changes_due
from counterfoil.changes.services import change_handled
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.products.services import PRODUCT_CREATED, ProductRefused, product_create
from counterfoil.crm.quotes.selectors import order_content_of
from tests.builders import AT
from tests.domain.quotes.stage import LATER

D = Decimal


def make(shop, code="NEW-1", name="Brand new", **given):
    values = {"selling_price": D("9.99"), "sales_analysis": "200", "vat_code": "OUTPUT2"}
    return product_create(shop.company, code, name, actor=shop.rep, at=AT, **(values | given))


def due(shop):
    return changes_due(shop.company, [PRODUCT_CREATED], at=LATER)


@pytest.mark.rule("PU-3")
def test_a_product_made_here_goes_out_with_its_first_confirmed_order(shop):
    made = make(shop)
    assert (made.external_id, made.description, made.extended_description) == (None, "Brand new", "")
    quote = shop.quote(lines=[{"product": made}])
    assert due(shop) == []
    shop.confirm(quote)
    (change,) = due(shop)
    assert change.payload == {"product": made.pk}
    order = ChangeRecord.objects.get(kind="order.confirmed")
    assert order_content_of(order.payload["version"])["products_to_make"] == [made.pk]
    assert change_handled(change, at=LATER)
    assert not change_handled(change, at=LATER)
    shop.confirm(shop.quote(lines=[{"product": made}]))
    assert due(shop) == []


@pytest.mark.rule("PU-3")
def test_an_optional_line_does_not_send_its_product(shop):
    made = make(shop)
    shop.confirm(shop.quote(lines=[{"product": shop.bolt}, {"product": made, "is_optional": True}]))
    assert due(shop) == []


@pytest.mark.rule("PU-3")
@pytest.mark.parametrize(
    ("code", "name", "given"),
    [
        ("", "name", {}),
        ("x" * 31, "name", {}),
        ("code", "", {}),
        ("code", "x" * 51, {}),
        ("code", "name", {"extended_description": "x" * 4001}),
        ("code", "name", {"selling_price": D("-1")}),
        ("code", "name", {"cost_price": D("1.00001")}),
        ("code", "name", {"sales_analysis": "999"}),
        ("code", "name", {"vat_code": "GONE"}),
        ("bolt", "same code in other letters", {}),
    ],
)
def test_what_xero_would_refuse_is_refused_in_the_creator(shop, code, name, given):
    with pytest.raises(ProductRefused, match="Nothing was made"):
        make(shop, code, name, **given)
    assert ProductItem.objects.count() == 1


@pytest.mark.rule("PU-3")
def test_thirty_and_fifty_characters_just_fit(shop):
    made = make(shop, "x" * 30, "y" * 50)
    assert (made.code, made.description) == ("x" * 30, "y" * 50)
