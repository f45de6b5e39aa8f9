"""Each way a connection can end says what happened and what to do, is looked into once, and loses nothing (TK-2, TK-3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sync import causes, hearing, membership, outcomes, pausing, work
from counterfoil.sync.models import CallDay, Connection, StreamState
from counterfoil.sync.webhook_models import WebhookEvent
from counterfoil.sync.wiring import IN_FLIGHT
from counterfoil.xero.errors import ReconnectNeeded
from tests.sync.picture import picture
from tests.sync.push.orders import Shop, shop
from tests.sync.world import CLIENT_ID, World, later, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[World]:
    with world(limits=False) as running:
        running.connect()
        running.sync()
        yield running


def asked(here: World, path: str) -> int:
    return len(here.calls(path))


def ended(here: World) -> str:
    """The cause, after a pass that must not have gone through."""
    run = here.sync_all()
    connection = here.connection
    assert (run.state, connection.state) == ("failed", "reconnect")
    assert "Nothing in the CRM is lost" in connection.state_reason
    assert len(causes.next_step(connection)) > 30
    assert work.connections_due(later(days=9)) == []
    return str(connection.state_cause)


@pytest.mark.django_db(transaction=True)  # tokens are refreshed in a thread
@pytest.mark.rule("TK-2")
@pytest.mark.failure("A1")
def test_invalid_grant_ends_the_connection_with_reason_and_time(here: World) -> None:
    here.arm("401_expired", path="api.xro", count=0)
    here.arm("refresh_rejected", path="connect/token", count=0)
    before, began = picture(), work.now()
    here.forget_calls()
    assert ended(here) == "ended"
    assert asked(here, "/connect/token") == 1
    assert here.connection.state_since >= began
    assert picture() == before


@pytest.mark.rule("TK-3")
@pytest.mark.failure("A10", "A13")
def test_an_organisation_that_is_no_longer_listed_was_removed_in_xero(here: World) -> None:
    here.arm("403_tenant", path="api.xro", count=0)
    here.arm("custom", path="^/connections", count=0, params={"body": []})
    before = picture()
    here.forget_calls()
    assert ended(here) == "removed"
    assert asked(here, "/connections") == 1
    assert picture() == before


@pytest.mark.rule("TK-3")
def test_a_refusal_of_a_listed_organisation_is_about_the_persons_role(here: World) -> None:
    here.arm("403_tenant", path="api.xro", count=0)
    here.forget_calls()
    assert ended(here) == "role"
    assert asked(here, "/connections") == 1
    assert here.connection.authorised_by in causes.next_step(here.connection)


@pytest.mark.rule("TK-3")
def test_a_role_that_bars_one_stream_stops_that_stream_alone(here: World) -> None:
    here.arm("403_tenant", path="/PurchaseOrders", count=0)
    run = here.sync_all()
    assert (run.state, here.connection.state) == ("done", "connected")
    assert "role or permission" in StreamState.objects.get(stream="purchase_orders").problem


@pytest.mark.rule("TK-3")
@pytest.mark.failure("A13")
def test_xeros_list_is_asked_at_most_four_times_a_day(here: World) -> None:
    here.arm("403_tenant", path="api.xro", count=0)
    here.forget_calls()
    for _ in range(6):
        Connection.objects.update(state="connected", state_reason="")
        here.sync_all_at(here.began)
        assert here.connection.state == "reconnect"
    day = CallDay.objects.get(on=here.began.date())
    assert asked(here, "/connections") == day.member_checks == membership.MOST_A_DAY
    assert here.connection.state_cause == ""
    assert "disconnected there, or the person who connected lost access" in here.connection.state_reason


@pytest.mark.rule("TK-3")
@pytest.mark.failure("A15")
@pytest.mark.parametrize("path", ["api.xro", "/Organisation"])
def test_a_missing_scope_asks_for_consent_again_and_refreshes_nothing(here: World, path: str) -> None:
    Connection.objects.update(checked_at=None)
    here.arm("401_scope", path=path, count=0)
    here.forget_calls()
    assert ended(here) == "scope"
    assert asked(here, "/connect/token") == 0
    assert "consent" in here.connection.state_reason
    assert "consent" in causes.next_step(here.connection)


@pytest.mark.django_db(transaction=True)  # tokens are refreshed in a thread
@pytest.mark.rule("TK-1")
@pytest.mark.failure("A4")
def test_an_expired_token_is_refreshed_once_and_the_pass_goes_on(here: World) -> None:
    here.arm("401_expired", path="api.xro", count=1)
    here.forget_calls()
    assert here.sync_all().state == "done"
    assert asked(here, "/connect/token") == 1


@pytest.mark.django_db(transaction=True)  # tokens are refreshed in a thread
@pytest.mark.rule("TK-3")
def test_tokens_that_xero_does_not_know_are_not_refreshed_for_ever(here: World) -> None:
    here.arm("401_unknown", path="api.xro", count=0)
    here.forget_calls()
    assert ended(here) == "unknown"
    assert 1 <= asked(here, "/connect/token") <= IN_FLIGHT  # each of the calls under way at once, at most


@pytest.mark.django_db(transaction=True)  # tokens are refreshed in a thread
@pytest.mark.rule("TK-2")
@pytest.mark.parametrize("fault", ["token_html", "token_500"])
def test_a_sign_in_service_out_of_order_is_waited_for_with_the_same_token(here: World, fault: str) -> None:
    here.arm("401_expired", path="api.xro", count=1)
    here.arm(fault, path="connect/token", count=1)
    run = here.sync_all()
    assert (run.state, here.connection.state) == ("waiting", "waiting")
    assert here.sync_all().state == "done"
    assert here.connection.state == "connected"


@pytest.mark.rule("TK-2")
@pytest.mark.parametrize("fault", ["token_html", "token_500"])
def test_connecting_through_a_broken_sign_in_service_is_one_sentence(fault: str) -> None:
    with world(limits=False) as here:
        here.arm(fault, path="connect/token", count=1)
        outcome = here.finish(here.consent(here.begin()))
        assert "did not answer properly, so nothing was stored" in outcome.problem


@pytest.fixture
def selling() -> Iterator[Shop]:
    with shop(limits=False) as running:
        yield running


@pytest.mark.rule("TK-3", "PU-1")
@pytest.mark.failure("A10")
def test_nothing_is_sent_to_an_organisation_that_is_not_listed_and_it_goes_out_after_reconnecting(
    selling: Shop,
) -> None:
    here, quote = selling.here, selling.order()
    Connection.objects.update(member_at=None)
    here.arm("custom", path="^/connections", count=0, params={"body": []})
    here.forget_calls()
    selling.push()
    assert (here.connection.state, here.connection.state_cause) == ("reconnect", "removed")
    assert here.calls("/api.xro/") == []
    assert work.pushes_due(selling.clock()) == []
    here.server.edge.faults.clear()
    here.connect()
    selling.push()
    assert selling.state(quote) == "sent"
    assert len(selling.invoices(quote)) == 1


@pytest.mark.rule("TK-3", "PU-1")
def test_an_order_confirmed_while_access_is_lost_waits_and_goes_out_after_reconnecting(selling: Shop) -> None:
    here = selling.here
    here.arm("403_tenant", path="api.xro", count=0)
    here.sync_all()
    assert here.connection.state == "reconnect"
    quote = selling.order()
    selling.push()
    assert work.pushes_due(selling.clock()) == []
    here.server.edge.faults.clear()
    here.connect()
    selling.push()
    assert selling.state(quote) == "sent"


@pytest.mark.rule("TK-4")
def test_a_pass_that_was_due_before_disconnecting_leaves_it_disconnected(here: World) -> None:
    Connection.objects.update(pass_wanted_at=work.now())
    (due,) = work.connections_due(work.now())
    here.disconnect()
    here.forget_calls()
    assert work.pass_run(due) is None
    assert hearing.told_run(due) == 0
    assert (here.connection.state, here.calls()) == ("disconnected", [])


@pytest.mark.rule("ST-1")
def test_a_pass_that_was_due_before_pausing_leaves_it_paused(here: World) -> None:
    Connection.objects.update(pass_wanted_at=work.now())
    (due,) = work.connections_due(work.now())
    pausing.connection_pause(here.connection, actor=here.user, at=work.now())
    here.forget_calls()
    assert work.pass_run(due) is None
    assert hearing.told_run(due) == 0
    assert (here.connection.state, here.calls()) == ("paused", [])


@pytest.mark.rule("TK-4")
def test_work_that_is_refused_after_disconnecting_asks_nobody_to_reconnect(here: World) -> None:
    under_way = here.connection
    here.disconnect()
    gone = ReconnectNeeded("This connection has no permission any more; connect again.")
    outcomes.push_outcome(under_way, gone, made_progress=False, at=work.now())
    assert here.connection.state == "disconnected"


@pytest.mark.rule("TK-4")
def test_work_that_is_refused_after_connecting_again_leaves_the_new_connection_alone(here: World) -> None:
    under_way = here.connection
    here.disconnect()
    here.connect()
    gone = ReconnectNeeded("This connection has no permission any more; connect again.")
    outcomes.push_outcome(under_way, gone, made_progress=False, at=work.now())
    assert here.connection.state == "connected"


@pytest.mark.rule("TK-3")
def test_a_refusal_of_what_a_webhook_told_of_says_why_too(here: World) -> None:
    connection = here.connection
    WebhookEvent.objects.create(
        client_id=CLIENT_ID,
        tenant_id=connection.tenant_id,
        category="CONTACT",
        resource_id=str(SalesLedger.objects.exclude(ledger_id=None)[0].ledger_id),
        event_type="UPDATE",
        event_at=work.now(),
        received_at=work.now(),
    )
    here.arm("403_tenant", path="api.xro", count=0)
    assert hearing.told_run(connection.pk) == 0
    assert here.connection.state == "connected"  # it may be about this kind of record alone: a pass finds out
    assert ended(here) == "role"
