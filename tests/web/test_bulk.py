"""Something done to many rows at once: each as if it were done alone."""

import csv
import io

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import SalesLedger
from tests import builders
from tests.web import world

CHOSEN = "/customers/chosen"


@pytest.fixture
def alder(company):
    return world.customer(company, "Alder")


@pytest.fixture
def birch(company):
    return world.customer(company, "Birch")


def do(client, what: str, rows, query: str = "", **given) -> str:
    keys = [row.pk for row in rows]
    answer = client.post(f"{CHOSEN}?{query}", {"act": what, "row": keys, **given}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def names(answer) -> list[str]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]


class TestExport:
    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_only_the_chosen_are_in_the_file(self, browser, company, alder, birch, kind):
        answer = browser.post(CHOSEN, {"act": kind, "row": [birch.pk]})
        assert answer["Content-Disposition"].endswith(f'.{kind}"')
        if kind == "csv":
            assert names(answer) == ["Birch"]
        else:
            assert b"".join(answer.streaming_content)[:2] == b"PK"

    def test_all_that_match_are_in_the_file_beyond_the_page(self, browser, company):
        for n in range(60):
            world.customer(company, f"Customer {n:02}")
        world.customer(company, "Birch")
        answer = browser.post(f"{CHOSEN}?q=customer", {"act": "csv", "all": "1"})
        assert len(names(answer)) == 60

    def test_another_companys_rows_cannot_be_chosen(self, browser, alder, other_company):
        theirs = world.customer(other_company, "Theirs")
        answer = browser.post(CHOSEN, {"act": "csv", "row": [alder.pk, theirs.pk]})
        assert names(answer) == ["Alder"]

    @pytest.mark.parametrize("row", ["", "x", "-1", "9" * 30])
    def test_what_cannot_be_a_row_is_none(self, browser, alder, row):
        answer = browser.post(CHOSEN, {"act": "csv", "row": row}, follow=True)
        assert "No customer was chosen" in answer.content.decode()


class TestAccountManager:
    def test_is_given_to_each_with_an_entry_in_the_trail(self, browser, company, alder, birch):
        sam = world.member(company, "sales")
        page = do(browser, "manager", [alder, birch], **{"for-manager": sam.pk})
        assert "2 customers were given this account manager." in page
        found = SalesLedger.objects.filter(division__company__account_manager=sam)
        assert set(found) == {alder, birch}
        assert AuditEntry.objects.filter(action="company.account_manager").count() == 2

    def test_who_has_it_already_is_told_and_not_written_again(self, browser, company, alder, birch):
        sam = world.member(company, "sales")
        do(browser, "manager", [alder], **{"for-manager": sam.pk})
        page = do(browser, "manager", [alder, birch], **{"for-manager": sam.pk})
        assert "1 customer was given this account manager. 1 customer was so already." in page
        assert AuditEntry.objects.filter(action="company.account_manager").count() == 2

    def test_customers_of_one_company_are_one_change(self, browser, company, alder):
        sam = world.member(company, "sales")
        other = world.customer(company, "Alder North", division=alder.division)
        do(browser, "manager", [alder, other], **{"for-manager": sam.pk})
        assert AuditEntry.objects.filter(action="company.account_manager").count() == 1

    def test_it_can_be_taken_away(self, browser, company, alder):
        sam = world.member(company, "sales")
        do(browser, "manager", [alder], **{"for-manager": sam.pk})
        do(browser, "manager", [alder], **{"for-manager": "none"})
        alder.division.company.refresh_from_db()
        assert alder.division.company.account_manager is None

    def test_one_without_a_company_is_left_and_the_others_are_done(self, browser, company, alder):
        sam = world.member(company, "sales")
        homeless = world.customer(company, "Homeless", division=None)
        page = do(browser, "manager", [alder, homeless], **{"for-manager": sam.pk})
        assert "1 customer was given this account manager." in page
        assert "1 customer was left as before: Homeless has no company yet" in page

    @pytest.mark.parametrize("who", ["", "x", "987654", "stranger"])
    def test_nobody_else_can_be_given(self, browser, alder, other_company, who):
        if who == "stranger":
            who = str(world.member(other_company, email="eve@example.com").pk)
        page = do(browser, "manager", [alder], **{"for-manager": who})
        assert "Choose somebody who works here" in page
        assert not AuditEntry.objects.exists()


class TestStop:
    def test_puts_each_on_stop_with_the_reason_and_lifts_it_again(self, browser, company, alder, birch):
        page = do(browser, "stop", [alder, birch], **{"for-stop": "Unpaid since May"})
        assert "2 customers were put on stop" in page
        alder.refresh_from_db()
        assert (alder.on_stop, alder.stopped_by_user, alder.stop_reason) == (True, True, "Unpaid since May")
        assert AuditEntry.objects.filter(action="sales_ledger.stopped").count() == 2
        assert "2 customers were released." in do(browser, "release", [alder, birch])
        alder.refresh_from_db()
        assert not alder.on_stop

    def test_one_that_is_on_stop_already_is_left_and_why_is_told(self, browser, company, alder, birch):
        do(browser, "stop", [alder], **{"for-stop": "First"})
        page = do(browser, "stop", [alder, birch], **{"for-stop": "Second"})
        assert "1 customer was put on stop" in page
        assert "Alder is on stop already: First." in page

    def test_one_that_the_books_stopped_stays_so(self, browser, company):
        archived = world.customer(company, "Archived", on_stop=True, is_archived=True, stop_reason="archived")
        page = do(browser, "release", [archived])
        assert "Archived is on stop because of the books" in page
        archived.refresh_from_db()
        assert archived.on_stop

    def test_a_reason_is_needed(self, browser, alder):
        assert "say why" in do(browser, "stop", [alder], **{"for-stop": "  "})
        alder.refresh_from_db()
        assert not alder.on_stop

    def test_many_reasons_are_told_by_a_few(self, browser, company):
        rows = [world.customer(company, f"Customer {n}") for n in range(8)]
        page = do(browser, "release", rows)
        assert "8 customers were left as before" in page
        assert "And 3 more like these." in page
        assert "Nothing was changed" not in page

    def test_one_that_left_the_list_meanwhile_is_not_touched(self, browser, company, alder, birch):
        birch.b2c = "b2c"
        birch.save()
        page = do(browser, "stop", [alder, birch], **{"for-stop": "Unpaid"})
        assert "1 customer is not in this list any more." in page
        birch.refresh_from_db()
        assert not birch.on_stop

    def test_another_companys_customer_is_not_touched(self, browser, alder, other_company):
        theirs = world.customer(other_company, "Theirs")
        do(browser, "stop", [theirs], **{"for-stop": "Unpaid"})
        theirs.refresh_from_db()
        assert not theirs.on_stop


class TestAllThatMatch:
    def test_is_done_to_all_of_them(self, browser, company):
        for n in range(60):
            world.customer(company, f"Customer {n:02}")
        page = do(browser, "stop", [], "q=customer", all="1", expected="60", **{"for-stop": "Recall"})
        assert "60 customers were put on stop" in page
        assert SalesLedger.objects.filter(on_stop=True).count() == 60

    def test_is_refused_when_others_match_than_one_saw(self, browser, alder, birch):
        page = do(browser, "stop", [], all="1", expected="1", **{"for-stop": "Recall"})
        assert "2 customers match now. Nothing was changed" in page
        assert not SalesLedger.objects.filter(on_stop=True).exists()

    def test_is_refused_for_more_than_somebody_can_wait_for(self, browser, alder, birch, monkeypatch):
        monkeypatch.setattr("counterfoil.web.lists.bulk.AT_MOST", 1)
        page = do(browser, "stop", [], all="1", expected="2", **{"for-stop": "Recall"})
        assert "too many at once" in page
        assert not SalesLedger.objects.filter(on_stop=True).exists()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("administrator", {"manager", "stop", "release"}),
        ("accounts", {"manager", "stop", "release"}),
        ("sales", {"manager"}),
        ("read_only", set()),
    ],
)
def test_a_role_is_offered_and_granted_what_it_may(company, alder, role, offered):
    client = world.browser_of(world.member(company, role))
    page = client.get("/customers/").content.decode()
    for act in ("manager", "stop", "release"):
        assert (f'name="act" value="{act}"' in page) == (act in offered)
        answer = client.post(CHOSEN, {"act": act, "row": [alder.pk], "for-stop": "Unpaid"})
        assert answer.status_code == (302 if act in offered else 403)


def test_the_way_back_keeps_the_filter(browser, alder):
    answer = browser.post(f"{CHOSEN}?q=ald&columns=name,code", {"act": "release", "row": [alder.pk]})
    assert answer["Location"] == "/customers/?q=ald&columns=name,code"


@pytest.mark.parametrize(
    "address", ["suppliers", "people", "products", "invoices", "purchase-orders", "quotes"]
)
def test_other_lists_offer_the_export_of_the_chosen_alone(browser, company, address):
    ledger = world.customer(company)
    world.contact(ledger.division)
    world.document(ledger)
    world.product(company)
    world.quote(ledger, world.member(company, "sales"))
    world.purchase_order(builders.purchase_ledger(company, division=ledger.division))
    page = browser.get(f"/{address}/").content.decode()
    bar = page.split('<form id="bulk"')[1].split("</form>")[0]
    assert 'value="csv"' in bar
    assert 'value="xlsx"' in bar
    assert "<details" not in bar
