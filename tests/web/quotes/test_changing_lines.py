from decimal import Decimal

import pytest

from counterfoil.crm.quotes.services import line_remove
from tests.builders import AT
from tests.web.quotes.reading import LIVE, event, part, words


@pytest.fixture
def quote(shop):
    return shop.quote(lines=[{"product": shop.bolt}, {"product": shop.bolt, "quantity": Decimal(2)}])


def line_at(quote, place):
    return quote.lines.get(position=place)


@pytest.mark.rule("TX-4")
def test_a_new_quantity_answers_with_the_servers_totals(quote, pages):
    line = line_at(quote, 1)
    answer = pages.do(quote, "line-edit", line=line.pk, quantity="10")
    assert "250.60" in part(answer, f"line-{line.pk}")
    assert "Net 300.72 Tax 60.14 Total, GBP 360.86" in words(answer)
    assert event(answer) == {"line-changed": {"id": line.pk}}


@pytest.mark.parametrize(
    ("typed", "kept"), [("1,234.50", "1234.50"), ("12,5", "12.5"), (" £7 ", "7"), ("0.3333", "0.3333")]
)
def test_a_price_is_understood_as_people_write_it(quote, pages, typed, kept):
    pages.do(quote, "line-edit", line=line_at(quote, 1).pk, unit_price=typed)
    assert line_at(quote, 1).unit_price == Decimal(kept)


@pytest.mark.parametrize("typed", ["abc", "1.2.3", "NaN", "1e999", "--5"])
def test_what_is_no_number_is_refused_in_a_sentence_and_nothing_changes(quote, pages, typed):
    answer = pages.do(quote, "line-edit", line=line_at(quote, 1).pk, unit_price=typed)
    assert "Nothing was changed" in part(answer, "q-said")
    assert line_at(quote, 1).unit_price == Decimal("25.06")


def test_a_discount_beyond_the_whole_is_refused(quote, pages):
    answer = pages.do(quote, "line-edit", line=line_at(quote, 1).pk, discount_rate="101")
    assert "A discount is 0 to 100 per cent" in part(answer, "q-said")


def test_a_line_that_another_tab_removed_is_told_and_the_rest_shown(shop, quote, pages):
    line = line_at(quote, 1)
    key = line.pk
    line_remove(line, actor=shop.rep, at=AT)
    answer = pages.do(quote, "line-edit", line=key, quantity="9")
    assert "That line is no longer on the quote." in part(answer, "q-said")
    assert f'id="line-{key}"' not in answer.content.decode()


def test_a_line_is_moved_and_keeps_its_name_for_the_cursor(quote, pages):
    second = line_at(quote, 2)
    answer = pages.do(quote, "line-move", line=second.pk, position="1")
    second.refresh_from_db()
    assert second.position == 1
    assert event(answer) == {"line-moved": {"id": second.pk, "order": [second.pk, line_at(quote, 2).pk]}}


def test_a_moved_line_is_answered_without_any_line(quote, pages):
    """The rows are on the page already; only their order is told."""
    answer = pages.do(quote, "line-move", line=line_at(quote, 2).pk, position="1").content.decode()
    assert "data-position" not in answer
    assert "60.14" not in answer
    assert "90.21" in answer


def test_when_the_last_line_goes_the_page_says_that_there_is_none(shop, pages):
    quote = shop.quote()
    assert "No lines yet" in words(pages.do(quote, "line-remove", line=line_at(quote, 1).pk))


def test_an_optional_line_is_not_in_the_total(quote, pages):
    answer = pages.do(quote, "line-optional", line=line_at(quote, 2).pk)
    assert "Net 25.06" in part(answer, "q-totals")
    assert "Optional" in words(answer)


def test_a_removed_line_is_gone(quote, pages):
    pages.do(quote, "line-remove", line=line_at(quote, 1).pk)
    assert [line.quantity for line in quote.lines.all()] == [2]


def test_a_groups_subtotal_follows_its_lines(shop, pages):
    heading = {"kind": "heading", "description": "Ground floor"}
    quote = shop.quote(lines=[heading, {"product": shop.bolt}])
    answer = pages.do(quote, "line-edit", line=line_at(quote, 2).pk, quantity="4")
    assert f'id="sum-{line_at(quote, 1).pk}"' in answer.content.decode()
    assert "100.24" in words(answer)


@pytest.mark.rule("TX-2")
def test_the_tax_of_a_line_says_why_it_was_chosen(quote, pages):
    text = words(pages.page(quote))
    assert "OUTPUT2 at 20% is the product's and used for home customers." in text


def test_another_tax_code_is_chosen_by_hand_in_the_folded_part(quote, pages):
    line = line_at(quote, 1)
    folded = pages.client.get(f"/quotes/{quote.pk}/line", {"line": line.pk}, headers=LIVE)
    assert "RROUTPUT at 5%" in words(folded)
    pages.do(quote, "line-edit", line=line.pk, tax_type="RROUTPUT")
    assert "was chosen by Rep" in words(pages.page(quote))


def test_the_cost_is_changed_by_those_who_may_see_it_only(shop, quote, pages):
    from counterfoil.crm.quotes.services import quote_settings_save

    quote_settings_save(shop.company, actor=shop.rep, at=AT, margin_roles=["administrator"])
    pages.do(quote, "line-edit", line=line_at(quote, 1).pk, cost_price="1")
    assert line_at(quote, 1).cost_price == 10
    assert "margin" not in words(pages.page(quote)).lower()


@pytest.mark.rule("PU-5")
def test_delivery_by_hand_is_in_the_total_and_taxed(shop, quote, pages):
    answer = pages.do(quote, "delivery", mode="manual", charge="12.50")
    assert "Delivery 12.50 Net 87.68" in part(answer, "q-totals")


def test_the_answer_of_one_line_stays_small_on_a_long_quote(shop, pages):
    quote = shop.quote(lines=[{"product": shop.bolt}] * 30)
    answer = pages.do(quote, "line-edit", line=line_at(quote, 7).pk, quantity="2")
    assert answer.content.decode().count("data-position") == 1
