import csv
import datetime as dt
import html
import io
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from counterfoil.web.lists.views import csv_safe
from counterfoil.web.showing import MINUS
from tests import builders
from tests.builders import guid
from tests.web import world


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    """Lists say how late something is: the day is 20 November 2026."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: world.TODAY)


def titles(answer) -> list[str]:
    """What the rows are called, in order."""
    found = re.findall(r'<a class="row-link" href="[^"]*">(.*?)</a>', answer.content.decode())
    return [html.unescape(re.sub("<[^>]*>", "", title)) for title in found]


def links(answer) -> list[str]:
    return [
        address.replace("&amp;", "&")
        for address in re.findall(r'<a class="row-link" href="([^"]*)"', answer.content.decode())
    ]


def foot(answer) -> str:
    cells = answer.content.decode().split('<tfoot role="rowgroup">')[1].split("</tfoot")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", cells).split())


def exported(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


class TestCustomers:
    def test_are_listed_by_name_whatever_the_case(self, browser, company):
        for name in ("birch", "Alder", "Cedar"):
            world.customer(company, name)
        assert titles(browser.get("/customers/")) == ["Alder", "birch", "Cedar"]

    @pytest.mark.rule("CU-1")
    @pytest.mark.parametrize("wanted", ["alder", "C10", "grace@alder", "0161", "LDER FOO"])
    def test_are_found_by_name_code_e_mail_or_phone(self, browser, company, wanted):
        found = {"account_number": "C1017", "email": "grace@alder.example", "phone": "+44 0161 496"}
        world.customer(company, "Alder Foods", **found)
        world.customer(company, "Birch Press")
        assert titles(browser.get("/customers/", {"q": wanted})) == ["Alder Foods"]

    @pytest.mark.rule("IS-2")
    def test_consumers_are_hidden_until_one_asks_for_them(self, browser, company):
        world.customer(company, "Alder Foods")
        world.customer(company, "Grace Adams", b2c="b2c")
        assert titles(browser.get("/customers/")) == ["Alder Foods"]
        assert titles(browser.get("/customers/", {"b2c": "show"})) == ["Alder Foods", "Grace Adams"]

    @pytest.mark.parametrize(
        ("status", "found"),
        [
            ("overdue", ["Late"]),
            ("owing", ["Late", "Owing"]),
            ("stop", ["Stopped"]),
            ("archived", ["Archived"]),
            ("homeless", ["Homeless"]),
            ("no such status", ["Archived", "Homeless", "Late", "Owing", "Stopped"]),
        ],
    )
    def test_are_narrowed_by_status(self, browser, company, status, found):
        world.customer(company, "Late", balance_outstanding=Decimal(9), balance_overdue=Decimal(5))
        world.customer(company, "Owing", balance_outstanding=Decimal(9))
        world.customer(company, "Stopped", on_stop=True)
        world.customer(company, "Archived", is_archived=True)
        world.customer(company, "Homeless", division=None)
        assert titles(browser.get("/customers/", {"status": status})) == found

    @pytest.mark.rule("CU-6")
    @pytest.mark.parametrize("path", ["/customers/", "/suppliers/"])
    def test_those_with_a_street_address_alone_are_a_list_of_their_own(self, browser, company, path):
        make = world.customer if path == "/customers/" else builders.purchase_ledger
        make(company, "Dock Road Ltd", street_only=True)
        make(company, "High Street Ltd")
        assert "Street address only" in browser.get(path).content.decode()
        assert titles(browser.get(path, {"status": "street"})) == ["Dock Road Ltd"]

    def test_the_account_managers_own_are_one_choice_away(self, browser, company):
        sam = world.member(company, "sales")
        mine = world.customer(company, "Mine")
        world.customer(company, "Somebody's")
        type(mine.division.company).objects.filter(pk=mine.division.company_id).update(account_manager=sam)
        assert titles(browser.get("/customers/", {"manager": sam.pk})) == ["Mine"]
        assert titles(browser.get("/customers/", {"manager": "none"})) == ["Somebody's"]

    @pytest.mark.rule("CU-12")
    def test_totals_are_of_the_whole_list_and_exact(self, browser, company):
        for name in range(60):
            world.customer(company, f"Customer {name:02}", balance_outstanding=Decimal("0.10"))
        assert foot(browser.get("/customers/")) == "Total of 60 0.00 6.00"
        assert foot(browser.get("/customers/", {"q": "customer 1"})) == "Total of 10 0.00 1.00"

    def test_a_click_on_an_amount_shows_the_largest_first(self, browser, company):
        for name, amount in (("Small", 1), ("Large", 100), ("Middle", 10)):
            world.customer(company, name, balance_outstanding=Decimal(amount))
        page = browser.get("/customers/").content.decode()
        assert "sort=-balance" in page
        assert titles(browser.get("/customers/", {"sort": "-balance"})) == ["Large", "Middle", "Small"]

    def test_another_companys_customers_are_not_there(self, browser, company, other_company):
        world.customer(other_company, "Theirs")
        page = browser.get("/customers/", {"q": "Theirs"}).content.decode()
        assert "Nothing matches" in page

    def test_an_empty_list_says_what_to_do_next(self, browser, company):
        page = browser.get("/customers/").content.decode()
        assert "No customers yet" in page
        assert 'href="/settings/integration/xero/"' in page

    @pytest.mark.parametrize(("role", "offered"), [("sales", True), ("read_only", False)])
    def test_no_quotes_yet_is_changed_by_making_one(self, company, role, offered):
        page = world.browser_of(world.member(company, role)).get("/quotes/").content.decode()
        empty = page.split("No quotes yet")[1].split("</div>")[0]
        assert ("New quote</a>" in empty) is offered
        assert "integration" not in empty

    @pytest.mark.rule("IS-1")
    def test_the_label_stands_first_and_the_name_beside_it(self, browser, company):
        world.customer(company, "Alder Foods", display_description="A-17")
        page = browser.get("/customers/").content.decode()
        assert 'A-17 <span class="second">Alder Foods</span>' in page


class TestPages:
    @pytest.fixture
    def many(self, company):
        """Equal names, so that only the key keeps them in place."""
        return [world.customer(company, "Alder", ledger_id=guid(f"{n}")).pk for n in range(123)]

    @pytest.mark.parametrize("sort", ["name", "-name", "balance", "-code"])
    def test_no_row_is_twice_or_missing_over_the_pages(self, browser, many, sort):
        seen = [
            link.split("/")[2]
            for number in (1, 2, 3)
            for link in links(browser.get("/customers/", {"page": number, "sort": sort}))
        ]
        assert len(seen) == 123
        assert set(seen) == {str(key) for key in many}

    def test_a_page_beyond_the_last_is_the_last(self, browser, many):
        page = browser.get("/customers/", {"page": 99}).content.decode()
        assert "101\N{EN DASH}123 of <strong>123</strong>" in page

    @pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "99999999999999999999"])
    def test_a_page_that_cannot_be_is_the_first_or_the_last(self, browser, many, page):
        assert browser.get("/customers/", {"page": page}).status_code == 200

    def test_stepping_through_keeps_the_filter(self, browser, company):
        for name in ("Alder", "Birch", "Cedar"):
            world.customer(company, name, on_stop=name != "Birch")
        first = links(browser.get("/customers/", {"status": "stop"}))[0]
        page = browser.get(first).content.decode()
        assert "1 of 2" in page
        following = re.search(r'href="(/customers/\d+/\?[^"]*)" rel="next"', page)
        assert following
        page = browser.get(following[1].replace("&amp;", "&")).content.decode()
        assert "<h1>Cedar" in page
        assert "2 of 2" in page
        assert 'rel="next"' not in page

    def test_a_record_that_moved_far_is_shown_without_a_place(self, browser, many):
        page = browser.get(f"/customers/{many[0]}/", {"at": "90"}).content.decode()
        assert 'rel="next"' not in page

    def test_part_of_a_page_and_the_page_show_the_same_rows(self, browser, many):
        whole = links(browser.get("/customers/", {"page": 2}))
        part = browser.get("/customers/", {"page": 2}, headers={"HX-Request": "true", "HX-Target": "list"})
        assert links(part) == whole
        assert "<html" not in part.content.decode()


class TestInvoices:
    def test_the_newest_stand_first(self, browser, company):
        ledger = world.customer(company)
        world.document(ledger, "INV-1", date=dt.date(2026, 1, 1))
        world.document(ledger, "INV-2", date=dt.date(2026, 3, 1))
        assert titles(browser.get("/invoices/")) == ["INV-2", "INV-1"]

    @pytest.mark.parametrize("wanted", ["1043", "inv-1043", "elm", "alder"])
    def test_are_found_by_number_reference_or_customer(self, browser, company, wanted):
        world.document(world.customer(company), "INV-1043", customer_reference="ELM 7")
        world.document(world.customer(company, "Birch"), "INV-2000")
        assert titles(browser.get("/invoices/", {"q": wanted})) == ["INV-1043"]

    def test_a_search_that_finds_some_by_customer_and_some_by_number_shows_both_once(self, browser, company):
        elm = world.customer(company, "Elm 7 Ltd")
        world.document(elm, "INV-1", "1.00", customer_reference="Elm 7", date=dt.date(2026, 3, 3))
        world.document(elm, "INV-2", "2.00", date=dt.date(2026, 3, 2))
        world.document(world.customer(company, "Birch"), "ELM 7", "4.00", date=dt.date(2026, 3, 1))
        world.document(world.customer(company, "Oak"), "INV-9", "8.00")
        found = browser.get("/invoices/", {"q": "elm 7"})
        assert titles(found) == ["INV-1", "INV-2", "ELM 7"]
        assert foot(found) == "Total of 3 7.00 7.00"

    @pytest.mark.parametrize("wanted", ["theirs", "inv-77", "nobody"])
    def test_a_search_stays_within_the_company_and_the_chosen_status(
        self, browser, company, other_company, wanted
    ):
        ours = world.customer(company, "Not theirs")
        world.document(ours, "INV-770", "1.00")
        world.paid(ours, "INV-771", "1.00")
        world.document(ours, "CN-77", "-1.00", kind="C")
        world.document(world.customer(other_company, "Theirs"), "INV-772", "1.00")
        found = titles(browser.get("/invoices/", {"q": wanted, "status": "open"}))
        assert found == ([] if wanted == "nobody" else ["INV-770"])

    def test_what_is_open_is_added_up_for_each_currency(self, browser, company):
        ledger = world.customer(company)
        world.document(ledger, "INV-1", "100.00")
        world.document(ledger, "INV-2", "58.26", currency="EUR", rate=Decimal("1.1652"))
        world.paid(ledger, "INV-3", "10.00")
        assert foot(browser.get("/invoices/")) == "Total of 3 100.00 EUR 58.26 160.00"

    @pytest.mark.parametrize(
        ("status", "found"),
        [
            ("open", ["INV-LATE", "INV-OPEN"]),
            ("overdue", ["INV-LATE"]),
            ("paid", ["INV-PAID"]),
            ("pending", ["INV-DRAFT"]),
            ("left-out", ["INV-VOID"]),
        ],
    )
    @pytest.mark.rule("IN-2")
    def test_are_narrowed_by_status(self, browser, company, status, found):
        ledger = world.customer(company)
        world.document(ledger, "INV-OPEN", due_date=world.TODAY)
        world.document(ledger, "INV-LATE", due_date=world.TODAY - dt.timedelta(days=1))
        world.paid(ledger, "INV-PAID")
        world.document(ledger, "INV-DRAFT", state="pending", status="DRAFT")
        world.document(ledger, "INV-VOID", state="voided", status="VOIDED", is_reported=False)
        assert sorted(titles(browser.get("/invoices/", {"status": status}))) == found

    def test_the_ageing_of_a_customer_opens_the_invoices_behind_it(self, browser, company):
        ledger = world.customer(company)
        for days in (0, 1, 30, 31, 60, 61, 90, 91):
            world.document(ledger, f"INV-{days}", due_date=world.TODAY - dt.timedelta(days=days))
        page = {n: titles(browser.get("/invoices/", {"customer": ledger.pk, "aged": n})) for n in range(1, 6)}
        assert page == {
            1: ["INV-0"],
            2: ["INV-30", "INV-1"],
            3: ["INV-60", "INV-31"],
            4: ["INV-90", "INV-61"],
            5: ["INV-91"],
        }

    @pytest.mark.rule("CR-1")
    def test_credit_notes_are_a_list_of_their_own_and_negative(self, browser, company):
        ledger = world.customer(company)
        world.document(ledger, "INV-1")
        world.document(ledger, "CN-1", "-30.00", kind="C")
        assert titles(browser.get("/invoices/")) == ["INV-1"]
        answer = browser.get("/credit-notes/")
        assert titles(answer) == ["CN-1"]
        assert foot(answer).endswith(f"{MINUS}30.00")


class TestOthers:
    @pytest.mark.rule("PR-5")
    def test_obsolete_products_are_hidden_until_one_asks_for_them(self, browser, company):
        world.product(company, "NEW-1")
        world.product(company, "OLD-1", is_obsolete=True)
        assert titles(browser.get("/products/")) == ["NEW-1"]
        assert titles(browser.get("/products/", {"state": "every"})) == ["NEW-1", "OLD-1"]

    def test_products_are_found_by_code_name_barcode_or_group(self, browser, company):
        world.product(company, "TAB-1", description="Oak table", barcode="5012345", product_group="Furniture")
        for wanted in ("tab", "oak", "50123", "furni"):
            assert titles(browser.get("/products/", {"q": wanted})) == ["TAB-1"]

    def test_people_are_listed_with_their_company_and_narrowed_by_kind(self, browser, company):
        world.contact(world.customer(company).division, "Grace", "Adams")
        supplier = builders.purchase_ledger(company, "Cedar", division=world.division(company, "Cedar"))
        world.contact(supplier.division, "Ben", "Cole")
        assert titles(browser.get("/people/")) == ["Grace Adams", "Ben Cole"]
        assert titles(browser.get("/people/", {"of": "suppliers"})) == ["Ben Cole"]

    @pytest.mark.rule("PO-2")
    def test_purchase_orders_are_narrowed_by_what_their_status_means(self, browser, company):
        ledger = builders.purchase_ledger(company)
        world.purchase_order(ledger, "PO-OPEN")
        world.purchase_order(ledger, "PO-DONE", status="BILLED", state="completed")
        world.purchase_order(ledger, "PO-GONE", status="DELETED", state="obsolete")
        assert titles(browser.get("/purchase-orders/", {"state": "open"})) == ["PO-OPEN"]
        assert titles(browser.get("/purchase-orders/", {"state": "completed"})) == ["PO-DONE"]
        assert titles(browser.get("/purchase-orders/", {"state": "obsolete"})) == ["PO-GONE"]


class TestExport:
    def test_holds_every_row_of_the_filter(self, browser, company):
        for n in range(70):
            world.customer(company, f"Customer {n:02}", balance_outstanding=Decimal("12.5"))
        rows = exported(browser.get("/customers/export.csv", {"q": "customer 6"}))
        assert rows[0][0] == "Customer"
        assert [row[0] for row in rows[1:]] == [f"Customer {n}" for n in range(60, 70)]
        assert rows[1][-1] == "12.5000"

    @pytest.mark.parametrize("name", ["=1+1", "+44 1", "-2", "@SUM(A1)", "\tx", "\rx"])
    def test_a_name_never_becomes_a_formula(self, browser, company, name):
        world.customer(company, name)
        rows = exported(browser.get("/customers/export.csv"))
        assert rows[1][0] == f"'{name}"

    def test_negative_amounts_stay_numbers(self):
        assert csv_safe(Decimal("-3.50")) == Decimal("-3.50")


QUERIES = {
    "/customers/": 9,
    "/suppliers/": 8,
    "/people/": 10,
    "/products/": 10,
    "/invoices/": 9,
    "/credit-notes/": 9,
    "/purchase-orders/": 8,
    "/analysis-codes/": 9,
}


@pytest.mark.parametrize(("address", "most"), QUERIES.items())
def test_a_list_asks_the_database_the_same_few_questions_however_long_it_is(
    browser, company, address, most, django_assert_max_num_queries
):
    world.connection(company, last_pass_at=timezone.now())  # in step: nothing has to be noticed
    for n in range(12):
        ledger = world.customer(company, f"Customer {n}")
        world.contact(ledger.division)
        world.document(ledger, f"INV-{n}")
        world.document(ledger, f"CN-{n}", "-1", kind="C")
        world.product(company, f"P-{n}")
        world.purchase_order(builders.purchase_ledger(company, f"Supplier {n}"), f"PO-{n}")
    with django_assert_max_num_queries(most):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize("wanted", ["customer", "INV-", "nothing like it", "ref 3"])
def test_a_search_asks_the_same_few_questions_whatever_it_finds(
    browser, company, wanted, django_assert_max_num_queries
):
    world.connection(company, last_pass_at=timezone.now())  # in step: nothing has to be noticed
    for n in range(12):
        world.document(world.customer(company, f"Customer {n}"), f"INV-{n}", customer_reference=f"REF {n}")
    with django_assert_max_num_queries(11):
        assert browser.get("/invoices/", {"q": wanted}).status_code == 200
