from decimal import Decimal

import pytest

from counterfoil.crm.quotes.services import order_push_noted, quote_lose, quote_send, quote_win
from tests.builders import AT
from tests.web import world
from tests.web.quotes.reading import LIVE, words


@pytest.fixture
def quote(shop):
    return shop.quote()


def move(pages, quote, stage, **given):
    """What dropping a card sends; the answer is the board."""
    return pages.client.post(f"/quotes/{quote.pk}/move", {"stage": stage, **given}, headers=LIVE)


def stage_of(quote):
    quote.refresh_from_db()
    return quote.stage


def test_a_moved_card_stands_in_its_column_and_both_columns_are_added_up_anew(shop, pages, quote):
    shop.quote(lines=[{"product": shop.bolt, "quantity": Decimal(3)}])
    assert "Draft 2 £120.29" in words(pages.client.get("/quotes/board/"))
    answer = words(move(pages, quote, "sent"))
    assert "Draft 1 £90.22" in answer
    assert "Sent 1 £30.07" in answer
    assert "Q-1001 is in Sent: 1, £30.07." in answer
    assert quote.versions.get().moment == "sent"


def test_a_card_goes_the_whole_way_back_to_a_new_version(pages, quote):
    for stage in ("sent", "won", "draft"):
        move(pages, quote, stage)
        assert stage_of(quote) == stage
    assert quote.version == 2


def test_a_lost_quote_says_why(pages, quote):
    assert "Say why the quote was lost. Nothing was changed." in words(move(pages, quote, "lost"))
    assert stage_of(quote) == "draft"
    move(pages, quote, "lost", reason="Too dear")
    assert (stage_of(quote), quote.lost_reason) == ("lost", "Too dear")


@pytest.mark.parametrize(
    ("before", "wanted", "why"),
    [
        ([], "waiting", "Q-1001 becomes an order when it is confirmed on its page, after the checks."),
        ([], "invoiced", "Q-1001 gets there by itself, when it was confirmed and its invoice is made."),
        ([quote_win], "sent", "From Won, Q-1001 goes to Lost or Draft only."),
        ([quote_send], "nowhere", "Q-1001 is in Sent."),
    ],
)
def test_where_a_card_cannot_go_is_said_with_the_way_on(shop, pages, quote, before, wanted, why):
    for step in before:
        step(quote, actor=shop.rep, at=AT)
    was = quote.stage
    assert f"{why} Nothing was changed." in words(move(pages, quote, wanted))
    assert stage_of(quote) == was


def test_a_lost_quote_goes_back_to_draft_only(shop, pages, quote):
    quote_lose(quote, "Too dear", actor=shop.rep, at=AT)
    assert "From Lost, Q-1001 goes to Draft only." in words(move(pages, quote, "won"))


def test_an_order_follows_its_invoice_and_no_card(shop, pages, quote):
    shop.confirm(quote)
    order_push_noted(quote, "sent", revision=1, at=AT, invoice_id="i-1", number="INV-1", status="DRAFT")
    assert "is an order: its stage follows its invoice." in words(move(pages, quote, "lost", reason="x"))
    pages.press(quote, "amend")
    assert "is an order being changed." in words(move(pages, quote, "sent"))


def test_a_quote_without_lines_is_not_sent(shop, pages):
    assert "has no lines yet. Nothing was sent." in words(move(pages, shop.quote(lines=[]), "sent"))


def test_without_a_script_the_cards_menu_moves_it(pages, quote):
    answer = pages.press(quote, "move", stage="won")
    assert "Q-1001 is in Won: 1, £30.07." in words(answer)


def test_ones_own_board_stays_ones_own(shop, pages, quote, company):
    other = world.browser_of(world.member(company, "sales", "other@example.com"))
    answer = other.post(f"/quotes/{quote.pk}/move", {"stage": "won", "owner": "me"}, headers=LIVE)
    assert 'data-owner="me"' in answer.content.decode()
    assert 'class="card-of"' not in answer.content.decode()


def test_who_may_not_edit_quotes_sees_cards_that_stay(company, quote):
    reader = world.browser_of(world.member(company, "read_only"))
    page = reader.get("/quotes/board/").content.decode()
    assert 'draggable="true"' not in page
    assert reader.post(f"/quotes/{quote.pk}/move", {"stage": "won"}).status_code == 403
