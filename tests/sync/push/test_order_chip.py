"""Where an order stands, on its own page and on its invoice's."""

from __future__ import annotations

import datetime as dt

import pytest

from counterfoil.sandbox import actions
from counterfoil.sync import pausing, work
from counterfoil.sync.agreement import order_chip, record_chip
from counterfoil.sync.models import Connection, StreamState
from tests.sync.push.orders import Shop, shop
from tests.web.world import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.rule("ST-3")]


@pytest.fixture
def till():
    with shop(limits=False) as running:
        yield running


def said(till: Shop, quote) -> str:
    quote.refresh_from_db()
    return order_chip(quote).text


def test_an_order_from_draft_to_its_invoice(till):
    draft = till.quote()
    assert said(till, draft) == "Only in the CRM"
    order = till.order()
    assert said(till, order) == "Waiting to be sent"
    till.push()
    till.here.sync_all()
    assert said(till, order) == "In step"


def test_an_invoice_that_somebody_changed_in_xero_says_so(till):
    order = till.order()
    till.push()
    till.here.sync_all()
    order.refresh_from_db()
    till.here.server.world.clock.advance(60)
    actions.invoice_edit(till.here.organisation, order.invoice_id, Reference="Changed over there")
    till.here.sync_all()
    assert said(till, order) == "Changed in Xero since confirmed"
    chip = record_chip(till.here.company, "invoices", order.invoice_id)
    assert chip.state == "differs"


def test_an_order_waits_while_the_connection_is_paused(till):
    order = till.order()
    pausing.connection_pause(till.here.connection, actor=till.here.user, at=work.now())
    till.push()
    assert till.invoices_of(order) == []
    assert said(till, order) == "Waiting to be sent"
    pausing.connection_resume(till.here.connection, actor=till.here.user, at=work.now())
    till.push()
    till.here.sync_all()
    assert said(till, order) == "In step"


def test_what_was_sent_and_not_read_yet_is_not_called_gone(till):
    order = till.order()
    till.push()
    assert said(till, order) == "In Xero, not read back yet"


def test_it_is_in_step_since_it_was_read_by_itself_and_not_since_the_pass_before(till):
    till.pass_time(minutes=10)
    order = till.order()
    till.push()
    order.refresh_from_db()
    till.here.sync(clock=till.clock)
    StreamState.objects.filter(stream="invoices").update(last_success_at=work.now())
    chip = record_chip(till.here.company, "invoices", order.invoice_id)
    assert chip.text == "In step"
    assert chip.at is not None
    assert chip.at > work.now() + dt.timedelta(minutes=9)


def test_what_belongs_to_a_stream_that_cannot_be_read_is_not_called_in_step(till):
    order = till.order()
    till.push()
    till.here.sync_all()
    till.here.arm("403_tenant", path="/Invoices", count=0)
    assert till.here.sync_all().state == "done"
    assert said(till, order) == "Invoices cannot be read, as of"
    till.here.server.edge.faults.clear()
    till.here.sync_all()
    assert said(till, order) == "In step"


@pytest.mark.parametrize(
    ("state", "words", "dot"),
    [
        ("waiting", "Xero does not answer, as of", "amber"),
        ("paused", "Sync paused, as of", "amber"),
        ("reconnect", "Connection to Xero lost, as of", "red"),
        ("disconnected", "Xero disconnected, as of", "red"),
    ],
)
def test_what_nobody_reads_any_more_is_not_called_in_step(till, state, words, dot):
    order = till.order()
    till.push()
    till.here.sync_all()
    Connection.objects.filter(pk=till.here.connection.pk).update(state=state)
    assert said(till, order) == words
    order.refresh_from_db()
    page = browser_of(till.here.user).get(f"/invoices/{order.document_id}/").content.decode()
    chip = page.split('<span class="chip">')[1].split("</a>")[0]
    assert f"dot-{dot}" in chip
    assert words in chip
    assert "<time" in chip
    assert "In step" not in chip
