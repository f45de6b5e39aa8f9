"""Every screen as people see it: three widths, both themes, filled and empty; and the walk by keyboard."""

from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from counterfoil.web.reports.index import REPORTS
from tests import builders
from tests.browser.pages import look, sign_in, sign_in_by_form
from tests.builders import AT
from tests.web import world

XERO = "/settings/integration/xero/"
LISTS = (
    "/",
    "/customers/",
    "/suppliers/",
    "/people/",
    "/products/",
    "/invoices/",
    "/credit-notes/",
    "/purchase-orders/",
    "/tax-codes/",
    "/currencies/",
    "/analysis-codes/",
)
SETTINGS = (
    "/settings/integration/",
    XERO,
    f"{XERO}settings/",
    f"{XERO}set-aside/",
    f"{XERO}left-out/",
    "/customers/waiting/",
    "/reports/",
    "/reports/reconciliation/",
    *(f"/reports/{screen.name}/" for screen in REPORTS),
    "/reports/sales-lines/",
    "/preferences/",
    "/settings/users/",
    "/settings/company/",
)


@pytest.fixture
def company(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    company = builders.operating_company("Northwind", home_currency="GBP", home_country="GB")
    world.member(company, email="ada@example.com")
    return company


@pytest.fixture
def filled(company) -> list[str]:
    """A little of everything; the pages of single records."""
    from counterfoil.crm.finance.models import AnalysisCode, Currency

    ledger = world.customer(
        company,
        "Alder Foods Ltd",
        account_number="C1017",
        email="grace@alder.example",
        phone="+44 161 496 0000",
        balance_outstanding=Decimal("1234.50"),
        balance_overdue=Decimal("234.50"),
        on_stop=True,
        stopped_by_user=True,
        stop_reason="Disputes two invoices",
        stopped_at=AT,
        address_line1="1 Mill Lane",
    )
    month = world.document(ledger, "INV-NOW", "480.00", date=timezone.localdate())
    world.document(ledger, "CN-NOW", "-80.00", kind="C", date=month.date)
    for name in ("Birch Press", "Cedar Cycles & Sons with a name that goes on for quite a while"):
        world.customer(company, name, balance_outstanding=Decimal("88.00"))
    world.contact(ledger.division, email="grace@alder.example")
    item = world.product(company, "TAB-100", extended_description="Oiled oak.\n" * 8, is_stocked=True)
    header = world.document(ledger, "INV-1001", "116.52", currency="EUR", rate=Decimal("1.1652"))
    world.line(header, "Oak table", "116.52", product=item)
    world.paid(ledger, "INV-1002")
    world.document(ledger, "INV-1003", state="voided", status="VOIDED", is_reported=False)
    credit = world.document(ledger, "CN-77", "-30.00", kind="C")
    supplier = builders.purchase_ledger(company, "Cedar Supplies", balance_outstanding=Decimal(50))
    order = world.purchase_order(supplier, "PO-5", delivery_address="Dock 4")
    world.tax_combination(company)
    world.tax_combination(company, country_type="non_eu", applies=False, by_hand=True)
    for code, home in (("GBP", True), ("XAU", False)):
        Currency.objects.create(operating_company=company, code=code, name=code, is_home=home)
    account = {"external_id": "a", "account_type": "REVENUE", "status": "ACTIVE", "is_active": True}
    AnalysisCode.objects.create(operating_company=company, code="200", name="Sales", **account)
    link = world.connection(company, is_demo=True)
    world.set_aside(link)
    world.running_pass(link)
    tabs = ("people", "divisions", "documents", "products", "timeline&show=notes", "origin")
    return [
        f"/customers/{ledger.pk}/?at=0",
        *(f"/customers/{ledger.pk}/?tab={tab}" for tab in tabs),
        f"/suppliers/{supplier.pk}/",
        f"/people/{ledger.division.contacts.get().pk}/",
        f"/products/{item.pk}/",
        f"/invoices/{header.pk}/",
        f"/credit-notes/{credit.pk}/",
        f"/purchase-orders/{order.pk}/",
    ]


@pytest.mark.parametrize("address", [*LISTS, *SETTINGS])
def test_a_screen_with_records_is_sound_in_each_width_and_theme(page, live_server, filled, picture, address):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}{address}", picture) == []


@pytest.mark.parametrize("address", [*LISTS, *SETTINGS])
def test_a_screen_without_records_is_sound_in_each_width_and_theme(
    page, live_server, company, picture, address
):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}{address}", picture) == []


@pytest.mark.parametrize("place", range(13))
def test_the_page_of_a_record_is_sound_in_each_width_and_theme(page, live_server, filled, picture, place):
    sign_in(page, live_server.url)
    assert look(page, f"{live_server.url}{filled[place]}", picture) == []


@pytest.mark.parametrize("address", ["/sign-in/", "/no-such-page/"])
def test_the_pages_in_front_of_the_door_are_sound(page, live_server, company, picture, address):
    problems = look(page, f"{live_server.url}{address}", picture)
    assert [problem for problem in problems if "status of 404" not in problem] == []


def test_the_first_page_of_all_is_sound(page, live_server, transactional_db, picture):
    assert look(page, f"{live_server.url}/first-run/", picture) == []


def test_from_signing_in_to_an_invoice_and_back_by_keyboard_alone(page, live_server, filled):
    sign_in_by_form(page, live_server.url)
    page.goto(f"{live_server.url}/customers/")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Alder Foods Ltd")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Alder Foods Ltd")
    page.wait_for_load_state()  # keys are listened to when the scripts have come
    page.keyboard.press("]")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Birch Press")
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("#finder")).to_be_focused()
    page.keyboard.type("inv-1001")
    expect(page.locator("#finder-found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("INV-1001")
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#finder")).not_to_be_focused()


def test_figures_of_the_dashboard_open_their_lists_and_the_chart_its_table(page, live_server, filled):
    sign_in_by_form(page, live_server.url)
    figure = page.get_by_role("link", name="Overdue customers")
    figure.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Alder Foods Ltd")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.go_back()
    month = page.locator(".chart-table tbody tr").first
    expect(month).to_be_hidden()
    page.get_by_text("Show as a table").focus()
    page.keyboard.press("Enter")
    expect(month).to_be_visible()


def test_the_first_stop_of_the_tab_key_leads_past_the_side_bar(page, live_server, company):
    sign_in_by_form(page, live_server.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_list_narrows_while_one_types_and_the_address_keeps_it(page, live_server, filled):
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/customers/")
    page.get_by_label("Name, code, e-mail or phone").fill("birch")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.wait_for_url("**/customers/?*q=birch*")
    page.reload()
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_menu_closes_with_escape_and_gives_the_focus_back(page, live_server, company):
    sign_in_by_form(page, live_server.url)
    mine = page.locator("details.person")
    mine.locator("summary").click()
    expect(mine.get_by_role("button", name="Dark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mine.get_by_role("button", name="Dark")).to_be_hidden()
    expect(mine.locator("summary")).to_be_focused()


def test_the_theme_one_chose_holds_whatever_the_system_says(page, live_server, company):
    sign_in_by_form(page, live_server.url)
    page.emulate_media(color_scheme="light")
    page.locator("details.person summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 20)"


@pytest.mark.rule("SY-3")
def test_progress_moves_while_one_looks_and_ends_in_a_fresh_page(page, live_server, filled):
    from counterfoil.sync.models import Connection, Pass

    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}{XERO}")
    expect(page.get_by_text("Stage 2 of 3")).to_be_visible()
    run = Pass.objects.get()
    run.progress = [
        *run.progress[:1],
        world.stage("Contacts", "done", 120, 120),
        world.stage("Invoices", "running", 7),
    ]
    run.save()
    expect(page.get_by_text("Stage 3 of 3")).to_be_visible()
    Connection.objects.update(last_pass_at=AT, pass_wanted_at=None)
    Pass.objects.update(state="done", ended_at=AT)
    expect(page.get_by_text("Nothing is running")).to_be_visible()


def test_pages_can_be_read_and_lists_narrowed_without_scripts(browser, live_server, filled):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/customers/")
    page.get_by_label("Name, code, e-mail or phone").fill("birch")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="Open the menu").click()
    page.get_by_role("link", name="Invoices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoices")
    context.close()
