"""Lists by keyboard, by mouse and without scripts: rows chosen, views kept, columns shown."""

import pytest
from playwright.sync_api import Page, expect

from tests import builders
from tests.browser.pages import AUDIT, sign_in
from tests.web import world

NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm")


@pytest.fixture
def company(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = builders.operating_company("Northwind", home_currency="GBP", home_country="GB")
    world.member(company, email="ada@example.com")
    for name in NAMES:
        world.customer(company, name, postcode=f"{name[0]}1 1AA")
    return company


def customers_open(page: Page, url: str) -> None:
    sign_in(page, url)
    page.goto(f"{url}/customers/")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def chosen(page: Page):
    return page.locator("#list input[name=row]:checked")


def bar(page: Page):
    return page.locator("#bulk")


def test_customers_are_put_on_stop_by_keyboard_alone(page, live_server, company):
    from counterfoil.crm.customers.models import SalesLedger

    customers_open(page, live_server.url)
    expect(bar(page)).to_be_hidden()
    press(page, "j", "x", "j", "j", "Shift+X")
    expect(bar(page)).to_contain_text("3 chosen")
    press(page, "x")
    expect(bar(page)).to_contain_text("2 chosen")
    press(page, "b")
    expect(page.locator("#bulk summary").first).to_be_focused()
    press(page, "Tab", "Enter")
    expect(page.locator("#bulk textarea")).to_be_focused()
    page.keyboard.type("Unpaid since May")
    press(page, "Tab", "Enter")
    expect(page.get_by_text("2 customers were put on stop")).to_be_visible()
    stopped = SalesLedger.objects.filter(stop_reason="Unpaid since May").order_by("name")
    assert [ledger.name for ledger in stopped] == ["Alder", "Birch"]


def test_escape_closes_a_menu_first_and_then_chooses_none(page, live_server, company):
    customers_open(page, live_server.url)
    press(page, "j", "Space", "b", "Enter")
    expect(page.locator("#bulk details[open]")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator("#bulk details[open]")).to_have_count(0)
    expect(chosen(page)).to_have_count(1)
    press(page, "Escape")
    expect(chosen(page)).to_have_count(0)
    expect(bar(page)).to_be_hidden()


def test_a_click_with_shift_chooses_all_rows_between(page, live_server, company):
    customers_open(page, live_server.url)
    boxes = page.locator("#list input[name=row]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(chosen(page)).to_have_count(4)
    expect(page.get_by_label("Choose all on this page")).to_have_js_property("indeterminate", True)
    page.get_by_label("Choose all on this page").check()
    expect(bar(page)).to_contain_text("5 chosen")
    page.get_by_role("button", name="Choose none").click()
    expect(chosen(page)).to_have_count(0)


def test_all_that_match_are_offered_when_the_whole_page_is_chosen(page, live_server, company):
    for n in range(60):
        world.customer(company, f"Customer {n:02}")
    customers_open(page, live_server.url)
    every = page.get_by_label("All 65 that match")
    page.locator("#list input[name=row]").first.check()
    expect(every).to_be_hidden()
    page.get_by_label("Choose all on this page").check()
    every.check()
    expect(bar(page)).to_contain_text("65 chosen")
    page.locator("#list input[name=row]").first.uncheck()
    expect(bar(page)).to_contain_text("49 chosen")


def test_the_chosen_are_downloaded_twice_if_one_likes(page, live_server, company):
    """A button that leads nowhere else stays alive."""
    customers_open(page, live_server.url)
    press(page, "j", "x")
    for ending in ("xlsx", "csv", "csv"):
        with page.expect_download() as download:
            page.locator(f"#bulk button[value={ending}]").click()
        assert download.value.suggested_filename.endswith(f".{ending}")
    expect(bar(page)).to_contain_text("1 chosen")


def test_enter_on_the_box_of_a_row_opens_its_record(page, live_server, company):
    customers_open(page, live_server.url)
    page.locator("#list input[name=row]").nth(1).focus()
    press(page, "Space", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Birch")


def test_columns_come_and_go_while_their_menu_stays_open_and_a_view_keeps_them(page, live_server, company):
    customers_open(page, live_server.url)
    page.locator("#list-columns summary").click()
    page.get_by_label("Postcode").check()
    expect(page.get_by_role("columnheader", name="Postcode")).to_be_visible()
    expect(page.get_by_label("Postcode")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Name, code, e-mail or phone").fill("birch")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator("#list-view summary").click()
    page.locator("#list-view input[name=name]").fill("By area")
    press(page, "Enter")
    views = page.get_by_role("navigation", name="Saved views")
    expect(views.get_by_role("link", name="By area")).to_have_attribute("aria-current", "page")
    views.get_by_role("link", name="All customers").click()
    expect(page.locator("[data-row]")).to_have_count(5)
    expect(page.get_by_role("columnheader", name="Postcode")).to_have_count(0)
    views.get_by_role("link", name="By area").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="Postcode")).to_be_visible()


def test_exports_follow_what_is_searched_for_while_one_types(page, live_server, company):
    customers_open(page, live_server.url)
    page.get_by_label("Name, code, e-mail or phone").fill("elm")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator("#list-export summary").click()
    expect(page.get_by_role("link", name="CSV")).to_have_attribute("href", "export.csv?q=elm")


def test_the_usual_columns_come_back(page, live_server, company):
    customers_open(page, live_server.url)
    page.goto(f"{live_server.url}/customers/?columns=name,postcode")
    expect(page.get_by_role("columnheader")).to_have_count(3)
    page.locator("#list-columns summary").click()
    page.get_by_role("button", name="Back to the usual ones").click()
    expect(page.get_by_role("columnheader", name="Phone")).to_be_visible()
    expect(page.get_by_label("Postcode")).not_to_be_checked()
    page.wait_for_url(f"{live_server.url}/customers/")


def test_everything_works_without_scripts_on_a_phone(browser, live_server, company):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    customers_open(page, live_server.url)
    page.locator("#list-columns summary").click()
    page.get_by_label("Postcode").check()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_text("B1 1AA")).to_be_visible()
    page.locator("#list-view summary").click()
    page.locator("#list-view input[name=name]").fill("By area")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("navigation", name="Saved views")).to_contain_text("By area")
    page.locator("#list input[name=row]").nth(2).check()
    bar(page).get_by_text("Put on stop").first.click()
    page.locator("#bulk textarea").fill("Unpaid")
    page.locator("#bulk button[value=stop]").click()
    expect(page.get_by_text("1 customer was put on stop")).to_be_visible()
    context.close()


@pytest.mark.parametrize("opened", ["#list-columns", "#list-view", "#list-export", "#bulk .bulk-act"])
def test_menus_and_chosen_rows_are_sound_in_each_width_and_theme(page, live_server, company, picture, opened):
    customers_open(page, live_server.url)
    page.goto(f"{live_server.url}/customers/?columns=name,code,postcode,phone,balance")
    page.locator("#list input[name=row]").first.check()
    page.locator(f"{opened} summary").first.click()
    problems = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1440, 768, 360):
            page.set_viewport_size({"width": width, "height": 900})
            problems += [f"{theme} {width}: {problem}" for problem in page.evaluate(AUDIT)]
            picture(f"{theme}-{width}")
    assert problems == []
