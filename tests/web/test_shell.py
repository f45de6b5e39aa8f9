import datetime as dt
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from counterfoil.accounts.models import Membership, Role
from counterfoil.web.shell.navigation import ACTIONS, actions_like
from counterfoil.web.showing import MINUS, ago_text, amount_text, duration_text, money_text, number_text
from tests import builders
from tests.builders import AT
from tests.web import world


class TestOperatingCompanies:
    def test_the_chosen_one_is_kept_and_named_with_its_colour(self, company, other_company):
        user = world.member(company)
        Membership.objects.create(user=user, operating_company=other_company, role="sales")
        client = world.browser_of(user)
        world.customer(other_company, "Theirs")
        client.post("/company/", {"company": other_company.pk})
        page = client.get("/customers/").content.decode()
        assert "Theirs" in page
        assert 'fill="#a14f2f"' in page
        assert "GBP · Sales" in page

    def test_one_cannot_switch_to_a_company_one_does_not_work_in(self, browser, other_company):
        assert browser.post("/company/", {"company": other_company.pk}).status_code == 404

    def test_somebody_who_lost_a_company_is_shown_one_they_have(self, company, other_company):
        user = world.member(company)
        lost = Membership.objects.create(user=user, operating_company=other_company, role="sales")
        client = world.browser_of(user)
        client.post("/company/", {"company": other_company.pk})
        lost.delete()
        assert "Northwind" in client.get("/customers/").content.decode()

    def test_the_role_of_the_chosen_company_counts(self, company, other_company):
        user = world.member(company, "administrator")
        Membership.objects.create(user=user, operating_company=other_company, role="read_only")
        client = world.browser_of(user)
        client.post("/company/", {"company": other_company.pk})
        assert client.get("/settings/integration/").status_code == 403


class TestPreferences:
    def test_times_are_shown_in_ones_own_zone_with_utc_beside(self, company):
        user = world.member(company)
        client = world.browser_of(user)
        client.post("/preferences/", {"theme": "dark", "time_zone": "Asia/Tokyo"})
        ledger = world.customer(company)
        page = client.get(f"/customers/{ledger.pk}/").content.decode()
        assert 'data-theme="dark"' in page
        assert "20 Nov 2026, 18:30" in page
        assert "2026-11-20 09:30:00 UTC" in page

    @pytest.mark.parametrize("given", [{"theme": "pink"}, {"time_zone": "Mars/Olympus"}])
    def test_what_does_not_exist_changes_nothing(self, browser, given):
        page = browser.post("/preferences/", given, follow=True).content.decode()
        assert "does not exist" in page
        assert 'data-theme="auto"' in page

    def test_after_a_choice_one_is_where_one_was_but_never_elsewhere(self, browser):
        here = browser.post("/preferences/", {"theme": "dark", "next": "/invoices/?q=1"})
        away = browser.post("/preferences/", {"theme": "dark", "next": "//evil.example"})
        assert (here["Location"], away["Location"]) == ("/invoices/?q=1", "/preferences/")


class TestSearch:
    def found(self, browser, wanted: str) -> list[str]:
        page = browser.get("/search/", {"q": wanted}, headers={"HX-Request": "true"}).content.decode()
        return re.findall(r'<a class="found" href="([^"]*)"', page)

    def test_finds_customers_products_documents_and_pages(self, browser, company):
        ledger = world.customer(company, "Alder Foods", account_number="C1017")
        item = world.product(company, "TAB-100", description="Oak table")
        header = world.document(ledger, "INV-1043")
        credit = world.document(ledger, "CN-77", "-1", kind="C")
        supplier = builders.purchase_ledger(company, "Cedar Supplies")
        order = world.purchase_order(supplier, "PO-5")
        assert self.found(browser, "alder") == [f"/customers/{ledger.pk}/"]
        assert self.found(browser, "c1017") == [f"/customers/{ledger.pk}/"]
        quote = world.quote(ledger, world.member(company, "sales"))
        assert self.found(browser, quote.number.lower()) == [f"/quotes/{quote.pk}/"]
        assert self.found(browser, "tab-1") == [f"/products/{item.pk}/"]
        assert self.found(browser, "inv-1043") == [f"/invoices/{header.pk}/"]
        assert self.found(browser, "cn-77") == [f"/credit-notes/{credit.pk}/"]
        assert self.found(browser, "po-5") == [f"/purchase-orders/{order.pk}/"]
        assert self.found(browser, "cedar") == [f"/suppliers/{supplier.pk}/"]
        assert "/tax-codes/" in self.found(browser, "vat")

    def test_finds_nothing_of_another_company(self, browser, other_company):
        world.document(world.customer(other_company, "Theirs"), "THEIRS-1")
        world.product(other_company, "THEIRS-2")
        quote = world.quote(world.customer(other_company), world.member(other_company, "sales"))
        quote.title = "Theirs as well"
        quote.save()
        assert self.found(browser, "theirs") == []

    @pytest.mark.parametrize(
        ("wanted", "address"),
        [
            ("new quote", "/quotes/new/"),
            ("create customer", "/customers/new/"),
            ("sync now", "/settings/integration/xero/"),
            ("disconnect", "/settings/integration/xero/"),
            ("repair", "/settings/integration/xero/verify/"),
            ("dark", "/preferences/"),
        ],
    )
    def test_what_one_can_do_is_found_by_its_words(self, browser, wanted, address):
        assert self.found(browser, wanted) == [address]

    def test_each_action_leads_a_role_that_has_it_to_a_page(self, company):
        for role in Role:
            client = world.browser_of(world.member(company, role.value))
            for action in ACTIONS:
                seen = actions_like(role, action.label) != []
                status = client.get(reverse(action.route)).status_code
                assert status == (200 if seen else 403), (role, action.label)

    def test_settings_are_found_by_administrators_only(self, company):
        reader = world.browser_of(world.member(company, "read_only"))
        assert self.found(reader, "xero") == []


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.5", "GBP", "£1,234.50"),
        ("-1234.5", "EUR", f"{MINUS}€1,234.50"),
        ("1234.5", "JPY", "JP¥1,235"),
        ("1.2345", "KWD", "KWD\N{NARROW NO-BREAK SPACE}1.235"),
        ("2.675", "GBP", "£2.68"),
        ("-0.001", "GBP", "£0.00"),
    ],
)
def test_money_is_shown_in_its_currencys_decimals(amount, currency, shown):
    assert money_text(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("value", "least", "shown"),
    [
        ("12.0000", 0, "12"),
        ("0.5000", 0, "0.5"),
        ("1250.1250", 0, "1,250.125"),
        ("19.9500", 2, "19.95"),
        ("-3.0000", 0, f"{MINUS}3"),
        ("20.0000000000", 0, "20"),
        ("0.0000", 2, "0.00"),
    ],
)
def test_quantities_and_prices_lose_only_idle_zeros(value, least, shown):
    assert number_text(Decimal(value), least) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "just now"), (240, "4 min ago"), (7200, "2 h ago"), (5 * 86400, "5 days ago"), (-180, "in 3 min")],
)
def test_how_long_ago_something_was(seconds, shown):
    assert ago_text(AT - dt.timedelta(seconds=seconds), AT) == shown


def test_nothing_is_shown_for_nothing():
    assert (amount_text(None), duration_text(None)) == ("", "")
