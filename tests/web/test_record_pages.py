import datetime as dt
import html
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from counterfoil.crm.products.models import Stock, Warehouse
from tests import builders
from tests.builders import AT
from tests.web import world


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: world.TODAY)


def words(answer) -> str:
    """What the page says, without its marks."""
    main = answer.content.decode().split("<main")[1]
    text = html.unescape(re.sub(r"<[^>]*>", " ", main))
    return re.sub(r"[ \n]+", " ", text)


class TestCustomer:
    @pytest.mark.rule("CU-12")
    def test_shows_what_is_owed_and_how_old_it_is(self, browser, company):
        ledger = world.customer(company, balance_outstanding=Decimal(300), balance_overdue=Decimal(100))
        world.document(ledger, "INV-1", "100.00", due_date=world.TODAY - dt.timedelta(days=45))
        world.document(
            ledger, "INV-2", "116.52", currency="EUR", rate=Decimal("1.1652"), due_date=world.TODAY
        )
        page = words(browser.get(f"/customers/{ledger.pk}/"))
        assert "Balance £300.00" in page
        assert "Overdue £100.00 oldest 45 days late" in page
        assert "Not due £100.00" in page
        assert "31-60 days £100.00" in page

    @pytest.mark.parametrize(
        ("ordered", "words_of_it", "is_over"),
        [("200.00", "£500.00 owed and ordered", False), ("200.01", "£500.01 owed and ordered", True)],
    )
    def test_the_credit_limit_counts_orders_on_their_way(
        self, browser, company, ordered, words_of_it, is_over
    ):
        from counterfoil.crm.quotes.models import Quote

        ledger = world.customer(company, balance_outstanding=Decimal(300), credit_limit=Decimal(500))
        order = world.quote(ledger, world.person("rep@example.com"))
        Quote.objects.filter(pk=order.pk).update(stage="waiting", home_total=Decimal(ordered))
        page = words(browser.get(f"/customers/{ledger.pk}/"))
        assert f"Credit limit £500.00 {words_of_it}" in page
        assert ("Over limit" in page) is is_over

    @pytest.mark.rule("CU-11")
    def test_a_stop_says_why_and_since_when(self, browser, company):
        ledger = world.customer(company, on_stop=True, stop_reason="archived in Xero", stopped_at=AT)
        page = words(browser.get(f"/customers/{ledger.pk}/"))
        assert "On stop since 20 Nov 2026, 09:30 : archived in Xero" in page

    @pytest.mark.parametrize(
        ("tab", "said"),
        [
            ("people", "Grace Adams"),
            ("divisions", "Sales ledger"),
            ("documents", "INV-1"),
            ("products", "TAB-1"),
            ("timeline", "Ask for Ellen"),
            ("sync", "the contact's account number"),
            ("no such tab", "Ask for Ellen"),
        ],
    )
    def test_each_tab_shows_its_part(self, browser, company, tab, said):
        from counterfoil.crm.customers.models import Note

        ledger = world.customer(company)
        world.contact(ledger.division)
        world.line(world.document(ledger, "INV-1"), product=world.product(company, "TAB-1"))
        Note.objects.create(operating_company=company, sales_ledger=ledger, text="Ask for Ellen", at=AT)
        assert said in words(browser.get(f"/customers/{ledger.pk}/", {"tab": tab}))

    def test_lines_of_a_customers_documents_are_found_by_what_they_say(self, browser, company):
        ledger, other = world.customer(company), world.customer(company, "Birch Press")
        world.line(world.document(ledger, "INV-1"), "Oak table, oiled", item_code="TAB-9")
        world.line(world.document(ledger, "INV-2"), "Birch shelf")
        world.line(world.document(other, "INV-3"), "Oak table, raw")
        address = f"/customers/{ledger.pk}/"
        for wanted in ("OAK", "tab-9"):
            page = words(browser.get(address, {"tab": "documents", "q": wanted}))
            assert "TAB-9 Oak table, oiled INV-1" in page
            assert "INV-2" not in page
            assert "INV-3" not in page
        nothing = words(browser.get(address, {"tab": "documents", "q": "<b>"}))
        assert "says “<b>”" in nothing

    def test_products_bought_show_the_last_price_and_take_credits_off(self, browser, company):
        ledger, item = world.customer(company), world.product(company, "TAB-1")
        for number, on, price in (("INV-1", 1, "10.00"), ("INV-2", 9, "12.00")):
            header = world.document(ledger, number, date=dt.date(2026, 9, on))
            world.line(header, product=item, net=price)
        credit = world.document(ledger, "CN-1", "-12.00", kind="C", date=dt.date(2026, 9, 10))
        world.line(credit, product=item, net="-12.00", quantity=Decimal(-1))
        page = words(browser.get(f"/customers/{ledger.pk}/", {"tab": "products"}))
        assert "TAB-1 The TAB-1 9 Sep 2026 2 12.00 1 10.00" in page

    @pytest.mark.rule("RP-1")
    def test_a_voided_invoice_does_not_count_as_bought(self, browser, company):
        ledger = world.customer(company)
        gone = world.document(ledger, "INV-1", state="voided", is_reported=False)
        world.line(gone, product=world.product(company, "TAB-1"))
        page = words(browser.get(f"/customers/{ledger.pk}/", {"tab": "products"}))
        assert "No products on this customer's invoices yet" in page

    def test_a_note_is_kept_with_its_author(self, browser, company):
        ledger = world.customer(company)
        answer = browser.post(f"/customers/{ledger.pk}/notes", {"text": "Rings <b>twice</b>"}, follow=True)
        assert "Note · Administrator" in words(answer)
        assert "Rings <b>twice</b>" in words(answer)

    @pytest.mark.rule("SY-2")
    def test_a_users_stop_needs_a_reason_and_is_released_by_hand(self, browser, company):
        ledger = world.customer(company)
        refused = browser.post(f"/customers/{ledger.pk}/stop", {"reason": " "}, follow=True)
        assert "say why" in refused.content.decode()
        stopped = browser.post(f"/customers/{ledger.pk}/stop", {"reason": "Disputed"}, follow=True)
        assert "Disputed. New orders cannot be confirmed." in words(stopped)
        released = browser.post(f"/customers/{ledger.pk}/release", follow=True)
        assert "New orders cannot be confirmed." not in words(released)
        ledger.refresh_from_db()
        assert not ledger.on_stop

    @pytest.mark.rule("IS-3")
    def test_a_customer_without_a_company_waits_and_is_given_one(self, browser, company):
        ledger = world.customer(company, "Homeless Ltd", division=None)
        assert "Homeless Ltd" in words(browser.get("/customers/waiting/"))
        browser.post(f"/customers/{ledger.pk}/company")
        ledger.refresh_from_db()
        assert ledger.division.company.name == "Homeless Ltd"
        assert "Every customer has a company" in words(browser.get("/customers/waiting/"))

    @pytest.mark.rule("IS-3")
    def test_a_company_of_another_operating_company_cannot_be_chosen(self, browser, company, other_company):
        ledger = world.customer(company, division=None)
        theirs = world.division(other_company, "Theirs").company
        assert browser.post(f"/customers/{ledger.pk}/company", {"company": theirs.pk}).status_code == 404
        ledger.refresh_from_db()
        assert ledger.division is None


class TestProduct:
    @pytest.mark.rule("PR-6")
    def test_shows_stock_and_never_a_made_up_number_on_order(self, browser, company):
        item = world.product(company, is_stocked=True)
        house = Warehouse.objects.create(operating_company=company)
        amounts = {"free_stock": Decimal("7.5"), "physical_stock": Decimal("7.5"), "as_at": AT}
        Stock.objects.create(operating_company=company, product=item, warehouse=house, **amounts)
        page = words(browser.get(f"/products/{item.pk}/"))
        assert "On hand 7.5 Main warehouse, as at 20 Nov 2026, 09:30" in page
        assert "On order Not available from Xero" in page

    @pytest.mark.rule("PR-2")
    def test_prices_keep_four_decimals(self, browser, company):
        item = world.product(company, selling_price=Decimal("0.0125"), cost_price=Decimal("0.0100"))
        page = words(browser.get(f"/products/{item.pk}/"))
        assert "Selling price 0.0125" in page
        assert "Cost price 0.01 20% margin" in page


class TestDocuments:
    @pytest.mark.rule("IN-3")
    def test_an_invoice_shows_its_lines_in_both_currencies(self, browser, company):
        header = world.document(
            world.customer(company), "INV-1", "116.52", currency="EUR", rate=Decimal("1.1652")
        )
        world.line(header, "Oak table", "116.52", product=world.product(company, "TAB-1"))
        world.line(header, "Only words", "0.00", quantity=None, unit_price=None)
        page = words(browser.get(f"/invoices/{header.pk}/"))
        assert "Total €116.52 £100.00" in page
        assert "TAB-1 Oak table" in page
        assert "116.52 100.00 Only words" in page
        assert "1.1652 EUR for 1 GBP" in page

    def test_a_voided_invoice_says_that_it_counts_nowhere(self, browser, company):
        ledger = world.customer(company)
        header = world.document(ledger, "INV-1", state="voided", status="VOIDED", is_reported=False)
        assert "left out of every list total and report" in words(browser.get(f"/invoices/{header.pk}/"))

    def test_a_credit_note_is_not_found_among_invoices(self, browser, company):
        credit = world.document(world.customer(company), "CN-1", "-5", kind="C")
        assert browser.get(f"/invoices/{credit.pk}/").status_code == 404
        assert browser.get(f"/credit-notes/{credit.pk}/").status_code == 200

    @pytest.mark.rule("PO-1")
    def test_a_purchase_order_shows_supplier_lines_and_delivery(self, browser, company):
        order = world.purchase_order(
            builders.purchase_ledger(company, "Cedar Supplies"), delivery_address="Dock 4"
        )
        page = words(browser.get(f"/purchase-orders/{order.pk}/"))
        assert "Cedar Supplies" in page
        assert "Address Dock 4" in page


class TestFinance:
    @pytest.mark.rule("TX-1")
    def test_an_administrator_corrects_a_combination_and_sees_that_it_was_corrected(self, browser, company):
        combination = world.tax_combination(company, applies=True)
        answer = browser.post(f"/tax-codes/combinations/{combination.pk}", {"applies": "0"}, follow=True)
        assert "corrected by hand" in answer.content.decode()
        combination.refresh_from_db()
        assert (combination.applies, combination.by_hand) == (False, True)

    @pytest.mark.rule("TX-3")
    def test_a_currency_without_a_rate_says_so(self, browser, company):
        from counterfoil.crm.finance.models import Currency

        Currency.objects.create(operating_company=company, code="XAU", name="Gold")
        assert "XAU Gold No rate" in words(browser.get("/currencies/"))

    @pytest.mark.rule("IS-5")
    def test_currencies_and_rates_are_kept_by_hand_when_import_is_off(self, browser, company):
        from counterfoil.sync.models import ImportSettings

        assert "Add a currency" not in words(browser.get("/currencies/"))
        ImportSettings.objects.create(operating_company=company, currency_import=False)
        assert "Add a currency" in words(browser.get("/currencies/"))
        browser.post("/currencies/add", {"code": "eur"})
        browser.post("/currencies/rate", {"code": "EUR", "per_home": "1.1650", "on": "2026-11-01"})
        assert "EUR Euro 1.1650 1 Nov 2026" in words(browser.get("/currencies/"))

    def test_a_currency_that_does_not_exist_is_refused_beside_the_field(self, browser, company):
        answer = browser.post("/currencies/add", {"code": "ZZZ"})
        assert answer.status_code == 400
        assert "There is no currency" in str(answer.context["form"].errors["code"])

    @pytest.mark.parametrize("rate", ["0", "-1", "NaN", "abc", ""])
    def test_a_rate_that_cannot_be_is_refused_with_a_sentence(self, browser, company, rate):
        given = {"code": "EUR", "per_home": rate, "on": "2026-11-01"}
        answer = browser.post("/currencies/rate", given, follow=True)
        assert "banner-bad" in answer.content.decode()


class TestQueries:
    """A page asks the same few questions whatever hangs on its record."""

    @pytest.fixture
    def busy(self, company):
        """A customer and a product with a history."""
        world.connection(company, last_pass_at=timezone.now())  # in step: nothing has to be noticed
        ledger, table = world.customer(company, ledger_id="c-1"), world.product(company, external_id="i-1")
        for n in range(12):
            world.contact(ledger.division, f"Grace {n}")
            world.line(world.document(ledger, f"INV-{n}"), product=table)
            world.purchase_order(builders.purchase_ledger(company, f"Supplier {n}"), f"PO-{n}")
        return {"customers": ledger.pk, "products": table.pk}

    @pytest.mark.parametrize(
        ("kind", "query", "most"),
        [
            ("customers", "", 24),
            ("customers", "?tab=people", 19),
            ("customers", "?tab=divisions", 21),
            ("customers", "?tab=documents", 19),
            ("customers", "?tab=documents&q=oak", 19),
            ("customers", "?tab=statement", 20),
            ("customers", "?tab=files", 19),
            ("customers", "?tab=products", 21),
            ("customers", "?show=notes", 19),
            ("customers", "?at=0", 26),
            ("products", "", 19),
            ("products", "?at=0", 21),
        ],
    )
    def test_of_a_page(self, browser, busy, kind, query, most, django_assert_max_num_queries):
        with django_assert_max_num_queries(most):
            assert browser.get(f"/{kind}/{busy[kind]}/{query}").status_code == 200
