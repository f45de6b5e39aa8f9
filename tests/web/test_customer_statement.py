"""The statement tab, its PDF and its mail."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core import mail

from tests.web import world
from tests.web.test_customer_files import said
from tests.web.test_record_pages import words

D = Decimal


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: world.TODAY)


@pytest.fixture
def ledger(company):
    ledger = world.customer(
        company, balance_outstanding=D("300.00"), email="till@alder.example", contact_first_name="Grace"
    )
    world.document(ledger, "INV-1", "100.00", due_date=world.TODAY - dt.timedelta(days=45))
    world.document(ledger, "INV-2", "233.04", currency="EUR", rate=D("1.1652"), due_date=world.TODAY)
    return ledger


def tab(browser, ledger, **asked) -> str:
    return words(browser.get(f"/customers/{ledger.pk}/", {"tab": "statement", **asked}))


@pytest.mark.rule("CU-12")
def test_what_is_open_equals_the_balance_above_it_to_the_penny(browser, ledger):
    page = tab(browser, ledger)
    assert "Balance £300.00" in page
    assert "£300.00 open in 2 documents, all in GBP at each document's own rate." in page
    assert "Equal to the balance that Xero says" in page
    assert "INV-1 1 Oct 2026 6 Oct 2026 45 days late 100.00 100.00" in page
    assert "INV-2 1 Oct 2026 20 Nov 2026 Not due 233.04 200.00 233.04" in page


@pytest.mark.parametrize(
    ("balance", "sentence"),
    [
        ("290.00", "Xero says £290.00: £10.00 less than these documents."),
        ("312.50", "Xero says £312.50: £12.50 more than these documents."),
    ],
)
def test_a_balance_that_differs_is_said_with_by_how_much_and_why(browser, ledger, balance, sentence):
    type(ledger).objects.update(balance_outstanding=D(balance))
    page = tab(browser, ledger)
    assert sentence in page
    assert "Deposits and overpayments are not read into the CRM" in page


def test_a_past_day_says_what_it_leaves_out(browser, ledger):
    page = tab(browser, ledger, on="2026-11-01")
    assert "Of what was dated up to that day." in page
    assert "26 days late" in page
    assert "Equal to" not in page


@pytest.mark.parametrize("on", ["", "yesterday", "2026-02-30", "9999-12-31", "0000-00-00"])
def test_a_day_that_is_none_is_today(browser, ledger, on):
    assert "Equal to the balance" in tab(browser, ledger, on=on)


def test_all_accounts_of_a_company_stand_on_one(browser, company, ledger):
    branch = world.customer(company, "Alder Leeds", division=ledger.division)
    world.document(branch, "INV-9", "50.00")
    assert "INV-9" not in tab(browser, ledger)
    page = tab(browser, ledger, of="company")
    assert "£350.00 open in 3 documents" in page
    assert "Alder Leeds · GBP" in page


def test_nothing_open_is_said(browser, company):
    assert "Nothing is open" in tab(browser, world.customer(company))


def test_the_pdf_is_of_what_the_tab_shows(browser, ledger):
    answer = browser.get(f"/customers/{ledger.pk}/statement.pdf", {"on": "2026-11-01"})
    assert answer.content[:5] == b"%PDF-"
    assert answer["Content-Type"] == "application/pdf"
    assert "Statement-Alder-Foods-2026-11-01.pdf" in answer["Content-Disposition"]


def test_mailing_it_is_prepared_and_ends_on_the_timeline(browser, ledger):
    form = browser.get(f"/customers/{ledger.pk}/statement/mail").content.decode()
    assert 'value="till@alder.example"' in form
    assert "Dear Grace" in form
    assert "£100.00 and €233.04 is open" in form
    given = {"to": "till@alder.example", "subject": "Statement", "text": "Hello"}
    answer = browser.post(f"/customers/{ledger.pk}/statement/mail", given, follow=True)
    assert "The statement was mailed to till@alder.example." in said(answer)
    assert mail.outbox[0].attachments[0][1][:5] == b"%PDF-"
    timeline = words(browser.get(f"/customers/{ledger.pk}/"))
    assert "The statement of 20 November 2026 was mailed to till@alder.example." in timeline


def test_a_mail_that_cannot_go_keeps_what_was_written(browser, ledger):
    given = {"to": "nobody", "subject": "Statement", "text": "My words"}
    page = browser.post(f"/customers/{ledger.pk}/statement/mail", given).content.decode()
    assert "is no e-mail address. Nothing was sent." in page
    assert "My words" in page
    assert mail.outbox == []
