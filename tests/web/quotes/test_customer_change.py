"""A quote goes to another customer, and says what became otherwise by that."""

from decimal import Decimal

import pytest

from counterfoil.crm.quotes.services import order_amend, order_push_noted
from tests.builders import AT
from tests.domain.quotes.stage import ON, customer
from tests.web import world
from tests.web.quotes.reading import words


def give(pages, quote, ledger):
    return words(pages.press(quote, "customer", customer=ledger.pk))


@pytest.fixture
def abroad(shop):
    """A customer in France who pays in euros and has a discount."""
    from counterfoil.crm.finance.models import Currency, HandRate

    Currency.objects.create(operating_company=shop.company, code="EUR", name="Euro")
    HandRate.objects.create(operating_company=shop.company, currency="EUR", on=ON, per_home=Decimal("1.25"))
    given = {"country": "France", "vat_number": "FR40303265045", "currency": "EUR", "discount": Decimal(10)}
    return customer(shop.company, "Lyon Outils", **given)


@pytest.mark.rule("TX-2", "TX-3")
def test_currency_rate_tax_and_discount_are_chosen_anew_and_told(shop, pages, abroad):
    quote = shop.quote()
    text = give(pages, quote, abroad)
    assert "Q-1001 is for Lyon Outils now. Currency: EUR instead of GBP at 1.25" in text
    assert "prices were converted" in text
    assert "Tax: ZERORATEDOUTPUT at 0% instead of OUTPUT2 at 20% on 1 line." in text
    assert "Discount: 10 % on 1 line." in text
    assert "Total: 28.19 EUR instead of 30.07 GBP." in text
    quote.refresh_from_db()
    assert (quote.sales_ledger, quote.currency, quote.rate, quote.total) == (
        abroad,
        "EUR",
        Decimal("1.25"),
        Decimal("28.19"),
    )


def test_what_was_chosen_by_hand_stays(shop, pages, abroad):
    quote = shop.quote(
        lines=[{"product": shop.bolt, "tax_type": "RROUTPUT", "discount_rate": Decimal("2.5")}]
    )
    text = give(pages, quote, abroad)
    assert "Tax:" not in text
    assert "Discount:" not in text
    line = quote.lines.get()
    assert (line.tax_type, line.discount_rate) == ("RROUTPUT", Decimal("2.5"))


def test_the_contact_of_the_former_customer_is_taken_off(shop, pages):
    quote = shop.quote()
    grace = world.contact(shop.ledger.division)
    pages.do(quote, "edit", contact=grace.pk)
    text = give(pages, quote, customer(shop.company, "Harbour Ltd"))
    assert "Grace Adams is no longer its contact." in text
    quote.refresh_from_db()
    assert quote.contact is None


def test_the_same_terms_leave_nothing_to_tell(shop, pages):
    quote = shop.quote()
    assert "Q-1001 is for Harbour Ltd now." in give(pages, quote, customer(shop.company, "Harbour Ltd"))
    assert quote.lines.get().tax_type == "OUTPUT2"


def test_an_order_that_has_an_invoice_keeps_its_customer(shop, pages):
    quote = shop.quote()
    shop.confirm(quote)
    order_push_noted(quote, "sent", revision=1, at=AT, invoice_id="i-1", number="INV-1", status="DRAFT")
    order_amend(quote, actor=shop.rep, at=AT)
    text = give(pages, quote, customer(shop.company, "Harbour Ltd"))
    assert "has an invoice for Ridgeway. Nothing was changed; copy it instead." in text


def test_the_page_finds_customers_and_none_of_another_company(shop, pages, other_company):
    quote = shop.quote()
    customer(shop.company, "Harbour Ltd")
    foreign = customer(other_company, "Harbour Elsewhere")
    found = words(pages.client.get(f"/quotes/{quote.pk}/customer", {"q": "harbour"}))
    assert "Harbour Ltd" in found
    assert "Elsewhere" not in found
    assert pages.client.post(f"/quotes/{quote.pk}/customer", {"customer": foreign.pk}).status_code == 404
