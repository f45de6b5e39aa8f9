from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.quotes.services import order_push_noted
from tests.builders import AT, guid
from tests.web import world
from tests.web.quotes.reading import Pages, part, words


def changes(company):
    return ChangeRecord.objects.of(company).filter(kind="order.confirmed")


def noted(quote, state, **given):
    quote.refresh_from_db()
    order_push_noted(quote, state, revision=quote.order_revision, at=timezone.now(), **given)


@pytest.mark.rule("PU-6")
def test_the_checks_stand_beside_the_button_each_failure_with_its_fix(shop, pages):
    shop.ledger.on_stop, shop.ledger.stop_reason = True, "Unpaid since May"
    shop.ledger.save()
    answer = pages.page(shop.quote())
    text = part(answer, "q-confirm")
    assert "1 thing to put right" in text
    assert "Ridgeway is on stop: Unpaid since May." in text
    assert f'href="/customers/{shop.ledger.pk}/">Open the customer</a>' in answer.content.decode()
    assert 'type="submit" disabled' in answer.content.decode()
    assert "On stop" in part(answer, "q-bar")


def test_a_quote_without_fault_is_ready(shop, pages):
    answer = pages.page(shop.quote())
    assert "Ready to confirm" in words(answer)
    assert "Confirm · £30.07" in words(answer)


@pytest.mark.rule("CU-11")
def test_the_stop_is_looked_at_again_when_the_button_is_pressed(shop, pages):
    quote = shop.quote()
    pages.page(quote)
    shop.ledger.on_stop = True
    shop.ledger.save()
    assert "on stop" in words(pages.press(quote, "confirm", edit_version=quote.edit_version))
    assert not changes(shop.company).exists()


@pytest.mark.rule("PU-7")
def test_two_clicks_and_two_tabs_make_one_order(shop, pages):
    quote = shop.quote()
    for _ in range(2):
        answer = pages.press(quote, "confirm", edit_version=quote.edit_version)
    assert changes(shop.company).count() == 1
    assert "Waiting to be confirmed" in words(answer)


def test_what_somebody_else_changed_meanwhile_is_not_confirmed_unseen(shop, pages):
    quote = shop.quote()
    pages.do(quote, "line-edit", line=quote.lines.get().pk, quantity="100")
    answer = pages.press(quote, "confirm", edit_version=quote.edit_version)
    assert "was changed by somebody else meanwhile" in words(answer)
    assert not changes(shop.company).exists()


def test_an_order_waits_visibly_while_xero_is_not_connected(shop, pages):
    quote = shop.quote()
    text = part(pages.press(quote, "confirm"), "q-confirm")
    assert "Waiting to be sent" in text
    assert "Nothing is lost" in text


@pytest.mark.rule("PU-4")
def test_the_panel_asks_again_until_the_number_is_there(shop, pages):
    world.connection(shop.company)
    quote = shop.quote()
    answer = pages.press(quote, "confirm")
    assert 'hx-trigger="every 1s"' in answer.content.decode()
    noted(quote, "sent", invoice_id="i-1", number="INV-0042", status="DRAFT")
    answer = pages.client.get(f"/quotes/{quote.pk}/where", headers={"HX-Request": "true"})
    assert "Invoice INV-0042" in words(answer)
    assert 'hx-trigger="every 1s"' not in answer.content.decode()
    assert "Confirmed" in part(answer, "q-path")


@pytest.mark.rule("PU-8")
def test_a_refusal_shows_what_xero_said_and_ways_on(shop, pages):
    quote = shop.quote()
    pages.press(quote, "confirm")
    noted(quote, "refused", words="Account code '200' is archived.")
    text = words(pages.page(quote))
    assert "Account code '200' is archived." in text
    assert "Edit the order" in text
    assert "Refused by Xero" in text


def test_a_refused_order_is_opened_put_right_and_confirmed_again(shop, pages):
    quote = shop.quote()
    pages.press(quote, "confirm")
    noted(quote, "refused", words="No.")
    assert "Ready to confirm" in words(pages.press(quote, "reopen"))
    pages.press(quote, "confirm")
    quote.refresh_from_db()
    assert (quote.stage, quote.order_revision) == ("waiting", 2)


@pytest.fixture
def order(shop, pages):
    """Confirmed, made, and read back."""
    from counterfoil.crm.quotes.services import document_linked

    def made(status: str, total: str = "30.07") -> Any:
        quote = shop.quote()
        pages.press(quote, "confirm")
        noted(quote, "sent", invoice_id=guid("INV-42"), number="INV-42", status="DRAFT")
        given = {"status": status, "state": "pending" if status == "DRAFT" else "invoiced"}
        header = world.document(shop.ledger, "INV-42", total, external_id=guid("INV-42"), **given)
        document_linked(quote, header, at=AT)
        quote.refresh_from_db()
        return quote

    return made


def test_the_panel_of_an_invoice_says_number_status_due_paid_and_what_is_open(order, pages):
    text = words(pages.page(order("AUTHORISED")))
    assert "Invoice INV-42" in text
    assert "Due 1 Nov 2026 Total £30.07 Paid £0.00 Amount due £30.07" in text


def test_the_orders_own_invoice_is_not_what_was_paid_last(shop, order, pages):
    quote = order("DRAFT")
    world.line(quote.document, product=shop.bolt, unit_price=Decimal("25.06"))
    assert "last paid" not in words(pages.page(quote))


@pytest.mark.rule("PU-9")
def test_while_the_invoice_is_a_draft_the_order_is_amended_from_the_panel(order, pages):
    assert "Amend the order The invoice is still a draft" in words(pages.page(order("DRAFT")))


@pytest.mark.rule("PU-9")
def test_an_approved_invoice_says_why_it_is_not_amended_and_offers_what_to_do(order, pages):
    text = words(pages.page(order("AUTHORISED")))
    assert "INV-42 is authorised in Xero and only drafts can be amended." in text
    assert "make a credit note for it in Xero" in text
    assert "New order from this" in text


@pytest.mark.rule("PU-9")
def test_what_was_changed_in_xero_stands_beside_what_was_confirmed(order, pages):
    text = words(pages.page(order("AUTHORISED", "36.07")))
    assert "Changed in Xero since confirmed: the total differs by £6.00." in text


def test_an_administrator_may_pass_a_blocking_credit_limit_and_is_told_so(shop, company):
    shop.ledger.credit_limit, shop.ledger.credit_rule = Decimal(1), "block"
    shop.ledger.save()
    quote = shop.quote()
    admin = Pages(world.browser_of(world.member(company)))
    assert "Confirm all the same" in words(admin.page(quote))
    admin.press(quote, "confirm", edit_version=quote.edit_version)
    assert changes(company).count() == 1


def test_a_rep_may_not(shop, pages):
    shop.ledger.credit_limit, shop.ledger.credit_rule = Decimal(1), "block"
    shop.ledger.save()
    quote = shop.quote()
    assert "over the credit limit" in words(pages.press(quote, "confirm", edit_version=quote.edit_version))
    assert not changes(shop.company).exists()


@pytest.mark.parametrize("role", ["accounts", "read_only"])
def test_others_read_the_quote_without_fields_or_buttons(shop, company, role):
    quote = shop.quote()
    reader = Pages(world.browser_of(world.member(company, role)))
    shown = reader.page(quote).content.decode()
    assert "data-edit" not in shown
    assert "confirm-form" not in shown
    assert "The bolt" in shown
    assert reader.press(quote, "confirm").status_code == 403


def test_confirming_sends_no_call_and_costs_few_queries(shop, pages, django_assert_max_num_queries):
    quote = shop.quote(lines=[{"product": shop.bolt}] * 12)
    with django_assert_max_num_queries(45):
        pages.client.post(f"/quotes/{quote.pk}/confirm", {"edit_version": quote.edit_version})
    quote.refresh_from_db()
    assert quote.stage == "waiting"
