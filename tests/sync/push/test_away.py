"""Xero away, refused, over its limits; the database restored from a backup: nothing is lost and nothing is doubled."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings

from counterfoil.changes.models import ChangeRecord
from counterfoil.crm.quotes.services import order_reopen, quote_confirm
from counterfoil.sandbox import actions
from counterfoil.sync import pausing, work
from counterfoil.sync.absorbing import Absorber
from counterfoil.sync.deciding import DecisionRefused, clash_link, intent_retry, intent_skip
from counterfoil.sync.models import Installation, PushAttempt, PushIntent
from counterfoil.sync.push import Pusher
from counterfoil.sync.standing import outbox, where_is_it
from tests.sync.push.orders import shop

pytestmark = pytest.mark.django_db


@pytest.mark.rule("PU-1", "PU-7")
def test_orders_of_a_disconnected_company_wait_and_go_out_when_it_is_connected_again() -> None:
    with shop(limits=False) as here:
        here.here.disconnect()
        quote = here.order()
        assert work.pushes_due(here.clock()) == []
        assert where_is_it(quote)[1].detail.startswith("It goes out by itself")
        here.here.connect()
        assert work.pushes_due(here.clock()) == [here.here.connection.pk]
        here.push()
        assert here.state(quote) == "sent"


@pytest.mark.rule("ST-1", "PU-7")
def test_an_order_that_pausing_met_half_way_goes_out_by_itself_when_work_goes_on() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        under_way = Pusher(here.here.connection, clock=here.clock, owner="a worker")
        Absorber(here.here.connection, at=here.clock()).run()
        pausing.connection_pause(here.here.connection, actor=here.here.user, at=here.clock())
        under_way.run(workers=1)
        assert (here.state(quote), here.writes()) == ("waiting", [])
        assert work.pushes_due(here.clock()) == []
        pausing.connection_resume(here.here.connection, actor=here.here.user, at=here.clock())
        assert work.pushes_due(here.clock()) == [here.here.connection.pk]
        here.push()
        assert (here.state(quote), len(here.invoices(quote))) == ("sent", 1)
        assert work.pushes_due(here.clock()) == []


@pytest.mark.rule("PU-7")
def test_an_order_that_xero_did_not_allow_goes_out_after_reconnecting() -> None:
    with shop(limits=False) as here:
        quote = here.order()
        here.here.arm("401_scope", method="PUT", path="Invoices")
        here.push()
        assert (here.state(quote), here.intent(quote).reason) == ("waiting", "connection")
        here.push()
        assert len(here.writes()) == 1
        here.here.connect(renew=True)
        assert work.pushes_due(here.clock()) == [here.here.connection.pk]
        here.push()
        assert here.state(quote) == "sent"


@pytest.mark.rule("PU-8")
def test_a_refusal_is_told_in_xeros_words_and_ours_and_can_be_retried_skipped_or_put_right() -> None:
    with shop(limits=False) as here:
        user, at = here.here.user, here.clock()
        refused, skipped, fine = here.order(), here.order(), here.order()
        ledger = here.ledger
        actions.contact_archive(here.here.organisation, ledger.ledger_id)
        here.push()
        (row, *_) = outbox(here.here.company, group="needs_you", kind="invoice").rows
        assert "archived" in row.words
        assert (row.field, row.choices) == ("sales_ledger", ("retry", "skip"))
        assert row.sentence.startswith("The customer is archived")
        actions.contact_restore(here.here.organisation, ledger.ledger_id)
        here.here.sync_all()
        intent_retry(here.intent(refused), actor=user, at=at)
        intent_skip(here.intent(skipped), "written by hand", actor=user, at=at)
        fine.refresh_from_db()
        old = here.intent(fine)
        reopened = order_reopen(fine, actor=user, at=at)
        quote_confirm(reopened, actor=user, at=at)
        here.pass_time(minutes=1)
        here.push()
        for quote, state in ((refused, "sent"), (skipped, "skipped"), (fine, "sent")):
            quote.refresh_from_db()
            assert quote.push_state == state
        assert len(here.invoices(refused)) == len(here.invoices(fine)) == 1
        assert not outbox(here.here.company, group="needs_you").rows
        old.refresh_from_db()
        for decide in (
            lambda: intent_retry(old, actor=user, at=at),
            lambda: clash_link(old, "x", actor=user, at=at),
        ):
            with pytest.raises(DecisionRefused):
                decide()
        with pytest.raises(DecisionRefused):
            intent_skip(here.intent(refused), "too late", actor=user, at=at)


@pytest.mark.rule("PU-7")
def test_a_restored_database_finds_what_it_had_sent_and_forgot() -> None:
    with shop(limits=False) as here:
        here.order()
        here.push()
        here.pass_time(minutes=30)
        quotes = [here.order() for _ in range(3)]
        remembered = Installation.objects.values().get()
        here.push()
        made = {quote.pk: here.invoices(quote)[0]["InvoiceID"] for quote in quotes}
        # The backup is from before the run: no intent of these orders, and the older generation.
        PushAttempt.objects.filter(intent__quote__in=quotes).delete()
        forgotten = PushIntent.objects.filter(quote=quotes[0])
        for row in PushIntent.objects.filter(quote__in=quotes[1:]):
            fresh = row.push | {"state": "ready", "xero_id": "", "first_sent_ms": None, "last_sent_ms": None}
            fresh |= {"sent_ms": None, "sweep_at_ms": None, "attempt": 0, "sends": 0, "not_before_ms": 0}
            PushIntent.objects.filter(pk=row.pk).update(push=fresh, state="ready", xero_id="", due_ms=0)
        forgotten.delete()
        ChangeRecord.objects.filter(subject=f"quote:{quotes[0].pk}").update(handled_at=None)
        Installation.objects.update(
            generation=remembered["generation"], generation_at=remembered["generation_at"]
        )
        for minutes in (10, 70, 2, 2):
            here.pass_time(minutes=minutes)
            here.push()
        for quote in quotes:
            quote.refresh_from_db()
            assert (here.state(quote), quote.invoice_id) == ("sent", made[quote.pk])
            assert len(here.invoices(quote)) == 1
        assert list(Path(settings.CONFIGURATION.home).glob("generation-*"))


@pytest.mark.rule("PU-7")
@pytest.mark.failure("R8", "R11")
def test_a_day_of_failures_costs_few_calls_and_ends_well() -> None:
    with shop(limits=False) as here:
        quotes = [here.order() for _ in range(5)]
        here.here.arm("503_offline", path="api.xro", count=0)
        end = here.clock() + dt.timedelta(hours=24)
        while here.clock() < end:
            here.pass_time(minutes=5)
            for connection in work.pushes_due(here.clock()):
                work.push_run(connection, clock=here.clock, workers=1)
        assert len(here.here.calls()) <= 60
        here.here.server.edge.faults.clear()
        for _ in range(4):
            here.pass_time(minutes=61)
            here.push()
        for quote in quotes:
            assert here.state(quote) == "sent"
            assert len(here.invoices(quote)) == 1
