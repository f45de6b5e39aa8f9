"""The page that undoes an import: what goes, or why nothing may; for Administrators, once the name is typed."""

import pytest

from counterfoil.crm.customers.models import Note, SalesLedger
from counterfoil.sync.models import Connection, Link
from tests.builders import AT
from tests.web import world
from tests.web.test_status_panel import XERO, words

pytestmark = pytest.mark.rule("SY-8")
UNDO = f"{XERO}undo/"


@pytest.fixture
def imported(company):
    link = world.connection(company, organisation_name="Harbour & Sons Ltd", last_pass_at=AT)
    ledger = world.customer(company, "Alder Foods", ledger_id="3d6f1a34-0001-4001-a001-500100000000")
    world.document(ledger)
    world.product(company)
    return link


def test_the_status_page_leads_there_once_something_was_imported(browser, company):
    link = world.connection(company)
    assert UNDO not in browser.get(XERO).content.decode()
    Connection.objects.filter(pk=link.pk).update(last_pass_at=AT)
    assert UNDO in browser.get(XERO).content.decode()


def test_it_counts_what_would_be_removed(browser, imported):
    page = words(browser.get(UNDO))
    assert "Undo the import from Harbour & Sons Ltd?" in page
    for said in ("1 customer", "1 company", "1 invoice", "1 product, with its stock"):
        assert said in page


def test_nothing_happens_until_the_name_is_typed(browser, imported):
    for typed in ("", "Harbour", "Northwind"):
        page = words(browser.post(UNDO, {"typed_name": typed}))
        assert "That is not its name. Nothing was removed." in page
    assert SalesLedger.objects.count() == 1
    page = words(browser.post(UNDO, {"typed_name": " harbour &  sons ltd"}, follow=True))
    assert "The import was undone." in page
    assert "Counting what would come in" in page
    assert not SalesLedger.objects.exists()


def test_after_work_it_says_what_was_done_and_offers_no_button(browser, imported):
    ledger = SalesLedger.objects.get()
    Note.objects.create(operating_company=ledger.operating_company, sales_ledger=ledger, text="Hello", at=AT)
    page = browser.get(UNDO)
    assert "The import can no longer be undone" in words(page)
    assert "1 note was written on a customer from Xero Alder Foods" in words(page)
    assert "typed_name" not in page.content.decode()
    browser.post(UNDO, {"typed_name": "Harbour & Sons Ltd"})
    assert SalesLedger.objects.count() == 1


def test_only_administrators_may(company, imported):
    for role in ("sales", "accounts", "read_only"):
        someone = world.browser_of(world.member(company, role))
        assert someone.get(UNDO).status_code == 403
        assert someone.post(UNDO, {"typed_name": "Harbour & Sons Ltd"}).status_code == 403
    assert SalesLedger.objects.count() == 1


def test_another_company_has_nothing_to_undo(other_company, imported):
    theirs = world.browser_of(world.member(other_company, email="ben@example.com"))
    page = words(theirs.post(UNDO, {"typed_name": "Harbour & Sons Ltd"}, follow=True))
    assert "There is no import to undo." in page
    assert SalesLedger.objects.count() == 1


def test_the_history_shows_the_undo_among_the_passes(browser, imported):
    Link.objects.create(connection=imported, stream="contacts", xero_id="x", fingerprint="", updated_ms=0)
    browser.post(UNDO, {"typed_name": "Harbour & Sons Ltd"})
    page = words(browser.get(f"{XERO}history/"))
    assert "Undone The import was undone by Administrator: 4 records were removed here, none in Xero." in page
    assert "none in Xero. 0" not in page
    assert "records were removed here" not in words(browser.get(f"{XERO}history/", {"result": "problem"}))


def test_a_connection_that_has_ended_has_to_be_made_again_first(browser, imported):
    Connection.objects.filter(pk=imported.pk).update(state="reconnect", state_reason="Ended.")
    page = words(browser.get(UNDO))
    assert (
        "The import cannot be undone now Xero has to be connected again first. Nothing was changed." in page
    )
    browser.post(UNDO, {"typed_name": "Harbour & Sons Ltd"})
    assert SalesLedger.objects.count() == 1
