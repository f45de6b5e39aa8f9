from decimal import Decimal

import pytest

from tests.domain.quotes.stage import product
from tests.web import world
from tests.web.quotes.reading import event, words


def lines(quote):
    return list(quote.lines.order_by("position"))


@pytest.mark.parametrize("typed", ["BOLT", "bolt", "5012345678900", "the bol"])
def test_a_line_is_added_by_code_barcode_or_the_only_name_that_fits(shop, pages, typed):
    shop.bolt.barcode = "5012345678900"
    shop.bolt.save()
    quote = shop.quote(lines=[])
    answer = pages.do(quote, "line-add", q=typed)
    (line,) = lines(quote)
    assert (line.code, line.quantity, line.net) == ("BOLT", 1, Decimal("25.06"))
    assert event(answer) == {"line-added": {"id": line.pk}}


def test_a_quantity_in_front_is_taken_along(shop, pages):
    quote = shop.quote(lines=[])
    pages.do(quote, "line-add", q="3x bolt")
    assert [line.quantity for line in lines(quote)] == [3]


def test_words_that_fit_several_products_add_nothing_and_ask(shop, pages):
    product(shop.company, "BOLT-L")
    product(shop.company, "BOLT-M")
    quote = shop.quote(lines=[])
    answer = pages.do(quote, "line-add", q="bolt-")
    assert "fits 2 products. Nothing was added; choose one." in words(answer)
    assert event(answer) == {"quote-refused": {"event": "line-added"}}
    assert lines(quote) == []


def test_what_is_chosen_from_the_list_is_added_whatever_was_typed(shop, pages):
    quote = shop.quote(lines=[])
    pages.do(quote, "line-add", q="bo", product=shop.bolt.pk)
    assert [line.code for line in lines(quote)] == ["BOLT"]


@pytest.mark.parametrize(
    ("typed", "given", "kind", "text"),
    [
        ("# Ground floor", {}, "heading", "Ground floor"),
        ('" as agreed', {}, "text", "as agreed"),
        ("Engraving", {"kind": "item"}, "item", "Engraving"),
        ("Engraving", {"kind": "text"}, "text", "Engraving"),
    ],
)
def test_words_become_a_group_a_text_or_a_free_line(shop, pages, typed, given, kind, text):
    quote = shop.quote(lines=[])
    pages.do(quote, "line-add", q=typed, **given)
    (line,) = lines(quote)
    assert (line.kind, line.description, line.product) == (kind, text, None)


def test_the_list_tells_stock_price_and_what_this_customer_last_paid(shop, pages):
    header = world.document(shop.ledger, "INV-7", "20.00")
    world.line(header, net="20.00", product=shop.bolt, unit_price=Decimal("20.00"))
    text = words(pages.ask(shop.quote(lines=[]), "bolt"))
    assert "BOLT The bolt" in text
    assert "last paid £20.00 on 1 Oct 2026" in text
    assert "£25.06" in text


def test_the_list_offers_a_free_line_when_nothing_is_called_so(shop, pages):
    text = words(pages.ask(shop.quote(lines=[]), "delivery to the attic"))
    assert "Free line: “delivery to the attic”" in text


def test_a_product_of_another_company_cannot_be_added(shop, pages, other_company):
    foreign = product(other_company, "ANVIL")
    quote = shop.quote(lines=[])
    assert pages.do(quote, "line-add", q="anvil", product=foreign.pk).status_code == 404
    assert lines(quote) == []


def test_without_a_script_the_same_form_works(shop, pages):
    quote = shop.quote(lines=[])
    answer = pages.press(quote, "line-add", q="bolt")
    assert "The line was added." in words(answer)
    assert [line.code for line in lines(quote)] == ["BOLT"]
