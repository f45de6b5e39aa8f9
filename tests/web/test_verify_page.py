import csv
import html
import io
import re

import pytest

from counterfoil.sync.verify_models import Difference, Verification
from tests.builders import AT
from tests.web import world

PAGE = "/settings/integration/xero/verify/"

pytestmark = pytest.mark.rule("SY-11")


def words(answer) -> str:
    body = answer.content.decode().split("</aside>")[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


def compared(company, **given):
    streams = [{"stream": "invoices", "compared": 1600, "newer": 2, "differences": 1}]
    made = {"asked_at": AT, "ended_at": AT, "state": "done", "streams": streams, "calls": 12} | given
    return Verification.objects.create(connection=world.connection(company, last_pass_at=AT), **made)


def difference(found, **given):
    made = {"stream": "invoices", "xero_id": "i-1", "label": "INV-0042", "side": "both", "field": "total"}
    return Difference.objects.create(
        verification=found, wins="xero", **(made | {"ours": "10.01", "theirs": "10.00"} | given)
    )


def test_says_each_difference_with_both_values_and_who_should_win(browser, company):
    difference(compared(company))
    page = words(browser.get(PAGE))
    for said in ("1 difference.", "INV-0042", "Total", "10.01", "10.00", "Xero", "1,600"):
        assert said in page


def test_the_books_say_which_documents_are_on_one_side_only_and_whose_totals_differ(browser, company):
    found = compared(company)
    difference(found, label="INV-1")
    difference(found, label="INV-2", side="xero", field="")
    difference(found, label="CN-3", side="here", field="", stream="credit_notes")
    difference(found, label="PO-4", stream="purchase_orders")
    difference(found, label="INV-5", field="reference")
    page = words(browser.get(PAGE))
    books = page[page.index("Do the books agree?") : page.index("Compared Stream")]
    said = "Only in Xero INV-2 Only in the CRM CN-3 Another total INV-1 total 10.01 here, 10.00 in Xero "
    assert books.strip() == f"Do the books agree? {said}PO-4 total 10.01 here, 10.00 in Xero"


def test_says_that_both_agree(browser, company):
    compared(company)
    page = words(browser.get(PAGE))
    assert "The CRM and Xero agree." in page
    assert "Every invoice, credit note and purchase order is on both sides, with the same totals." in page


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"state": "paused", "state_reason": "Paused by Ada."}, "Paused by Ada."),
        ({"state": "reconnect", "state_reason": "The permission has ended."}, "The permission has ended."),
        ({"last_pass_at": None}, "The first sync has to be done first."),
    ],
    ids=["paused", "reconnect", "first sync"],
)
def test_a_comparison_that_could_not_begin_is_not_asked_for_and_why_is_said(browser, company, given, why):
    world.connection(company, **given)
    answer = browser.post(f"{PAGE}begin", follow=True)
    assert f"Nothing was begun: Xero cannot be read now. {why}" in words(answer)
    assert not Verification.objects.exists()


def test_a_comparison_that_the_connection_holds_up_says_that_it_waits(browser, company):
    found = compared(company, state="waiting", streams=[])
    found.connection.state, found.connection.state_reason = "paused", "Paused by Ada."
    found.connection.save()
    page = words(browser.get(PAGE))
    assert "Waiting. It goes on by itself when Xero can be read again. Paused by Ada." in page
    assert "Comparing." not in page


def test_verify_now_asks_for_one_comparison_however_often_it_is_pressed(browser, company):
    world.connection(company, last_pass_at=AT)
    for _ in range(2):
        browser.post(f"{PAGE}begin")
    assert [one.state for one in Verification.objects.all()] == ["waiting"]
    assert "Comparing." in words(browser.get(PAGE))


def test_repair_is_asked_for_only_when_the_comparison_is_finished(browser, company):
    found = compared(company, state="running")
    answer = browser.post(f"{PAGE}repair", follow=True)
    assert "not finished" in words(answer)
    Verification.objects.update(state="done")
    browser.post(f"{PAGE}repair")
    found.refresh_from_db()
    assert found.repair_wanted_at is not None


def test_the_export_holds_all_of_them_and_no_formula(browser, company):
    found = compared(company)
    difference(found, ours="=1+1")
    rows = list(csv.reader(io.StringIO(browser.get(f"{PAGE}differences.csv").content.decode())))
    assert len(rows) == 2
    assert not rows[1][4].startswith("=")


def test_another_companys_differences_are_not_shown(browser, company, other_company):
    difference(compared(other_company), label="Secret of others")
    world.connection(company, tenant_id="ours")
    assert "Secret of others" not in words(browser.get(PAGE))
