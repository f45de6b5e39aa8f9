import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.changes.models import ChangeRecord
from counterfoil.changes.selectors import audit_of
from counterfoil.core.preflight import BooksFacts
from counterfoil.crm.customers.services import credit_rule_set, reference_rule_set, sales_ledger_stop
from counterfoil.crm.quotes.models import QuoteVersion
from counterfoil.crm.quotes.selectors import order_content_of
from counterfoil.crm.quotes.services import (
    ORDER_CONFIRMED,
    OrderStopped,
    QuoteChanged,
    QuoteRefused,
    delivery_set,
    line_add,
    quote_edit,
    quote_lose,
    quote_preflight,
    quote_settings_save,
)
from tests.builders import AT
from tests.domain.quotes.stage import LATER, ON

D = Decimal


def order_of(quote):
    change = ChangeRecord.objects.get(kind=ORDER_CONFIRMED, subject=f"quote:{quote.pk}")
    return order_content_of(change.payload["version"])


def stopped_by(shop, quote, **given):
    with pytest.raises(OrderStopped) as stopped:
        shop.confirm(quote, **given)
    quote.refresh_from_db()
    assert (quote.stage, quote.order_revision) == ("draft", 0)
    assert not ChangeRecord.objects.filter(kind=ORDER_CONFIRMED).exists()
    assert not QuoteVersion.objects.exists()
    return [check.key for check in stopped.value.checks if check.stops]


@pytest.mark.rule("PU-4")
def test_a_confirmed_quote_waits_with_a_snapshot_and_a_change_for_the_sync(shop):
    quote = shop.quote(customer_reference="PO 7")
    confirmed = shop.confirm(quote)
    assert confirmed.is_new
    quote.refresh_from_db()
    assert (quote.stage, quote.push_state, quote.order_revision) == ("waiting", "waiting", 1)
    assert (quote.confirmed_by, quote.confirmed_at) == (shop.rep, LATER)
    order = order_of(quote)
    assert order["ledger"]["ledger_id"] == shop.ledger.ledger_id
    assert (order["reference"], order["currency"], order["rate"], order["status"]) == (
        "PO 7",
        "GBP",
        "1",
        "DRAFT",
    )
    assert (order["uuid"], order["revision"], order["amends"]) == (str(quote.uuid), 1, "")
    assert [
        (line["code"], line["quantity"], line["unit_price"], line["amount"]) for line in order["lines"]
    ] == [("BOLT", "1", "25.06", "25.06")]
    assert (order["net"], order["tax"], order["total"]) == ("25.06", "5.01", "30.07")
    assert audit_of(shop.company.pk, f"quote:{quote.pk}")[0].action == "quote.confirmed"


@pytest.mark.rule("PU-10")
def test_the_snapshot_is_not_touched_by_what_changes_later(shop):
    quote = shop.quote()
    shop.confirm(quote)
    before = order_of(quote)
    shop.bolt.description, shop.bolt.selling_price = "Renamed", D(99)
    shop.bolt.save()
    assert order_of(quote) == before
    with pytest.raises(TypeError, match="never changes"):
        QuoteVersion.objects.get().save()


@pytest.mark.rule("PU-5", "IS-6")
def test_the_invoice_has_text_delivery_and_combined_words_but_no_optional_lines(shop):
    shop.bolt.extended_description = "M8, zinc"
    shop.bolt.save()
    quote_settings_save(
        shop.company, actor=shop.rep, at=AT, combine_descriptions=True, delivery_analysis="200"
    )
    quote = shop.quote(
        lines=[
            {"kind": "heading", "description": "Fixings"},
            {"product": shop.bolt},
            {"product": shop.bolt, "is_optional": True},
        ]
    )
    delivery_set(quote, "manual", actor=shop.rep, at=AT, charge=D("7.50"))
    shop.confirm(quote)
    order = order_of(quote)
    assert [(line["place"], line["kind"], line["description"]) for line in order["lines"]] == [
        (1, "heading", "Fixings"),
        (2, "item", "The bolt\nM8, zinc"),
        (3, "delivery", "Delivery"),
    ]
    assert order["total"] == "39.07"


@pytest.mark.rule("IS-7")
def test_the_status_and_our_own_number_are_settings(shop):
    quote_settings_save(shop.company, actor=shop.rep, at=AT, invoice_status="AUTHORISED", own_numbering=True)
    quotes = [shop.quote(), shop.quote()]
    for quote in quotes:
        shop.confirm(quote)
    orders = [order_of(quote) for quote in quotes]
    assert [(order["status"], order["invoice_number"]) for order in orders] == [
        ("AUTHORISED", "CRM-100001"),
        ("AUTHORISED", "CRM-100002"),
    ]


@pytest.mark.rule("PU-7")
def test_a_second_click_makes_no_second_order(shop):
    quote = shop.quote()
    seen = quote.edit_version
    assert shop.confirm(quote, expected_version=seen).is_new
    assert not shop.confirm(quote, expected_version=seen).is_new
    assert not shop.confirm(quote).is_new
    assert ChangeRecord.objects.filter(kind=ORDER_CONFIRMED).count() == 1
    assert QuoteVersion.objects.count() == 1


def test_a_quote_changed_since_it_was_looked_at_is_not_confirmed(shop):
    quote = shop.quote()
    seen = quote.edit_version
    line_add(quote, actor=shop.rep, at=AT, product=shop.bolt)
    with pytest.raises(QuoteChanged):
        shop.confirm(quote, expected_version=seen)
    quote.refresh_from_db()
    assert quote.stage == "draft"


def test_a_lost_quote_is_not_confirmed(shop):
    quote = quote_lose(shop.quote(), "Too dear", actor=shop.rep, at=AT)
    with pytest.raises(QuoteRefused, match="is lost"):
        shop.confirm(quote)


@pytest.mark.rule("CU-11", "PU-6")
def test_a_stop_set_after_the_page_was_shown_still_stops(shop):
    quote = shop.quote()
    assert not [check for check in quote_preflight(quote) if check.stops]
    sales_ledger_stop(shop.ledger, "Does not pay", shop.rep, AT)
    assert stopped_by(shop, quote) == ["stop"]


@pytest.mark.rule("CU-14")
def test_a_customer_whose_data_is_to_be_removed_gets_no_order(shop):
    shop.ledger.gdpr_request = shop.ledger.on_stop = True
    shop.ledger.save()
    assert stopped_by(shop, shop.quote()) == ["stop"]


@pytest.mark.rule("PU-6")
def test_what_the_books_lack_stops_the_order(shop):
    quote = shop.quote()
    shop.account.is_active = False
    shop.account.save()
    assert stopped_by(shop, quote) == ["account"]
    shop.account.is_active = True
    shop.account.save()
    shop.rates[0].is_active = False
    shop.rates[0].save()
    assert stopped_by(shop, quote) == ["tax"]
    shop.bolt.is_withdrawn = True
    shop.bolt.save()
    assert stopped_by(shop, quote) == ["product", "tax"]


@pytest.mark.rule("PU-6")
def test_currency_rate_reference_and_lock_date_are_checked_when_confirming(shop):
    quote = shop.quote(lines=[], currency="EUR")
    line_add(quote, actor=shop.rep, at=AT, product=shop.bolt, unit_price=D(20))
    reference_rule_set(shop.ledger, is_required=True, actor=shop.rep, at=AT)
    books = BooksFacts(is_connected=True, lock_date=ON)
    assert stopped_by(shop, quote, books=books) == ["reference", "currency", "rate", "lock_date"]


@pytest.mark.rule("PU-6")
def test_a_negative_order_is_pointed_to_a_credit_note(shop):
    quote = shop.quote(lines=[{"product": shop.bolt, "quantity": D(-1)}])
    assert stopped_by(shop, quote) == ["total"]
    assert "credit note" in " ".join(check.sentence for check in quote_preflight(quote))


@pytest.mark.rule("PU-6")
def test_a_blocking_credit_limit_counts_orders_on_their_way_and_can_be_overridden(shop):
    credit_rule_set(shop.ledger, D(50), "block", actor=shop.rep, at=AT)
    shop.confirm(shop.quote())
    second = shop.quote()
    with pytest.raises(OrderStopped, match="over the credit limit"):
        shop.confirm(second)
    assert shop.confirm(second, may_override_credit=True).is_new
    entries = audit_of(shop.company.pk, f"quote:{second.pk}")
    assert "the credit limit was overridden" in next(
        entry.summary for entry in entries if entry.action == "quote.credit_overridden"
    )


def test_an_override_of_the_credit_limit_overrides_nothing_else(shop):
    credit_rule_set(shop.ledger, D(1), "block", actor=shop.rep, at=AT)
    sales_ledger_stop(shop.ledger, "Does not pay", shop.rep, AT)
    assert stopped_by(shop, shop.quote(), may_override_credit=True) == ["stop", "credit"]


def test_a_warning_does_not_stop(shop):
    credit_rule_set(shop.ledger, D(1), "warn", actor=shop.rep, at=AT)
    assert shop.confirm(shop.quote()).is_new


@pytest.mark.rule("PU-1")
def test_an_order_of_a_customer_not_yet_in_the_books_names_the_customer_by_our_own_id(shop):
    from counterfoil.crm.customers.services import customer_create

    ledger = customer_create(shop.company, "Brand New", actor=shop.rep, at=AT, address_line1="1 Quay")
    quote = shop.quote(ledger=ledger)
    shop.confirm(quote)
    assert order_of(quote)["ledger"] == {
        "id": ledger.pk,
        "ledger_id": None,
        "uuid": str(ledger.uuid),
        "name": "Brand New",
    }


def test_dates_can_be_put_right_until_confirmed(shop):
    quote = shop.quote(due_date=ON - dt.timedelta(days=1))
    assert stopped_by(shop, quote) == ["due_date"]
    quote_edit(quote, actor=shop.rep, at=LATER, due_date=ON)
    assert shop.confirm(quote).is_new
    with pytest.raises(QuoteRefused, match="final now"):
        quote_edit(quote, actor=shop.rep, at=LATER, due_date=ON)


def queries_of(quote, shop):
    with CaptureQueriesContext(connection) as captured:
        shop.confirm(quote)
    return len(captured)


def test_confirming_asks_the_database_no_more_often_for_more_lines(shop):
    few, many = shop.quote(), shop.quote(lines=[{"product": shop.bolt}] * 12)
    assert queries_of(few, shop) == queries_of(many, shop)
