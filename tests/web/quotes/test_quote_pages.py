from decimal import Decimal

import pytest

from counterfoil.crm.quotes.services import quote_lose, quote_send
from tests.builders import AT
from tests.domain.quotes.stage import customer
from tests.web import world
from tests.web.quotes.reading import event, part, words


def test_a_new_quote_opens_for_the_chosen_customer(shop, pages):
    found = pages.client.get("/quotes/new/customers", {"q": "ridge"}, headers={"HX-Request": "true"})
    assert "Ridgeway" in words(found)
    answer = pages.client.post("/quotes/new/", {"customer": shop.ledger.pk}, follow=True)
    assert "No lines yet." in words(answer)
    assert "Q-1001" in words(answer)


def test_a_customer_of_another_company_cannot_be_quoted(pages, other_company):
    foreign = customer(other_company, "Elsewhere")
    assert pages.client.post("/quotes/new/", {"customer": foreign.pk}).status_code == 404


@pytest.mark.rule("CU-12")
def test_the_customers_standing_is_in_view(shop, pages):
    shop.ledger.balance_overdue, shop.ledger.balance_outstanding = Decimal("882.17"), Decimal("1200.5")
    shop.ledger.save()
    page = pages.page(shop.quote())
    assert "Overdue £882.17" in part(page, "q-bar")
    assert "Balance £1,200.50 £882.17 overdue" in words(page)


def test_a_field_of_the_head_is_saved_alone(shop, pages):
    quote = shop.quote()
    pages.do(quote, "edit", customer_reference="PO 4711")
    pages.do(quote, "edit", due_date="2027-01-31")
    quote.refresh_from_db()
    assert (quote.customer_reference, quote.due_date.isoformat()) == ("PO 4711", "2027-01-31")


def test_a_day_that_does_not_exist_is_refused(shop, pages):
    answer = pages.do(shop.quote(), "edit", due_date="2027-02-30")
    assert "“2027-02-30” is no due date. Nothing was changed" in part(answer, "q-said")


@pytest.mark.rule("TX-3")
def test_a_missing_rate_is_told_beside_the_field_and_among_the_checks(shop, pages):
    quote = shop.quote(lines=[])
    pages.do(quote, "edit", currency="XAU")
    text = words(pages.page(quote))
    assert "There is no exchange rate from GBP to XAU" in text
    pages.do(quote, "edit", rate="0.0005")
    quote.refresh_from_db()
    assert (quote.rate, quote.rate_source) == (Decimal("0.0005"), "set by hand on the quote")


def test_a_sent_quote_is_fixed_until_it_is_revised(shop, pages):
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=AT)
    fixed = pages.page(quote).content.decode()
    assert 'id="add-line"' not in fixed
    assert 'name="customer_reference"' in fixed
    revised = pages.press(quote, "revise")
    assert "Version 2" in words(revised)
    assert 'id="add-line"' in revised.content.decode()


def test_a_former_version_is_read_as_it_was(shop, pages):
    quote = shop.quote()
    quote_send(quote, actor=shop.rep, at=AT)
    pages.press(quote, "revise")
    pages.do(quote, "line-edit", line=quote.lines.get().pk, quantity="9")
    version = quote.versions.filter(moment="sent").get()
    text = words(pages.client.get(f"/quotes/{quote.pk}/version", {"id": version.pk}))
    assert "The bolt" in text
    assert "30.07" in text


def test_losing_needs_a_reason_and_shows_it(shop, pages):
    quote = shop.quote()
    assert "Say why" in words(pages.press(quote, "lose", reason=" "))
    assert "Too dear" in words(pages.press(quote, "lose", reason="Too dear"))


def test_a_copy_is_another_quote_with_the_same_lines(shop, pages):
    answer = pages.press(shop.quote(), "copy")
    assert "Q-1002" in words(answer)
    assert 'value="The bolt"' in answer.content.decode()


def test_the_list_is_narrowed_by_stage_and_searched_by_customer(shop, pages):
    shop.quote()
    lost = shop.quote(ledger=customer(shop.company, "Harbour Ltd"))
    quote_lose(lost, "Too dear", actor=shop.rep, at=AT)
    assert "Q-1002" not in words(pages.client.get("/quotes/", {"status": "open"}))
    assert "Q-1001" not in words(pages.client.get("/quotes/", {"q": "harbour"}))
    assert "Harbour Ltd" in words(pages.client.get("/quotes/", {"q": "harbour"}))


def test_the_customers_page_lists_their_quotes_and_no_others(shop, pages):
    mine, other = shop.quote(title="Spring"), shop.quote(ledger=customer(shop.company, "Harbour Ltd"))
    text = words(pages.client.get(f"/customers/{shop.ledger.pk}/", {"tab": "quotes"}))
    assert "Quotes and orders 1" in text
    assert mine.number in text
    assert "Spring" in text
    assert other.number not in text


def test_a_quote_is_begun_from_the_customers_page(shop, pages):
    page = pages.client.get(f"/customers/{shop.ledger.pk}/", {"tab": "quotes"}).content.decode()
    assert f'name="customer" value="{shop.ledger.pk}"' in page


def test_the_board_adds_up_each_stage(shop, pages):
    shop.quote()
    shop.quote(lines=[{"product": shop.bolt, "quantity": Decimal(3)}])
    assert "Draft 2 £120.29" in words(pages.client.get("/quotes/board/"))


def test_a_person_sees_their_own_board(shop, company):
    shop.quote()
    other = world.browser_of(world.member(company, "sales", "other@example.com"))
    assert "Q-1001" not in words(other.get("/quotes/board/", {"owner": "me"}))
    assert "Q-1001" in words(other.get("/quotes/board/"))


def test_an_unknown_act_tells_the_script_nothing(shop, pages):
    assert event(pages.do(shop.quote(), "edit", title="Spring")) == {}


@pytest.mark.parametrize("count", [2, 30])
def test_the_list_costs_the_same_queries_however_many_quotes(shop, pages, count, django_assert_num_queries):
    for _ in range(count):
        shop.quote(lines=[])
    pages.client.get("/quotes/")
    with django_assert_num_queries(LIST_QUERIES):
        pages.client.get("/quotes/")


LIST_QUERIES = 9
