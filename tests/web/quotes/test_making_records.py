import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.products.models import ProductItem
from counterfoil.crm.quotes.models import Quote
from tests.web.quotes.reading import words

NEW = {"name": "Alder Foods", "b2c": "b2b", "currency": "GBP"}


@pytest.mark.rule("PU-1")
def test_a_name_is_enough_for_a_customer_and_its_quote(shop, pages):
    answer = pages.client.post("/customers/new/", NEW | {"quote": "1"}, follow=True)
    assert "Alder Foods was made" in words(answer)
    quote = Quote.objects.get()
    assert quote.sales_ledger.name == "Alder Foods"
    assert answer.redirect_chain[-1][0] == f"/quotes/{quote.pk}/"


def test_a_customer_that_looks_alike_is_shown_before_anything_is_made(shop, pages):
    answer = pages.client.post("/customers/new/", NEW | {"name": "RIDGEWAY Ltd."})
    text = words(answer)
    assert "Is it one of these?" in text
    assert "Same name" in text
    assert SalesLedger.objects.count() == 1


def test_having_looked_at_it_one_makes_another_all_the_same(shop, pages):
    pages.client.post("/customers/new/", NEW | {"name": "Ridgeway", "despite": [shop.ledger.pk]})
    assert SalesLedger.objects.filter(name="Ridgeway").count() == 2


def test_what_xero_would_refuse_is_refused_with_the_form_still_filled(shop, pages):
    answer = pages.client.post("/customers/new/", NEW | {"email": "ada at example", "phone": "0123"})
    assert "is no e-mail address Xero takes" in words(answer)
    assert 'value="0123"' in answer.content.decode()


@pytest.mark.rule("PU-3")
def test_a_product_made_here_can_be_quoted_at_once(shop, pages):
    given = {"code": "SHELF", "name": "Oak shelf", "selling_price": "19.99", "is_sellable": "on"}
    answer = pages.client.post("/products/new/", given, follow=True)
    assert "Xero gets it with the first confirmed order" in words(answer)
    quote = shop.quote(lines=[])
    pages.do(quote, "line-add", q="shelf")
    assert str(quote.lines.get().unit_price) == "19.9900"


@pytest.mark.parametrize(("field", "text"), [("code", "C" * 31), ("name", "N" * 51)])
def test_a_code_or_name_that_is_too_long_is_refused(shop, pages, field, text):
    given = {"code": "SHELF", "name": "Oak shelf", field: text}
    assert pages.client.post("/products/new/", given).status_code == 400
    assert not ProductItem.objects.exclude(pk=shop.bolt.pk).exists()


def test_a_code_that_is_taken_is_named(shop, pages):
    answer = pages.client.post("/products/new/", {"code": "bolt", "name": "Another"})
    assert "BOLT The bolt has this code already" in words(answer)


SETTINGS = {
    "valid_days": "14",
    "terms_days": "30",
    "line_amount_types": "Exclusive",
    "default_analysis": "200",
    "delivery_mode": "automatic",
    "delivery_charge": "5.00",
    "delivery_free_over": "100",
    "delivery_code": "BOLT",
    "delivery_description": "Carriage",
    "invoice_status": "DRAFT",
    "number_prefix": "CRM-",
    "margin_roles": ["administrator"],
}


@pytest.mark.rule("PU-5")
def test_an_administrator_sets_how_delivery_is_charged_and_new_quotes_follow(shop, browser):
    answer = browser.post("/settings/quotes/", SETTINGS, follow=True)
    assert "The settings were saved." in words(answer)
    quote = shop.quote()
    quote.refresh_from_db()
    assert (str(quote.delivery_charge), quote.delivery_description) == ("5.0000", "The bolt")
    assert str(quote.valid_until) == "2026-12-04"


def test_a_delivery_product_that_does_not_exist_is_told(shop, browser):
    answer = browser.post("/settings/quotes/", SETTINGS | {"delivery_code": "NONE"})
    assert "No product has the code NONE. Nothing was changed." in words(answer)
