"""What goes along with an invoice: a note in its history, and the quote as a file (PU-11). Neither is ever doubled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from counterfoil.crm.quotes.models import Quote
from counterfoil.sandbox.store import Attachment
from counterfoil.sync import wiring
from counterfoil.sync.models import Errand
from counterfoil.sync.services import import_settings_save
from counterfoil.sync.standing import outbox
from tests.sync.push.orders import Shop, shop
from tests.sync.push.test_changes import amended
from tests.sync.push.test_kills import dies

pytestmark = pytest.mark.django_db(transaction=True)

UNCLEAR = ("answer_lost", "500_after_commit", "html_502_after_commit", "html_200", "cut_body")


def attaching(here: Shop) -> None:
    import_settings_save(here.here.company, {"attach_quotes": True}, actor=here.here.user, at=here.clock())


def later(here: Shop, quote: Quote) -> None:
    """Runs of the next minutes, until everything that goes along has gone."""
    wiring.forget()  # the limits are of real minutes, of which hardly one passes
    for minutes in (2, 1, 1, 11, 11):
        here.pass_time(minutes=minutes)
        here.push()
    quote.refresh_from_db()


def notes(here: Shop, quote: Quote) -> list[str]:
    entries = here.here.store.history.get(("Invoices", quote.invoice_id), [])
    return [entry.details for entry in entries if entry.changes == "Note"]


def files(here: Shop, quote: Quote) -> list[Attachment]:
    return list(here.here.store.attachments.get(("Invoices", quote.invoice_id), []))


@pytest.mark.rule("PU-11")
def test_one_note_says_which_quote_it_was_and_who_confirmed_whatever_happens_to_the_answer() -> None:
    with shop(limits=False) as here:
        for fault in UNCLEAR:
            quote = here.order()
            here.push()
            here.here.arm(fault, method="PUT", path="History")
            later(here, quote)
            (note,) = notes(here, quote)
            assert f"from quote {quote.number}, confirmed by Ada" in note, fault
            assert here.intent(quote).marker in note
            assert not files(here, quote)
            assert set(Errand.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.rule("PU-11")
def test_a_worker_that_was_killed_after_its_note_left_leaves_one_note() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.push()
        quote.refresh_from_db()
        here.pass_time(minutes=2)
        dies(here, "errand")
        assert len(notes(here, quote)) == 1
        here.pass_time(minutes=6)
        later(here, quote)
        assert len(notes(here, quote)) == 1
        assert Errand.objects.get().state == "done"


@pytest.mark.rule("PU-11")
def test_the_quote_is_attached_where_that_is_switched_on_and_once_whatever_happens_to_the_answer() -> None:
    with shop(limits=False) as here:
        attaching(here)
        for fault in ("answer_lost", "500_after_commit", "html_502_after_commit"):
            quote = here.order()
            here.push()
            here.here.arm(fault, method="POST", path="Attachments")
            later(here, quote)
            (file,) = files(here, quote)
            assert (file.file_name, file.mime_type) == (f"Quote-{quote.number}.pdf", "application/pdf"), fault
            assert file.content.startswith(b"%PDF-")
            assert set(Errand.objects.values_list("state", flat=True)) == {"done"}
        here.assert_good_manners()


@pytest.mark.rule("PU-11", "PU-8")
def test_a_file_that_xero_refuses_stops_neither_its_invoice_nor_the_next_order() -> None:
    with shop(limits=False) as here:
        attaching(here)
        body = '{"Type":"ValidationException","Message":"The file is not allowed."}'
        given = {"status": 400, "body": body, "content_type": "application/json"}
        here.here.arm("custom", method="POST", path="Attachments", params=given)
        refused = here.order()
        here.push()
        later(here, refused)
        fine = here.order()
        here.push()
        later(here, fine)
        assert (refused.push_state, fine.push_state) == ("sent", "sent")
        assert (len(files(here, refused)), len(files(here, fine))) == (0, 1)
        assert len(notes(here, refused)) == 1
        (row,) = outbox(here.here.company, group="needs_you").rows
        assert (row.kind, "not allowed" in row.words) == ("attachment", True)


@pytest.mark.rule("PU-11", "PU-9")
def test_an_amended_order_has_its_file_replaced_and_a_second_note() -> None:
    with shop(limits=False) as here:
        attaching(here)
        quote = here.order()
        here.push()
        later(here, quote)
        (first,) = files(here, quote)
        amended(here, quote, Decimal(7))
        here.push()
        later(here, quote)
        (second,) = files(here, quote)
        assert second.file_name == first.file_name
        assert second.content != first.content
        made, changed = notes(here, quote)
        assert (made.split()[0], changed.split()[0]) == ("Made", "Amended")
