"""Small words that are easy to get wrong: one of something, per cent, and Xero's codes."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from counterfoil.web.finance.screen import words
from counterfoil.web.templatetags.show import percent
from tests.web import world


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("CURRLIAB", "Current liability"),
        ("OTHERINCOME", "Other income"),
        ("UNPAIDEXPCLM", "Unpaid expense claims"),
        ("REVENUE", "Revenue"),
        ("NEWKIND", "Newkind"),
        ("", ""),
    ],
)
def test_an_account_type_is_a_word_of_people(code, said):
    assert words(code) == said


def test_per_cent_is_written_as_in_english():
    assert percent(Decimal("17.5000")) == "17.5%"


def test_while_the_first_sync_runs_nobody_is_told_that_all_was_read(browser, company):
    world.running_pass(world.connection(company))
    page = browser.get(reverse("xero")).content.decode()
    assert "Nothing so far." in page
    assert "Everything that could be read" not in page


@pytest.mark.parametrize(("ago_s", "is_silent"), [(30, False), (180, True)])
def test_a_pass_whose_worker_was_killed_is_not_shown_as_if_it_went_on(browser, company, ago_s, is_silent):
    now = timezone.now()
    world.running_pass(
        world.connection(company),
        started_at=now - dt.timedelta(seconds=ago_s + 60),
        beat_at=now - dt.timedelta(seconds=ago_s),
    )
    page = browser.get(reverse("xero-progress")).content.decode()
    assert ("the worker may have stopped. What was read is kept." in page) == is_silent
    assert ("a second" in page) != is_silent


def test_a_credit_note_says_what_was_used_of_it_and_what_was_refunded(browser, company):
    ledger = world.customer(company)
    credit = world.document(ledger, "CN-7", "-30.00", kind="C", amount_credited=Decimal(-30))
    page = browser.get(reverse("credit-note", args=[credit.pk])).content.decode()
    assert "Set against invoices" in page
    assert "refunded" not in page


def test_a_line_says_its_quantity_where_the_column_has_no_room(browser, company):
    header = world.document(world.customer(company), "INV-1", "30.00")
    world.line(header, "Oak table", "30.00")
    page = browser.get(reverse("invoice", args=[header.pk])).content.decode()
    assert '<span class="phone-words">1 × </span>' in page
