"""The statement as a customer reads it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core import mail

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.documents import statement as statements
from counterfoil.crm.documents.errors import DocumentRefused, MailRefused
from counterfoil.crm.documents.mail import statement_mail
from counterfoil.crm.documents.statement import statement_document, statement_file
from counterfoil.crm.sales.statement import statement_of
from tests.builders import AT
from tests.domain.quotes.stage import customer
from tests.unit.documents.test_pdf import words_of
from tests.web.world import TODAY, document

D = Decimal


@pytest.fixture
def ledger(shop):
    ledger = customer(shop.company, "Hart & Bell", account_number="C/1017", balance_outstanding=D("1350.00"))
    document(ledger, "INV-1", "1234.50", customer_reference="PO 7", due_date=TODAY - dt.timedelta(days=19))
    document(ledger, "INV-2", "150.00")
    document(ledger, "CN-1", "-34.50", kind="C")
    return ledger


def of(ledger):
    return statement_of([ledger], on=TODAY, today=TODAY, home="GBP")


def test_a_statement_says_what_is_open_and_since_when(ledger):
    found = statement_document(ledger, of(ledger))
    [sheet] = found.sheets
    first = sheet.lines[0]
    assert (first.number, first.reference, first.late, first.open) == (
        "INV-1",
        "PO 7",
        "19 days late",
        "1,234.50",
    )
    assert (sheet.heading, sheet.owed, found.home) == ("", "1,350.00", "")
    assert [(one.owed, one.ages[-1]) for one in found.sums] == [("£1,350.00", "-34.50")]
    assert found.file_name == "Statement-C-1017-2026-11-20"


def test_the_pdf_shows_every_figure_of_the_page(ledger):
    words = words_of(statement_file(ledger, of(ledger)).content)
    for figure in ("INV-1", "PO 7", "19 days late", "1,234.50", "Credit note", "To pay", "£1,350.00"):
        assert figure in words


def test_several_currencies_are_added_up_in_the_companys_own_alone(ledger):
    document(ledger, "INV-3", "116.52", currency="EUR", rate=D("1.1652"))
    found = statement_document(ledger, of(ledger))
    assert [(one.currency, one.owed) for one in found.sums] == [("GBP", "£1,350.00"), ("EUR", "€116.52")]
    assert found.home == "£1,450.00"


def test_a_statement_of_several_accounts_names_them(shop, ledger):
    branch = customer(shop.company, "Hart & Bell, Leeds")
    document(branch, "INV-9")
    both = statement_of([ledger, branch], on=TODAY, today=TODAY, home="GBP")
    headings = [sheet.heading for sheet in statement_document(ledger, both).sheets]
    assert headings == ["Hart & Bell", "Hart & Bell, Leeds"]


def test_the_statement_of_a_past_day_says_that_later_payments_are_taken_off(ledger):
    assert "What has been paid since" not in words_of(statement_file(ledger, of(ledger)).content)
    past = statement_of([ledger], on=TODAY, today=TODAY + dt.timedelta(days=1), home="GBP")
    assert "What has been paid since is taken off." in words_of(statement_file(ledger, past).content)


def test_nothing_open_is_a_statement_too(shop):
    words = words_of(statement_file(shop.ledger, of(shop.ledger)).content)
    assert "Nothing is open" in words


@pytest.mark.parametrize("name", ['#read("/etc/passwd")', "*bold* _x_ $x$", "=" * 300, "契約書", "\x07bell"])
def test_no_name_is_read_as_markup(shop, name):
    ledger = customer(shop.company, name[:200])
    document(ledger, name[:100], customer_reference=name)
    words = words_of(statement_file(ledger, of(ledger)).content)
    assert "root:" not in words


def test_more_than_a_letter_holds_is_refused_before_it_is_made(ledger, monkeypatch):
    monkeypatch.setattr(statements, "ITEMS_MOST", 2)
    with pytest.raises(DocumentRefused, match="export the list of invoices instead"):
        statement_file(ledger, of(ledger))


def test_a_statement_is_mailed_and_traced_without_its_text(shop, ledger):
    to = statement_mail(
        ledger,
        of(ledger),
        to=["accounts@hart.example"],
        subject="Statement",
        text="between us",
        actor=shop.rep,
        at=AT,
    )
    [message] = mail.outbox
    entry = AuditEntry.objects.get(action="sales_ledger.statement_mailed")
    assert to == ["accounts@hart.example"] == entry.detail["to"]
    assert message.attachments[0][0] == "Statement-C-1017-2026-11-20.pdf"
    assert (entry.subject, entry.actor) == (f"sales_ledger:{ledger.pk}", shop.rep)
    assert "between us" not in f"{entry.summary}{entry.detail}"


def test_a_statement_that_the_server_does_not_take_is_told_and_traced(shop, ledger, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(MailRefused, match="was not sent"):
        statement_mail(ledger, of(ledger), to=["a@example.com"], subject="s", text="", actor=shop.rep, at=AT)
    assert AuditEntry.objects.filter(action="sales_ledger.statement_mail_failed").count() == 1
