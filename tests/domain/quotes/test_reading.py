import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.crm.quotes.listing import QUOTES, quotes_board, quotes_like
from counterfoil.crm.quotes.selectors import (
    last_prices_paid,
    line_of,
    margin_is_shown,
    quote_acts,
    quote_of,
    quote_settings_of,
    tax_options,
)
from counterfoil.crm.quotes.services import (
    QuoteRefused,
    order_push_noted,
    quote_send,
    quote_settings_save,
    quote_win,
)
from counterfoil.crm.sales.models import SalesOrderHeader, SalesTransaction
from tests.builders import AT, operating_company
from tests.domain.quotes.stage import LATER, ON, customer

D = Decimal


def sold(shop, price, on, ledger=None, kind="I"):
    amounts = dict.fromkeys(
        ("net", "tax", "total", "home_net", "home_total", "amount_paid", "amount_credited", "amount_due"),
        D(0),
    )
    header = SalesOrderHeader.objects.create(
        operating_company=shop.company,
        kind=kind,
        sales_ledger=ledger or shop.ledger,
        number=f"INV {on}",
        status="PAID",
        state="invoiced",
        is_reported=True,
        date=on,
        currency="GBP",
        rate=D(1),
        line_amount_types="Exclusive",
        is_paid=True,
        **amounts,
    )
    line = dict.fromkeys(("net", "tax", "gross", "home_net", "home_gross"), D(0))
    SalesTransaction.objects.create(
        operating_company=shop.company,
        header=header,
        position=0,
        kind=kind,
        product=shop.bolt,
        quantity=D(3),
        unit_price=D(price),
        **line,
    )


def test_the_last_price_is_what_this_customer_paid_last(shop):
    sold(shop, "20", ON - dt.timedelta(days=9))
    sold(shop, "22.5", ON - dt.timedelta(days=2))
    sold(shop, "21", ON - dt.timedelta(days=5))
    sold(shop, "1", ON, ledger=customer(shop.company, "Other"))
    sold(shop, "2", ON, kind="C")
    found = last_prices_paid(shop.ledger, [shop.bolt.pk])[shop.bolt.pk]
    assert (found.unit_price, found.quantity, found.on) == (D("22.5"), 3, ON - dt.timedelta(days=2))
    assert last_prices_paid(shop.ledger, []) == {}


def test_the_board_has_every_stage_with_what_it_is_worth(shop):
    shop.quote()
    quote_send(shop.quote(), actor=shop.rep, at=AT)
    quote_send(shop.quote(), actor=shop.rep, at=AT)
    quote_win(shop.quote(), actor=shop.rep, at=AT)
    board = quotes_board(shop.company.pk, {}, most=1)
    assert [(c.name, c.count, c.home_total, len(c.quotes)) for c in board] == [
        ("Draft", 1, D("30.07"), 1),
        ("Sent", 2, D("60.14"), 1),
        ("Won", 1, D("30.07"), 1),
        ("Waiting to be confirmed", 0, 0, 0),
        ("Confirmed", 0, 0, 0),
        ("Invoiced", 0, 0, 0),
        ("Lost", 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({}, 2),
        ({"status": "open"}, 1),
        ({"status": "orders"}, 1),
        ({"status": "refused"}, 1),
        ({"status": "draft"}, 1),
        ({"status": "lost"}, 0),
        ({"q": "ridge"}, 2),
        ({"q": "po 7"}, 1),
        ({"q": "nobody"}, 0),
        ({"currency": "EUR"}, 0),
    ],
)
def test_quotes_are_found_by_stage_and_words(shop, criteria, count):
    shop.quote()
    order = shop.quote(customer_reference="PO 7")
    shop.confirm(order)
    order_push_noted(order, "refused", revision=1, at=LATER, words="No.")
    page, totals = QUOTES.page(shop.company.pk, criteria, sort="number", descending=True, number=1, size=10)
    assert (len(page.rows), totals.count) == (count, count)


def test_quotes_of_another_company_are_out_of_reach(shop):
    quote = shop.quote(customer_reference="PO 7")
    other = operating_company("Southwind").pk
    assert quote_of(other, quote.pk) is None
    assert line_of(other, quote.pk, quote.lines.get().pk) is None
    assert quotes_like(other, "PO", 5) == []
    assert [found.pk for found in quotes_like(shop.company.pk, "po 7", 5)] == [quote.pk]


def test_what_may_be_done_depends_on_stage_and_invoice(shop):
    quote = shop.quote()
    assert {"edit", "send", "confirm"} <= quote_acts(quote)
    shop.confirm(quote)
    assert "reopen" not in quote_acts(quote)
    order_push_noted(quote, "refused", revision=1, at=LATER, words="No.")
    assert "reopen" in quote_acts(quote)


def test_who_sees_margins_is_a_setting(shop):
    assert margin_is_shown(quote_settings_of(shop.company), "sales")
    quote_settings_save(shop.company, actor=shop.rep, at=AT, margin_roles=["administrator"])
    assert not margin_is_shown(quote_settings_of(shop.company), "sales")


@pytest.mark.parametrize(
    "given",
    [
        {"invoice_status": "PAID"},
        {"delivery_charge": D(-1)},
        {"margin_roles": ["boss"]},
        {"default_tax_types": {"moon": "OUTPUT2"}},
        {"terms_days": -1},
    ],
)
def test_settings_that_do_not_fit_are_refused(shop, given):
    with pytest.raises(QuoteRefused, match="Nothing was changed"):
        quote_settings_save(shop.company, actor=shop.rep, at=AT, **given)
    assert quote_settings_of(shop.company).pk is None


@pytest.mark.rule("TX-2")
def test_the_organisations_default_for_a_place_is_a_setting(shop):
    quote_settings_save(shop.company, actor=shop.rep, at=AT, default_tax_types={"home": "RROUTPUT"})
    shop.account.tax_type = ""
    shop.account.save()
    line = shop.quote(lines=[{"description": "Survey", "unit_price": D(80), "analysis": "200"}]).lines.get()
    assert (line.tax_type, line.tax_why) == (
        "RROUTPUT",
        "RROUTPUT at 5% is the organisation's default for home customers.",
    )


def test_the_tax_codes_to_choose_from_are_the_active_ones_for_sales(shop):
    shop.rates[1].is_active = False
    shop.rates[1].save()
    assert [rate.tax_type for rate in tax_options(shop.company)] == ["OUTPUT2", "ZERORATEDOUTPUT"]
