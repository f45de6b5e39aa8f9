"""The screens of quotes in three widths and both themes, and typing faster than the server answers."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests import builders
from tests.browser.pages import look, sign_in
from tests.domain.quotes.stage import Shop, customer, product
from tests.web import world

ADDRESSES = {
    "draft": "/quotes/{draft}/",
    "order": "/quotes/{order}/",
    "refused": "/quotes/{refused}/",
    "lost": "/quotes/{lost}/",
    "line": "/quotes/{draft}/line?line={line}",
    "mail": "/quotes/{draft}/mail",
    "list": "/quotes/",
    "board": "/quotes/board/",
    "version": "/quotes/{revised}/version?id={version}",
    "settings": "/settings/quotes/",
    "templates": "/settings/quotes/templates/",
    "outbox": "/settings/integration/xero/outbox/?group=all",
    "customer-quotes": "/customers/{ledger}/?tab=quotes",
    "new": "/quotes/new/?q=ridge",
    "customer": "/customers/new/",
    "product": "/products/new/",
}


@pytest.fixture
def shop(transactional_db, settings) -> Shop:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = builders.operating_company("Northwind", home_currency="GBP", home_country="GB")
    world.member(company, email="ada@example.com")
    return Shop(company)


@pytest.fixture
def keys(shop) -> dict[str, int]:
    """Quotes in every condition a page shows."""
    from counterfoil.crm.quotes.services import quote_confirm, quote_lose, quote_revise, quote_send

    stopped = customer(
        shop.company, "Alder Foods Ltd", on_stop=True, stop_reason="Disputes two invoices", balance_overdue=12
    )
    lines = [
        {"kind": "heading", "description": "Ground floor"},
        {"product": shop.bolt, "quantity": Decimal(1200)},
        {"kind": "text", "description": "Delivered to the shed, as agreed on Monday by telephone"},
        {"description": "Engraving", "unit_price": Decimal("12.3456"), "discount_rate": Decimal("12.5")},
    ]
    draft = shop.quote(
        ledger=stopped, lines=lines, title="Spring, with a title that goes on for quite a while"
    )
    order, refused, lost, revised = (shop.quote() for _ in range(4))
    quote_send(revised, actor=shop.rep, at=builders.AT)
    quote_revise(revised, actor=shop.rep, at=builders.AT)
    quote_lose(lost, "Too dear", actor=shop.rep, at=builders.AT)
    for one in (order, refused):
        quote_confirm(one, actor=shop.rep, at=builders.AT)
    noted(order, "sent", invoice_id="i-1", number="INV-0042", status="DRAFT")
    noted(refused, "refused", words="Account code '200' is archived.")
    template(shop)
    made = {"draft": draft, "order": order, "refused": refused, "lost": lost, "revised": revised}
    others = {"line": draft.lines.get(position=2), "version": revised.versions.last(), "ledger": stopped}
    return {name: one.pk for name, one in (made | others).items()}


def template(shop):
    from counterfoil.crm.documents.models import QuoteTemplate

    values = {"file_name": "our letter.docx", "content": b"PK", "size": 18_432, "uploaded_at": builders.AT}
    QuoteTemplate.objects.create(
        operating_company=shop.company, name="Our letter", uploaded_by=shop.rep, is_default=True, **values
    )


def noted(quote, state, **given):
    from counterfoil.crm.quotes.services import order_push_noted

    order_push_noted(quote, state, revision=1, at=builders.AT, **given)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_screen_of_quotes_is_sound_in_each_width_and_theme(page, live_server, keys, picture, name):
    sign_in(page, live_server.url)
    assert look(page, live_server.url + ADDRESSES[name].format(**keys), picture) == []


@pytest.fixture
def typing(page, live_server, shop):
    """An open draft, the cursor where lines are added, and an answer that takes its time."""
    quote = shop.quote(lines=[])
    product(shop.company, "NUT", selling_price=Decimal("0.10"))
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/quotes/{quote.pk}/")
    expect(page.locator("#add-line")).to_be_focused()
    return quote


def lines_of(quote):
    return list(quote.lines.order_by("position").values_list("code", "quantity"))


def test_codes_and_quantities_typed_ahead_of_the_server_all_arrive(page, typing):
    for text in ("bolt", "5", "nut", "100"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    expect(page.locator("#q-lines [data-position]")).to_have_count(2)
    expect(page.locator("[name=quantity]").nth(1)).to_have_value("100")
    expect(page.locator("[name=quantity]").nth(0)).to_have_value("5")
    expect(page.locator("#q-total")).to_have_text("162.36")
    assert lines_of(typing) == [("BOLT", 5), ("NUT", 100)]


def test_a_scanner_adds_one_product_after_the_other(page, typing):
    from counterfoil.crm.products.models import ProductItem

    ProductItem.objects.filter(code="BOLT").update(barcode="5012345678900")
    ProductItem.objects.filter(code="NUT").update(barcode="4006381333931")
    for count, code in enumerate(("5012345678900", "4006381333931"), start=1):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#q-lines [data-position]")).to_have_count(count)
    assert lines_of(typing) == [("BOLT", 1), ("NUT", 1)]


def test_a_line_moves_with_alt_and_the_cursor_stays_in_it(page, typing):
    for text in ("bolt", "1", "nut", "1"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    second = page.locator("[name=quantity]").nth(1)
    expect(second).to_be_visible()
    name = second.get_attribute("id")
    second.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#q-lines [data-position]").first).to_contain_text("NUT")
    expect(page.locator(f"#{name}")).to_be_focused()


def test_places_and_numbers_follow_a_move_and_a_removal(page, typing):
    for text in ("bolt", "1", "nut", "1", "bolt", "2"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    places = page.locator("#q-lines [data-position]")
    expect(places).to_have_count(3)
    expect(page.locator("[name=quantity]").nth(2)).to_have_value("2")
    page.locator("[name=quantity]").nth(2).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("Quantity, line 2")).to_be_focused()
    expect(page.get_by_label("Quantity, line 2")).to_have_value("2")
    page.keyboard.press("Alt+Delete")
    expect(places).to_have_count(2)
    expect(page.get_by_label("Quantity, line 2")).to_have_value("1")
    expect(page.locator("#q-total")).to_have_text("30.19")
    assert lines_of(typing) == [("BOLT", 1), ("NUT", 1)]


def test_a_line_is_dragged_to_its_place(page, typing):
    for text in ("bolt", "1", "nut", "1"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    grips = page.locator("#q-lines .grip")
    expect(grips).to_have_count(2)
    grips.nth(1).drag_to(page.locator("#q-lines [data-position]").first)
    expect(page.locator("#q-lines [data-position]").first).to_contain_text("NUT")
    expect(grips.first).to_have_text("1")


def test_what_is_typed_while_an_answer_arrives_is_not_lost(page, typing):
    page.keyboard.type("bolt")
    page.keyboard.press("Enter")
    expect(page.locator("[name=quantity]")).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    page.keyboard.type("3.5")
    expect(page.locator("#q-total")).to_have_text("210.50")
    expect(page.locator("[name=unit_price]")).to_have_value("3.5")
    expect(page.locator("[name=unit_price]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#q-total")).to_have_text("29.40")


def test_a_refused_word_stays_in_the_field_with_the_list_open(page, typing, shop):
    product(shop.company, "BOLT-L")
    page.keyboard.type("bol")
    page.keyboard.press("Enter")
    expect(page.locator("#q-said")).to_contain_text("choose one")
    expect(page.locator("#add-line")).to_have_value("bol")
    expect(page.locator("#found-products [role=option]").first).to_be_visible()


def test_the_link_of_a_check_leads_to_the_field_that_fixes_it(page, live_server, shop, typing):
    page.keyboard.type("bolt")
    page.keyboard.press("Enter")
    expect(page.locator("[name=quantity]")).to_be_focused()
    typing.lines.update(analysis="")
    page.reload()
    page.locator(".checks a", has_text="Go there").click()
    expect(page.locator("[name=analysis]")).to_be_focused()


@pytest.fixture
def board(page, live_server, shop):
    """The board with one draft on it."""
    quote = shop.quote(title="Spring")
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/quotes/board/")
    return quote


def column(page, name):
    return page.locator(f"[data-stage={name}]")


def stage_of(quote):
    quote.refresh_from_db()
    return quote.stage


def test_a_card_is_dragged_to_another_stage_and_the_sums_follow(page, board):
    page.locator(".card-of").drag_to(column(page, "sent"))
    expect(column(page, "sent").locator(".card-of")).to_contain_text("Spring")
    expect(column(page, "sent").locator(".board-sum")).to_have_text("£30.07")
    expect(column(page, "draft").locator(".board-sum")).to_have_text("£0.00")
    assert stage_of(board) == "sent"


def test_a_card_is_moved_with_alt_and_arrows_and_keeps_the_focus(page, board):
    page.locator(".card-link").focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(column(page, "sent").locator(".card-link")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(column(page, "won").locator(".card-link")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#q-said")).to_contain_text("becomes an order when it is confirmed on its page")
    expect(column(page, "won").locator(".card-link")).to_be_focused()
    assert stage_of(board) == "won"


def test_a_card_dropped_on_lost_asks_why_and_stays_without_an_answer(page, board):
    page.locator(".card-of").drag_to(column(page, "lost"))
    expect(page.get_by_role("dialog")).to_contain_text("Why was it lost?")
    page.keyboard.press("Escape")
    expect(column(page, "draft").locator(".card-link")).to_be_focused()
    page.locator(".card-of").drag_to(column(page, "lost"))
    page.get_by_label("Reason").fill("Too dear")
    page.keyboard.press("Enter")
    expect(column(page, "lost").locator(".card-of")).to_be_visible()
    board.refresh_from_db()
    assert (board.stage, board.lost_reason) == ("lost", "Too dear")
