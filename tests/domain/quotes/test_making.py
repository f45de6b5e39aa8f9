import datetime as dt
from decimal import Decimal

import pytest

from counterfoil.changes.selectors import audit_of
from counterfoil.crm.finance.models import HandRate
from counterfoil.crm.quotes.services import (
    QuoteChanged,
    QuoteRefused,
    delivery_set,
    quote_copy,
    quote_create,
    quote_edit,
    quote_send,
    quote_settings_save,
)
from tests.builders import AT, operating_company, sales_ledger
from tests.domain.quotes.stage import LATER, ON, customer, product, user

D = Decimal


def rate(company, currency, value, on=ON):
    return HandRate.objects.create(operating_company=company, currency=currency, on=on, per_home=D(value))


def test_a_new_quote_knows_what_is_known_of_its_customer(shop):
    shop.ledger.payment_terms = "14 days after the invoice date"
    shop.ledger.save()
    quote = shop.quote(lines=[])
    assert (quote.number, quote.version, quote.stage, quote.owner) == ("Q-1001", 1, "draft", shop.rep)
    assert (quote.currency, quote.rate, quote.rate_source) == ("GBP", 1, "home currency")
    assert (quote.due_date, quote.valid_until) == (dt.date(2026, 12, 4), dt.date(2026, 12, 20))
    assert [entry.action for entry in audit_of(shop.company.pk, f"quote:{quote.pk}")] == ["quote.created"]


def test_quotes_are_numbered_per_company(shop):
    other = operating_company("Southwind")
    first = [shop.quote(lines=[]).number for _ in range(2)]
    theirs = quote_create(sales_ledger(other, "x"), actor=user(other, "o@example.com"), at=AT, on=ON)
    assert first == ["Q-1001", "Q-1002"]
    assert theirs.number == "Q-1001"


@pytest.mark.rule("TX-3")
def test_the_rate_is_kept_with_its_source_and_day(shop):
    rate(shop.company, "EUR", "1.25", on=dt.date(2026, 11, 1))
    quote = shop.quote(currency="EUR")
    assert (quote.rate, quote.rate_on, quote.rate_source) == (D("1.25"), dt.date(2026, 11, 1), "set by hand")
    line = quote.lines.get()
    assert line.unit_price == D("31.3250")
    assert (quote.net, quote.home_total) == (D("31.33"), D("30.0800"))


@pytest.mark.rule("TX-3")
def test_a_missing_rate_is_said_on_the_quote_and_never_taken_for_one(shop):
    quote = shop.quote(lines=[], currency="EUR")
    assert (quote.rate, quote.home_total) == (None, None)
    assert "no exchange rate from GBP to EUR for 20 November 2026" in quote.rate_problem
    with pytest.raises(QuoteRefused, match="no exchange rate"):
        shop.quote(currency="EUR")
    quote_edit(quote, actor=shop.rep, at=LATER, rate=D("1.1"))
    assert (quote.rate, quote.rate_source, quote.rate_problem) == (D("1.1"), "set by hand on the quote", "")


@pytest.mark.rule("CU-7", "CU-10")
def test_currency_and_discount_are_the_customers(shop):
    rate(shop.company, "USD", "1.5")
    ledger = customer(shop.company, "Overseas", currency="USD", discount=D("7.5"), country="USA")
    quote = shop.quote(ledger=ledger)
    assert (quote.currency, quote.lines.get().discount_rate) == ("USD", D("7.5"))
    assert quote.net == D("34.77")  # 25.06 × 1.5 less 7.5 %


def test_another_currency_converts_prices_and_another_day_takes_its_rate(shop):
    rate(shop.company, "EUR", "1.25")
    rate(shop.company, "EUR", "1.20", on=ON - dt.timedelta(days=9))
    quote = shop.quote()
    quote_edit(quote, actor=shop.rep, at=LATER, currency="EUR")
    assert quote.lines.get().unit_price == D("31.3250")
    quote_edit(quote, actor=shop.rep, at=LATER, date=ON - dt.timedelta(days=5))
    assert quote.rate == D("1.20")
    assert quote.lines.get().unit_price == D("31.3250")


@pytest.mark.rule("TX-2")
def test_another_customer_takes_another_tax_unless_somebody_chose_it(shop):
    abroad = customer(shop.company, "Overseas", country="USA")
    quote = shop.quote(lines=[{"product": shop.bolt}, {"product": shop.bolt, "tax_type": "RROUTPUT"}])
    quote_edit(quote, actor=shop.rep, at=LATER, sales_ledger=abroad)
    first, second = quote.lines.all()
    assert (first.tax_type, first.tax) == ("ZERORATEDOUTPUT", 0)
    assert "is not used for customers outside the EU" in first.tax_why
    assert (second.tax_type, second.tax_why) == ("RROUTPUT", "RROUTPUT at 5% was chosen by Rep.")


@pytest.mark.rule("CU-8")
def test_the_customers_own_tax_type_drives_the_tax(shop):
    ledger = customer(shop.company, "Reduced", tax_type="RROUTPUT")
    line = shop.quote(ledger=ledger).lines.get()
    assert (line.tax_type, line.tax) == ("RROUTPUT", D("1.25"))
    assert line.tax_why == "RROUTPUT at 5% is the customer's own tax type."


def test_prices_without_tax_have_none_and_inclusive_ones_contain_it(shop):
    quote = shop.quote(line_amount_types="Inclusive")
    assert (quote.net, quote.tax, quote.total) == (D("25.06"), D("5.01"), D("30.07"))
    quote_edit(quote, actor=shop.rep, at=LATER, line_amount_types="NoTax")
    assert (quote.tax, quote.total) == (0, D("30.07"))
    assert quote.lines.get().tax_why == "The quote is without tax."


@pytest.mark.rule("TX-4")
def test_the_totals_of_a_quote_are_rounded_per_line(shop):
    shop.rates[0].rate = D(15)
    shop.rates[0].save()
    lines = [{"product": shop.bolt, "unit_price": D(price)} for price in ("25.06", "25.61", "25.63")]
    quote = shop.quote(lines=lines)
    assert (quote.net, quote.tax, quote.total) == (D("76.30"), D("11.44"), D("87.74"))


@pytest.mark.rule("PU-5")
def test_delivery_by_order_value_follows_the_lines(shop):
    post = product(shop.company, "POST", description="Carriage", vat_code="RROUTPUT")
    quote_settings_save(
        shop.company,
        actor=shop.rep,
        at=AT,
        delivery_mode="automatic",
        delivery_product=post,
        delivery_charge=D("7.50"),
        delivery_free_over=D(100),
    )
    quote = shop.quote()
    assert (quote.delivery_net, quote.delivery_tax) == (D("7.50"), D("0.38"))
    assert (quote.delivery_analysis, quote.delivery_code) == ("200", "POST")
    assert "is the product's" in quote.delivery_tax_why
    assert quote.total == D("37.95")
    from counterfoil.crm.quotes.services import line_edit

    line_edit(quote.lines.get(), actor=shop.rep, at=LATER, quantity=D(4))
    quote.refresh_from_db()
    assert (quote.delivery_net, quote.net) == (0, D("100.24"))


@pytest.mark.rule("PU-5")
def test_delivery_by_hand_takes_account_and_tax_of_the_settings(shop):
    quote_settings_save(
        shop.company, actor=shop.rep, at=AT, delivery_analysis="200", delivery_tax_type="RROUTPUT"
    )
    quote = shop.quote()
    delivery_set(quote, "manual", actor=shop.rep, at=LATER, charge=D(10))
    assert (quote.delivery_net, quote.delivery_tax, quote.delivery_description) == (10, D("0.50"), "Delivery")
    delivery_set(quote, "none", actor=shop.rep, at=LATER)
    assert quote.total == D("30.07")
    with pytest.raises(QuoteRefused, match="what delivery costs"):
        delivery_set(quote, "manual", actor=shop.rep, at=LATER)


def test_two_tabs_do_not_overwrite_each_other(shop):
    quote = shop.quote()
    seen = quote.edit_version
    quote_edit(quote, actor=shop.rep, at=LATER, title="mine", expected_version=seen)
    with pytest.raises(QuoteChanged):
        quote_edit(quote, actor=shop.rep, at=LATER, title="other", expected_version=seen)
    quote.refresh_from_db()
    assert quote.title == "mine"


def test_what_was_sent_changes_only_in_its_details(shop):
    quote = quote_send(shop.quote(), actor=shop.rep, at=LATER)
    quote_edit(quote, actor=shop.rep, at=LATER, customer_reference="PO 7")
    with pytest.raises(QuoteRefused, match="revise it"):
        quote_edit(quote, actor=shop.rep, at=LATER, currency="EUR", customer_reference="PO 8")
    quote.refresh_from_db()
    assert (quote.customer_reference, quote.currency) == ("PO 7", "GBP")


@pytest.mark.parametrize(
    "given",
    [
        {"title": "x" * 201},
        {"customer_reference": "x" * 256},
        {"currency": "POUND"},
        {"line_amount_types": "Net"},
        {"date": None},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(shop, given):
    quote = shop.quote()
    with pytest.raises(QuoteRefused, match="Nothing was changed"):
        quote_edit(quote, actor=shop.rep, at=LATER, **given)


def test_a_rate_by_hand_must_be_one(shop):
    rate(shop.company, "EUR", "1.25")
    quote = shop.quote(currency="EUR")
    for wrong in (D(0), D(-1), D("NaN")):
        with pytest.raises(QuoteRefused):
            quote_edit(quote, actor=shop.rep, at=LATER, rate=wrong)


def test_records_of_another_company_are_refused(shop):
    other = operating_company("Southwind")
    quote = shop.quote()
    with pytest.raises(QuoteRefused, match="another operating company"):
        quote_edit(quote, actor=shop.rep, at=LATER, sales_ledger=sales_ledger(other, "x"))
    with pytest.raises(QuoteRefused, match="does not work"):
        quote_edit(quote, actor=shop.rep, at=LATER, owner=user(other, "stranger@example.com"))


def test_a_copy_is_a_new_draft_with_todays_rate_and_taxes(shop):
    quote = quote_send(
        shop.quote(title="Bolts", lines=[{"product": shop.bolt, "unit_price": D(30)}]), actor=shop.rep, at=AT
    )
    abroad = customer(shop.company, "Overseas", country="USA")
    made = quote_copy(quote, actor=shop.rep, at=LATER, on=ON + dt.timedelta(days=40), ledger=abroad)
    assert (made.number, made.stage, made.title, made.sales_ledger) == ("Q-1002", "draft", "Bolts", abroad)
    line = made.lines.get()
    assert (line.unit_price, line.tax_type) == (30, "ZERORATEDOUTPUT")
    assert (made.total, made.uuid == quote.uuid) == (30, False)


def test_an_amount_that_no_column_holds_is_refused_in_words(shop):
    rate(shop.company, "EUR", "1.25")
    quote = shop.quote(
        currency="EUR", lines=[{"product": shop.bolt, "quantity": D(10**6), "unit_price": D(10**6)}]
    )
    with pytest.raises(QuoteRefused, match="cannot be kept"):
        quote_edit(quote, actor=shop.rep, at=LATER, rate=D("0.0000001"))
    quote.refresh_from_db()
    assert quote.rate == D("1.25")
